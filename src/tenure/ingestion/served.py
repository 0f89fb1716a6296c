"""The log of answers → the served rows of ``gold/predictions``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from tenure.domain.arms import Arm, Origin, entity_code
from tenure.domain.entities import key_text
from tenure.domain.findings import Finding
from tenure.domain.periods import Period
from tenure.domain.tables import AS_OF, EVENT_TIME, KNOWN_AT, LABEL, LABELS, ORIGIN, PREDICTIONS, SERVED
from tenure.ingestion.findings import check_log_lines, check_served_entities
from tenure.ports import TableStore

Row: TypeAlias = dict[str, Any]
Name: TypeAlias = tuple[str, int, bool]
"""A request's id, the row in it, and whether it is what the shadow said."""

_IS_SERVED = {ORIGIN: Origin.SERVED.value}
_ANSWER = pa.schema(
    [
        (EVENT_TIME, pa.timestamp("us")),
        ("score", pa.float64()),
        ("probabilities", pa.list_(pa.float64())),
        ("class", pa.string()),
        ("threshold", pa.float64()),
        ("model", pa.string()),
        ("model_version", pa.int64()),
        ("bundle_sha256", pa.string()),
        (ORIGIN, pa.string()),
        *SERVED,
    ]
)


@dataclass(slots=True)
class LogReading:
    """The answers of a log, read line by line, and what could not be read.

    Parameters
    ----------
    folder
        The log's; archives below it are read as well.
    keys
        Columns that identify an entity.
    period
        Its last moment, in UTC, is the last of which answers are taken.
    """

    folder: Path
    keys: Sequence[str]
    period: Period
    counts: Counter[str] = field(default_factory=Counter)
    """``lines`` that were looked at, and those ``unread`` since the period began."""
    _last: datetime | None = None
    """When the last answer of the file was given."""

    def rows(self) -> Iterator[Row]:
        """One row per answer, in the order of the files; of a shadow's answer one more."""
        for path in sorted(self.folder.rglob("*.jsonl")):
            if path.name == "audit.jsonl":
                continue
            self._last = None
            with path.open("rb") as lines:
                for line in lines:
                    yield from self._of_line(line, path)

    def _of_line(self, line: bytes, path: Path) -> Iterator[Row]:
        self.counts["lines"] += 1
        try:
            record = json.loads(line)
            at = _moment(record["at"])
            self._last = at
            if at > self.period.last_moment:
                return
            found = self._of_file(record, at, path) if "file" in record else self._of_record(record, at)
        except (ValueError, KeyError, TypeError, OSError, pa.ArrowException):
            if self._last is None or self._last >= self.period.first_moment:
                self.counts["unread"] += 1
            return
        yield from found

    def _of_record(self, record: Row, at: datetime) -> list[Row]:
        given = record["input"]
        row = {
            **{name: given.get(name) for name in self.keys},
            **_answer(record),
            EVENT_TIME: _event_time(given.get(EVENT_TIME), at),
            "model": record["model"],
            ORIGIN: Origin.SERVED.value,
            "arm": record.get("arm"),
            "against": record.get("against"),
            "entity": record.get("entity"),
            "request_id": str(record["request_id"]),
            "request_row": int(record.get("row", 0)),
            "answered_at": at,
        }
        if (shadow := record.get("shadow")) is None:
            return [row]
        said = {"arm": Arm.SHADOW.value, "against": record["model_version"]}
        return [row, {**row, **_answer(shadow), **said}]

    def _of_file(self, record: Row, at: datetime, path: Path) -> list[Row]:
        """The rows of a batch that came as an Arrow stream, which lies beside the line."""
        with pa.OSFile(str(path.with_name(record["file"]))) as file, pa.ipc.open_stream(file) as stream:
            table = stream.read_all()
        marks = [name for name in table.column_names if name.startswith("answer_probability_")]
        plain = [name for name in (*self.keys, EVENT_TIME) if name in table.column_names]
        told = table.select([*plain, "answer_row", "answer_score", "answer_class", *marks]).to_pylist()
        return [self._of_batch_row(record, at, each, marks) for each in told]

    def _of_batch_row(self, record: Row, at: datetime, each: Row, marks: Sequence[str]) -> Row:
        answer = {
            "score": each["answer_score"],
            "class": each["answer_class"],
            "probabilities": {name: each[name] for name in marks},
        }
        key = key_text(each, self.keys)
        line = {
            **record,
            **answer,
            "entity": None if key is None else entity_code(key),
            "row": each["answer_row"],
            "input": each,
        }
        return self._of_record(line, at)[0]


def land(period: Period, folder: Path, *, store: TableStore) -> tuple[Finding, ...]:
    """Put what was answered by the end of the period, and has not landed before, into ``gold/predictions``.

    An answer lands once, told by the id of its request, in the first period that finds it: one that was
    given in an earlier period and logged after that had run comes now. What landed stays when the log is
    moved away. A period killed midway writes the same rows when it runs again.

    Parameters
    ----------
    period
        Its last moment, in UTC, is the last of which answers are taken.
    folder
        The log of ``tenure serve``; nothing happens where there is none.
    store
        Where ``gold/predictions`` lies.
    """
    if not folder.is_dir():
        return ()
    kinds = _key_kinds(store)
    reading = LogReading(folder, tuple(kinds), period)
    known = _landed(store)
    fresh: dict[Name, Row] = {}
    for row in reading.rows():
        if (name := _name(row)) not in known:
            fresh.setdefault(name, row)
    if fresh:
        rows = sorted(fresh.values(), key=lambda row: (row["answered_at"], *_name(row)))
        table = _with_earlier(_table(rows, kinds), period, store)
        store.replace(PREDICTIONS, table, as_of=period.as_of, where=_IS_SERVED)
    n_unknown = sum(row["entity"] is None for row in fresh.values())
    return (
        check_log_lines(reading.counts["lines"], reading.counts["unread"]),
        check_served_entities(len(fresh), n_unknown),
    )


def take_back(period: Period, *, store: TableStore) -> None:
    """Take the served rows of a period out again; the log still has them."""
    if period.as_of in store.periods(PREDICTIONS):
        nothing = pa.table({ORIGIN: pa.array([], pa.string())})
        store.replace(PREDICTIONS, nothing, as_of=period.as_of, where=_IS_SERVED)


def _key_kinds(store: TableStore) -> dict[str, pa.DataType]:
    """The keys of the labels, which served rows are to meet, and their types; none before the first label."""
    if not store.exists(LABELS):
        return {}
    others = {EVENT_TIME, KNOWN_AT, LABEL, AS_OF}
    return {column.name: column.type for column in store.snapshot(LABELS).schema if column.name not in others}


def _landed(store: TableStore) -> set[Name]:
    if not store.exists(PREDICTIONS):
        return set()
    rows = store.read(PREDICTIONS, columns=[ORIGIN, "request_id", "request_row", "arm"])
    rows = rows.filter(pc.equal(rows[ORIGIN], Origin.SERVED.value))
    return {_name(row) for row in rows.to_pylist()}


def _name(row: Row) -> Name:
    return row["request_id"], row["request_row"], row["arm"] == Arm.SHADOW.value


def _with_earlier(fresh: pa.Table, period: Period, store: TableStore) -> pa.Table:
    """The fresh rows after those of the period that have landed already."""
    if period.as_of not in store.periods(PREDICTIONS):
        return fresh
    there = store.read(PREDICTIONS, after=period.as_of - timedelta(days=1), until=period.as_of)
    there = there.filter(pc.equal(there[ORIGIN], Origin.SERVED.value)).drop_columns([AS_OF])
    return pa.concat_tables([there, fresh], promote_options="permissive")


def _table(rows: Sequence[Row], kinds: dict[str, pa.DataType]) -> pa.Table:
    columns = {name: pa.array([_cast(row[name], kind) for row in rows], kind) for name, kind in kinds.items()}
    answers = pa.Table.from_pylist(list(rows), schema=_ANSWER)
    return pa.table({**columns, **{name: answers[name] for name in answers.column_names}})


def _cast(value: Any, kind: pa.DataType) -> Any:
    """A key as the tables have it; null where it cannot be one."""
    if value is None:
        return None
    text = str(value)
    try:
        return pa.scalar(text).cast(kind).as_py()
    except pa.ArrowException:
        return None


def _answer(said: Row) -> Row:
    return {
        "score": float(said["score"]),
        "probabilities": [float(share) for share in said["probabilities"].values()],
        "class": str(said["class"]),
        "threshold": said["threshold"],
        "model_version": said["model_version"],
        "bundle_sha256": said["bundle_sha256"],
    }


def _event_time(value: Any, at: datetime) -> datetime:
    """When the score was needed, as the client says; when it was asked for, if it does not say."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    try:
        return at if value is None else _moment(str(value))
    except ValueError:
        return at


def _moment(text: str) -> datetime:
    """A time in ISO format, in UTC and without its zone."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
