"""The served rows of the newest comparison, and the labels that they met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tenure.domain.arms import Arm, Origin, entity_code
from tenure.domain.entities import key_text
from tenure.domain.serving import ChallengerMode
from tenure.domain.tables import AS_OF, EVENT_TIME, KNOWN_AT, LABEL, LABELS, ORIGIN, PREDICTIONS
from tenure.ports import Engine, TableStore

_COLUMNS = (
    *("arm", "against", "entity", "request_id", "request_row", "answered_at", EVENT_TIME),
    *("score", "probabilities", "class", "model_version", "bundle_sha256"),
)
_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """The rows of both arms; in shadow mode row by row the same requests."""

    mode: ChallengerMode
    champion: pa.Table
    challenger: pa.Table
    n_crossed: int = 0
    """Entities that both arms had answered, as after another `share` or `salt`: they are left out."""


def read_compared(as_of: date, *, store: TableStore, engine: Engine) -> Compared | None:
    """The rows of the pair that was compared last, as far as they had landed by `as_of`; None without any.

    Versions and mode are those of the newest answer; answers of an earlier pair, or of the other mode, are
    left out.
    """
    if not store.exists(PREDICTIONS):
        return None
    predicted = engine.scan(store.snapshot(PREDICTIONS, until=as_of))
    wanted = predicted.filter((predicted[ORIGIN] == Origin.SERVED.value) & predicted["arm"].notnull())
    ordered = wanted.select(*_COLUMNS).order_by(["answered_at", "request_id", "request_row", "arm"])
    rows = engine.arrow(ordered)
    if rows.num_rows == 0:
        return None
    last = rows.slice(rows.num_rows - 1).to_pylist()[0]
    is_champion = last["arm"] == Arm.CHAMPION.value
    champion, challenger = (last["model_version"], last["against"])[:: 1 if is_champion else -1]
    ours = _of(rows, Arm.CHAMPION, champion, challenger)
    shadows = _of(rows, Arm.SHADOW, challenger, champion)
    seen = {name: place for place, name in enumerate(_names(shadows))}
    both = [(place, seen[name]) for place, name in enumerate(_names(ours)) if name in seen]
    if last["arm"] == Arm.SHADOW.value or (last["request_id"], last["request_row"]) in seen:
        left, right = ([pair[side] for pair in both] for side in (0, 1))
        return Compared(ChallengerMode.SHADOW, ours.take(left), shadows.take(right))
    alone = pa.array([name not in seen for name in _names(ours)], pa.bool_())
    return _apart(ours.filter(alone), _of(rows, Arm.CHALLENGER, challenger, champion))


def keys_of_labels(store: TableStore) -> tuple[str, ...]:
    """The columns of ``gold/labels`` that say whom a label is about; none where there are no labels."""
    if not store.exists(LABELS):
        return ()
    others = {EVENT_TIME, KNOWN_AT, LABEL, AS_OF}
    return tuple(name for name in store.snapshot(LABELS).schema.names if name not in others)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What came true."""

    places: Mapping[tuple[str, int], int]
    """Where among the values the label of an entity's event is; event times in microseconds since 1970."""
    values: pa.ChunkedArray


def read_labels(as_of: date, *, secret: str, store: TableStore, engine: Engine) -> Labels | None:
    """The labels known by `as_of`; None while there are no labels at all.

    Parameters
    ----------
    as_of
        The last period whose labels count.
    secret
        What the keys of served rows were hashed with; nothing when they are not personal.
    store, engine
        Where the labels lie, and what reads them.
    """
    if not (keys := keys_of_labels(store)):
        return None
    table = engine.scan(store.snapshot(LABELS, until=as_of))
    labels = engine.arrow(table.select(*keys, EVENT_TIME, LABEL))
    columns = [labels[name].to_pylist() for name in keys]
    texts = (key_text(dict(zip(keys, values, strict=True)), keys) for values in zip(*columns, strict=True))
    places = {
        (entity_code(key, secret=secret), time): place
        for place, (key, time) in enumerate(zip(texts, _micros(labels), strict=True))
        if key is not None
    }
    return Labels(places, labels[LABEL])


def match(rows: pa.Table, places: Mapping[tuple[str, int], int]) -> tuple[_Places, _Places]:
    """Rows that met a label, and the label of each: of an event that was answered twice the last answer."""
    events = zip(rows["entity"].to_pylist(), _micros(rows), strict=True)
    found = {event: row for row, event in enumerate(events) if event in places}
    rows_of = sorted((row, places[event]) for event, row in found.items())
    table = np.array(rows_of, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _of(rows: pa.Table, arm: Arm, version: int, against: int) -> pa.Table:
    mine = pc.and_(pc.equal(rows["arm"], arm.value), pc.equal(rows["model_version"], version))
    return rows.filter(pc.and_(mine, pc.equal(rows["against"], against)))


def _names(rows: pa.Table) -> list[tuple[str, int]]:
    return list(zip(rows["request_id"].to_pylist(), rows["request_row"].to_pylist(), strict=True))


def _apart(champion: pa.Table, challenger: pa.Table) -> Compared:
    """Arms without an entity in common: two independent samples."""
    crossed = set(champion["entity"].to_pylist()) & set(challenger["entity"].to_pylist()) - {None}
    if not crossed:
        return Compared(ChallengerMode.AB, champion, challenger)
    out = pa.array(sorted(crossed), pa.string())
    ours, theirs = (rows.filter(pc.invert(pc.is_in(rows["entity"], out))) for rows in (champion, challenger))
    return Compared(ChallengerMode.AB, ours, theirs, len(crossed))


def _micros(rows: pa.Table) -> list[int]:
    times: list[int] = rows[EVENT_TIME].cast(pa.timestamp("us")).cast(pa.int64()).to_pylist()
    return times
