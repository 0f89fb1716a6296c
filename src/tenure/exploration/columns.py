"""Values as read -> a summary of each column: one query each for counts, quantiles, bars and repairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from tenure.domain.sources import ColumnType
from tenure.drafting.looks import Held, NumberLook
from tenure.drafting.numbers import look_at_numbers
from tenure.exploration.distributions import Frame, frame_of, heaps_among, whipple_index
from tenure.exploration.readings import ColumnReading, Reading
from tenure.exploration.summary import Bar, ColumnSummary, NumberSummary, RepairCount
from tenure.exploration.values import ReadValues, count_repairs, effective_rule, read_values
from tenure.ports import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

N_TOP = 24
"""Most frequent values that are looked at of a column."""
N_SHOWN = 10
"""Categories that are shown."""
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class _Counted:
    """What the engine counted, by the position of the column."""

    totals: Mapping[str, tuple[int, int]]
    """Rows with a value, and different values."""
    looks: Mapping[str, NumberLook]
    moments: Mapping[str, Mapping[str, Any]]
    top: Mapping[str, Sequence[tuple[float | None, str | None, int]]]
    bins: Mapping[str, Mapping[int, int]]
    frames: Mapping[str, Frame]
    repairs: Mapping[str, tuple[RepairCount, ...]]


def summarise_columns(reading: Reading, *, engine: Engine) -> tuple[tuple[ColumnSummary, ...], ReadValues]:
    """A summary of each column of a source, and its values as read.

    Columns with personal data are counted; no value of them leaves the engine.

    Parameters
    ----------
    reading
        The source.
    engine
        Where it is counted.
    """
    values = read_values(reading, engine=engine)
    personal = frozenset(str(n) for n, column in enumerate(reading.columns) if column.is_personal)
    counted = _count(reading, values, personal, engine)
    summaries = tuple(
        _summary(str(place), column, reading, counted) for place, column in enumerate(reading.columns)
    )
    return summaries, values


def day_of(seconds: float) -> date:
    """The day of a moment in seconds since 1970.

    Examples
    --------
    >>> day_of(1704067200.0)
    datetime.date(2024, 1, 1)
    """
    return datetime.fromtimestamp(seconds, tz=UTC).date()


def _count(reading: Reading, values: ReadValues, personal: frozenset[str], engine: Engine) -> _Counted:
    kept = values.kept
    shown = kept.filter(kept["column"].notin(sorted(personal))) if personal else kept
    numbers = shown.filter(shown["number"].notnull())
    looks = look_at_numbers(numbers.select("column", "number", "n"), engine=engine)
    dates = {str(n) for n, c in enumerate(reading.columns) if effective_rule(c).type is ColumnType.DATE}
    frames = {
        place: frame
        for place, look in looks.items()
        if (frame := frame_of(look, is_clipped=place not in dates)) is not None
    }
    return _Counted(
        _totals(kept, engine),
        looks,
        _moments(numbers, engine),
        _top(shown, engine),
        _bins(numbers, frames, engine),
        frames,
        count_repairs(values, personal=personal, engine=engine),
    )


def _totals(kept: ir.Table, engine: Engine) -> dict[str, tuple[int, int]]:
    counted = kept.group_by("column").aggregate(n=kept["n"].sum(), n_distinct=kept.count())
    return {
        row["column"]: (int(row["n"]), int(row["n_distinct"])) for row in engine.arrow(counted).to_pylist()
    }


def _moments(numbers: ir.Table, engine: Engine) -> dict[str, dict[str, Any]]:
    """Sums over the numbers of each column; squares are of the distances from the mean."""
    number, n = numbers["number"], numbers["n"]
    total = n.sum().over(group_by="column")
    centred = numbers.mutate(mean=(number * n).sum().over(group_by="column") / total)
    number, n = centred["number"], centred["n"]

    def rows_where(test: ir.BooleanValue) -> ir.IntegerScalar:
        return ibis.ifelse(test, n, 0).sum()

    summed = centred.group_by("column").aggregate(
        mean=centred["mean"].max(),
        squares=(n * (number - centred["mean"]) ** 2).sum(),
        n=n.sum(),
        n_zero=rows_where(number == 0),
        n_negative=rows_where(number < 0),
        n_whole=rows_where(number == number.floor()),
        n_fives=rows_where(number % 5 == 0),
    )
    return {row["column"]: row for row in engine.arrow(summed).to_pylist()}


def _top(kept: ir.Table, engine: Engine) -> dict[str, list[tuple[float | None, str | None, int]]]:
    """The most frequent values of each column; equally frequent ones always in the same order."""
    order = [ibis.desc(kept["n"]), kept["number"], kept["text"]]
    ranked = kept.mutate(rank=ibis.row_number().over(group_by="column", order_by=order))
    first = ranked.filter(ranked["rank"] < N_TOP).order_by(["column", "rank"])
    found: defaultdict[str, list[tuple[float | None, str | None, int]]] = defaultdict(list)
    for row in engine.arrow(first.mutate(text=first["text"].left(_LONGEST))).to_pylist():
        found[row["column"]].append((row["number"], row["text"], int(row["n"])))
    return found


def _bins(numbers: ir.Table, frames: Mapping[str, Frame], engine: Engine) -> dict[str, dict[int, int]]:
    """Rows of each column by the bin of its frame: -1 below, `n_bins` above it."""
    if not frames:
        return {}
    known = engine.table(
        pa.table(
            {
                "column": list(frames),
                "low": [frame.low for frame in frames.values()],
                "high": [frame.high for frame in frames.values()],
                "n_bins": pa.array([frame.n_bins for frame in frames.values()], pa.int64()),
            }
        )
    )
    joined = numbers.inner_join(known, "column")
    number, low, high, n_bins = (joined[name] for name in ("number", "low", "high", "n_bins"))
    inner = ibis.least(((number - low) / (high - low) * n_bins).floor().cast("int64"), n_bins - 1)
    place = ibis.cases((number < low, -1), (number > high, n_bins), else_=inner)
    counted = joined.mutate(place=place).group_by(["column", "place"]).aggregate(n=lambda t: t["n"].sum())
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for row in engine.arrow(counted).to_pylist():
        found[row["column"]][int(row["place"])] = int(row["n"])
    return found


def _summary(place: str, column: ColumnReading, reading: Reading, counted: _Counted) -> ColumnSummary:
    look = reading.look.column(column.name)
    is_structure = look.held is Held.OTHER
    n_kept, n_distinct = counted.totals.get(place, (0, 0))
    kind = "identifier" if column.is_identifier else str(effective_rule(column).type)
    summary = ColumnSummary(
        column.name,
        "structure" if is_structure else kind,
        look.n_rows,
        0 if is_structure else look.n_rows - n_kept,
        n_distinct,
        is_personal=column.is_personal,
        repairs=counted.repairs.get(place, ()),
        seen=column.guess.seen,
    )
    return summary if column.is_personal else _with_values(summary, place, column, counted)


def _with_values(
    summary: ColumnSummary, place: str, column: ColumnReading, counted: _Counted
) -> ColumnSummary:
    """The summary with the values that may be shown; those of identifiers tell nothing."""
    look, top = counted.looks.get(place), counted.top.get(place, [])
    parts = {name: getattr(summary, name) for name in _COUNTS}
    if column.is_identifier and look is None:
        return summary
    if look is None:
        return ColumnSummary(**parts, bars=_categories(top, summary))
    if effective_rule(column).type is ColumnType.DATE:
        first, last = day_of(look.low.value), day_of(look.high.value)
        return ColumnSummary(**parts, first=first, last=last, bars=_spans(place, counted, is_date=True))
    number = _number(look, counted.moments[place])
    by_value = sorted((value, n) for value, _, n in top if value is not None)
    is_discrete = look.n_distinct <= N_TOP
    bars = tuple(Bar(f"{value:.6g}", n) for value, n in by_value) if is_discrete else _spans(place, counted)
    return ColumnSummary(**parts, number=number, bars=bars, heaps=heaps_among(look, top))


_COUNTS = ("name", "kind", "n_rows", "n_null", "n_distinct", "is_personal", "repairs", "seen")


def _categories(
    top: Sequence[tuple[float | None, str | None, int]], summary: ColumnSummary
) -> tuple[Bar, ...]:
    """The most frequent categories and the rest; of free text those only that repeat."""
    is_text = summary.kind == ColumnType.TEXT
    known = [Bar(str(text), n) for _, text, n in top[:N_SHOWN] if n > 1 or not is_text]
    n_rest = summary.n_rows - summary.n_null - sum(bar.n for bar in known)
    n_others = summary.n_distinct - len(known)
    return (*known, Bar(f"{n_others:,} others", n_rest)) if n_others > 0 and known else tuple(known)


def _spans(place: str, counted: _Counted, *, is_date: bool = False) -> tuple[Bar, ...]:
    frame = counted.frames.get(place)
    if frame is None:
        return ()
    bins = counted.bins.get(place, {})
    name = (lambda edge: day_of(edge).isoformat()) if is_date else None
    return frame.bars(bins, name=name)


def _number(look: NumberLook, moments: Mapping[str, Any]) -> NumberSummary:
    n = int(moments["n"])
    std = (float(moments["squares"]) / (n - 1)) ** 0.5 if n > 1 else None
    is_whole = int(moments["n_whole"]) == n
    return NumberSummary(
        look.low.value,
        look.q10,
        look.q25,
        look.q50,
        look.q75,
        look.q90,
        look.high.value,
        float(moments["mean"]),
        std,
        int(moments["n_zero"]),
        int(moments["n_negative"]),
        whipple_index(int(moments["n_fives"]), n) if is_whole and look.n_distinct >= N_TOP else None,
    )
