"""The latest rows in one Redis hash: rows of a period wait in a list, and one script lets them in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from uuid import uuid4

import pyarrow as pa
import redis

from tenure.domain.entities import entity_id
from tenure.domain.online import OnlineRow
from tenure.errors import OnlineStoreError
from tenure.stores.online.rows import StoredRow, never_filled, online_row, stored_rows

_FILLED = "filled"
"""A member of the set of periods that no period is: something was put in."""
_WRITE_SECONDS = 60.0
_WAITING_SECONDS = 3600
"""After which rows that were never let in are gone."""
_AT_ONCE = 1000
_LET_IN = """
local latest, periods, waiting = KEYS[1], KEYS[2], KEYS[3]
local function stamp(row)
  local time, as_of = row:match('^(%-?%d+) (%S+) ')
  return tonumber(time), as_of
end
local n = redis.call('LLEN', waiting)
if n ~= tonumber(ARGV[1]) then return redis.error_reply('the rows that waited are gone') end
if ARGV[2] == 'whole' then redis.call('DEL', latest, periods) end
redis.call('SADD', periods, ARGV[3])
for at = 0, n - 1, 1000 do
  local part = redis.call('LRANGE', waiting, at, at + 999)
  for i = 1, #part, 2 do
    local time, as_of = stamp(part[i + 1])
    local there = redis.call('HGET', latest, part[i])
    local newer = true
    if there then
      local other, other_as_of = stamp(there)
      newer = time > other or (time == other and as_of >= other_as_of)
    end
    if newer then
      redis.call('HSET', latest, part[i], part[i + 1])
      redis.call('SADD', periods, as_of)
    end
  end
end
redis.call('DEL', waiting)
return n / 2
"""
"""Redis runs nothing else meanwhile, so nobody reads half of a period. A script that is killed before its
first write has changed nothing; after it Redis cannot be told to kill it."""


class RedisOnlineStore:
    """An online store in Redis 6 or newer.

    Parameters
    ----------
    address
        ``redis://`` or ``rediss://``; never told to anybody.
    project
        Begins the names of the three keys it uses: ``tenure:{project}:latest``, ``:periods``, ``:waiting:*``.
    seconds
        How long a question may take.
    """

    def __init__(self, address: str, *, project: str, seconds: float = 1.0) -> None:
        begin = f"tenure:{{{project}}}"
        self._latest, self._periods = f"{begin}:latest", f"{begin}:periods"
        self._waiting = f"{begin}:waiting"
        with _answering():
            self._reader, self._writer = (_client(address, each) for each in (seconds, _WRITE_SECONDS))

    def add(self, rows: pa.RecordBatchReader, *, keys: Sequence[str]) -> int:
        """Put in each row that is not older than the one there is; see `tenure.ports.OnlineStore`."""
        return self._put(rows, keys, "more")

    def replace(self, rows: pa.RecordBatchReader, *, keys: Sequence[str]) -> int:
        """Put the rows in the place of everything; see `tenure.ports.OnlineStore`."""
        return self._put(rows, keys, "whole")

    def holds(self, as_of: date) -> bool:
        """Whether a row of the period was let in since all rows were replaced."""
        with _answering():
            return bool(self._writer.sismember(self._periods, as_of.isoformat()))

    def latest(self, entities: Sequence[Mapping[str, object]]) -> tuple[OnlineRow | None, ...]:
        """The row of each entity; see `tenure.ports.OnlineStore`."""
        wanted = [entity_id(entity) for entity in entities]
        with _answering():
            asked = self._reader.pipeline(transaction=True)
            asked.exists(self._periods)
            if wanted:
                asked.hmget(self._latest, wanted)
            filled, *found = asked.execute()
        if not filled:
            raise never_filled()
        return tuple(None if row is None else _opened(row) for row in (found[0] if found else ()))

    def close(self) -> None:
        """Close the connections."""
        self._reader.close()
        self._writer.close()

    def _put(self, rows: pa.RecordBatchReader, keys: Sequence[str], how: str) -> int:
        waiting = f"{self._waiting}:{uuid4().hex}"
        n_rows = 0
        with _answering():
            try:
                for batch in stored_rows(rows, keys=keys):
                    self._wait(waiting, batch)
                    n_rows += len(batch)
                told = (str(2 * n_rows), how, _FILLED)
                self._writer.eval(_LET_IN, 3, self._latest, self._periods, waiting, *told)
            finally:
                self._writer.delete(waiting)
        return n_rows

    def _wait(self, waiting: str, batch: Sequence[StoredRow]) -> None:
        """Put rows into the list that nobody reads."""
        for at in range(0, len(batch), _AT_ONCE):
            pairs = [(each.entity, _closed(each)) for each in batch[at : at + _AT_ONCE]]
            self._writer.rpush(waiting, *itertools.chain.from_iterable(pairs))
        self._writer.expire(waiting, _WAITING_SECONDS)


def _client(address: str, seconds: float) -> redis.Redis:
    return redis.Redis.from_url(address, socket_timeout=seconds, socket_connect_timeout=seconds)


def _closed(row: StoredRow) -> str:
    return f"{row.event_time} {row.as_of} {row.content}"


def _opened(row: bytes) -> OnlineRow:
    event_time, as_of, content = row.split(b" ", 2)
    return online_row(int(event_time), as_of.decode(), content)


@contextmanager
def _answering() -> Iterator[None]:
    """What goes wrong meanwhile, without what the client library says of the address."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError) as error:
        raise OnlineStoreError(
            f"the online store in Redis does not answer ({type(error).__name__})",
            hint="is it up, may this machine reach it, does the password hold? Then try again.",
            transient=True,
        ) from None
    except (redis.RedisError, ValueError) as error:
        raise OnlineStoreError(
            f"the online store in Redis refuses ({type(error).__name__})",
            hint="does `serve.online` hold a redis:// address, is there memory, may the user write?",
            transient=isinstance(error, redis.RedisError),
        ) from None
