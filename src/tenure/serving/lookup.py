"""A row with only its entity's keys → the same row with the latest features of the online store."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from tenure.domain.durations import Duration
from tenure.domain.online import OnlineRow
from tenure.errors import OnlineStoreError
from tenure.ports import OnlineStore
from tenure.serving.entities import Split, split_row
from tenure.serving.metrics import Metrics
from tenure.serving.refusals import FieldProblem, Refusal
from tenure.serving.rows import Reading, RowReader

_LOG = logging.getLogger("tenure.serving.lookup")

_THREADS = 4
_PAUSE_SECONDS = 1.0
"""How long nobody asks a store that has not answered: so long its refusals cost nothing."""
_FROM_REQUEST = {"origin": "request"}


@dataclass(slots=True)
class Lookup:
    """How rows are completed in one worker, never in its event loop.

    Parameters
    ----------
    store
        Where the latest features are.
    metrics
        Where ages and outcomes are counted.
    seconds
        In which the features of one row must be there.
    max_age
        Of the event that stored features are of; any when None.
    clock
        The time of an answer.
    """

    store: OnlineStore
    metrics: Metrics
    seconds: float
    max_age: Duration | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: TID251 - the age of features, now
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_THREADS, thread_name_prefix="online")
    )
    _silent_until: float = 0.0

    async def one(self, reading: Reading, reader: RowReader) -> Reading:
        """The row with what it left out, if it has keys; as it is, where nothing was left out.

        Raises
        ------
        Refusal
            404 for an entity that the store does not know, 409 for features that are too old, 422 for a
            required one that is null all the same, 503 where the store does not answer.
        """
        parts = _parts(reading, reader)
        if not _is_incomplete(parts, reader):
            return reader.whole(replace(reading, about={"features": _FROM_REQUEST}))
        self._check_not_silent()
        loop = asyncio.get_running_loop()
        waiting = loop.run_in_executor(self._threads, self._rows, [parts.keys])
        try:
            (row,) = await asyncio.wait_for(waiting, self.seconds)
        except TimeoutError:
            raise self._down() from None
        return self._completed(reading, parts, row, reader, place=None)

    def many(self, readings: Sequence[Reading], reader: RowReader) -> list[Reading]:
        """As `one`, of a batch, asked for at once: to be called in a thread.

        Raises
        ------
        Refusal
            As `one`, for the first row that cannot be completed, with its number.
        """
        split = [_parts(reading, reader) for reading in readings]
        asked = [place for place, parts in enumerate(split) if _is_incomplete(parts, reader)]
        found: dict[int, OnlineRow | None] = {}
        if asked:
            self._check_not_silent()
            rows = self._rows([split[place].keys for place in asked])
            found = dict(zip(asked, rows, strict=True))
        return [
            self._completed(reading, parts, found[place], reader, place=place)
            if place in found
            else reader.whole(replace(reading, about={"features": _FROM_REQUEST}), place=place)
            for place, (reading, parts) in enumerate(zip(readings, split, strict=True))
        ]

    def rows(self, entities: Sequence[Mapping[str, object]]) -> list[OnlineRow | None]:
        """The rows of entities, none of them unknown or too old; None for one that lacks a key.

        To be called in a thread.

        Raises
        ------
        Refusal
            As `many`.
        """
        whole = [place for place, keys in enumerate(entities) if None not in keys.values()]
        self._check_not_silent()
        found = dict(zip(whole, self._rows([entities[place] for place in whole]), strict=True))
        return [
            self._checked(found[place], tuple(keys), place=place) if place in found else None
            for place, keys in enumerate(entities)
        ]

    def close(self) -> None:
        """Give up threads and connections."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self.store.close()

    def _rows(self, entities: Sequence[Mapping[str, object]]) -> tuple[OnlineRow | None, ...]:
        try:
            return self.store.latest(entities)
        except OnlineStoreError as error:
            raise self._down(error.message) from None

    def _completed(
        self, reading: Reading, parts: Split, row: OnlineRow | None, reader: RowReader, *, place: int | None
    ) -> Reading:
        known = self._checked(row, tuple(parts.keys), place=place)
        stored = reader.as_sent(known.values, without=parts.features)
        about = {"features": told(known)}
        return reader.whole(
            replace(reading, values={**reading.values, **stored}, stored=stored, about=about), place=place
        )

    def _checked(self, row: OnlineRow | None, keys: tuple[str, ...], *, place: int | None) -> OnlineRow:
        """The row, if there is one and it is not too old."""
        if row is None:
            self.metrics.looked_up("unknown")
            raise _unknown(keys, place)
        now = self.clock()
        seconds = (now.replace(tzinfo=None) - row.event_time.replace(tzinfo=None)).total_seconds()
        self.metrics.aged(max(0.0, seconds))
        if self.max_age is not None and self.max_age.before(now.date()) > row.event_time.date():
            self.metrics.looked_up("too_old")
            raise _too_old(row, self.max_age, place)
        self.metrics.looked_up("found")
        return row

    def _check_not_silent(self) -> None:
        if time.monotonic() < self._silent_until:
            raise self._down("it did not answer a moment ago", again=True)

    def _down(self, why: str = "it takes too long", *, again: bool = False) -> Refusal:
        self.metrics.looked_up("down")
        if not again:
            self._silent_until = time.monotonic() + _PAUSE_SECONDS
            _LOG.warning("no features from the online store: %s", why)
        return Refusal(
            503,
            "features_unavailable",
            "the online store does not answer: try again, or send every feature",
            headers={"Retry-After": "2"},
        )


TOLD = ("origin", "event_time", "as_of")
"""What an answer says of its features."""


def told(row: OnlineRow) -> dict[str, str]:
    """What an answer says of where its features come from."""
    return {"origin": "online", "event_time": row.event_time.isoformat(), "as_of": row.as_of.isoformat()}


def _parts(reading: Reading, reader: RowReader) -> Split:
    return split_row(reading.given, keys=reader.keys, features=reader.features)


def _is_incomplete(parts: Split, reader: RowReader) -> bool:
    """Whether features are missing that the entity's keys can find."""
    return bool(parts.keys) and len(parts.features) < len(reader.features)


def _unknown(keys: Sequence[str], place: int | None) -> Refusal:
    where = "" if place is None else f" of row {place}"
    fields = tuple(FieldProblem(name, "expected an entity that the online store knows") for name in keys)
    message = f"nothing is known of the entity{where}: send every feature"
    return Refusal(404, "unknown_entity", message, fields=fields, row=place)


def _too_old(row: OnlineRow, most: Duration, place: int | None) -> Refusal:
    where = "" if place is None else f" of row {place}"
    day: date = row.event_time.date()
    message = f"the features{where} are of {day}, and no older than {most} may be used: send every feature"
    return Refusal(409, "features_too_old", message, row=place)
