"""Summaries -> what to look at first: rules over counts, each one sentence with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tenure.domain.reading import RepairKind
from tenure.domain.report import Concern
from tenure.domain.sources import ColumnType
from tenure.domain.wording import agreeing, counted
from tenure.drafting.wording import as_number, as_share, as_value
from tenure.exploration.readings import ColumnReading, Reading
from tenure.exploration.summary import (
    ColumnSummary,
    Join,
    KeySummary,
    PeriodCount,
    RowsPerKey,
    SourceSummary,
    Worry,
)
from tenure.exploration.times import gaps_in

_MANY_COPIES = 0.01
_MANY_NULLS = 0.5
_MANY_REPAIRS = 0.01
_MANY_HEAPED = 0.05
_NEARLY_ALL = 0.99
_ROUGH = 175  # Whipple's index: above it ages count as very rough
_SMALL = 1_000  # larger amounts are round by nature
_MANY_LACKING = 0.05
_LONGEST_NAME = 60
_WEIGHTS = {str(RepairKind.STRIPPED): 0.1, str(RepairKind.NULL_VALUE): 0.2}
_REPAIRED = {
    RepairKind.NULL_VALUE: "say that there is no value",
    RepairKind.INFINITE: "are infinite",
    RepairKind.UNREADABLE: "cannot be read as {kind}",
    RepairKind.UNKNOWN_CATEGORY: "are none of the declared categories",
    RepairKind.OUT_OF_RANGE: "are absurd or outside the declared range",
    RepairKind.STRIPPED: "come in decoration",
}


def find_worries(
    reading: Reading, columns: Sequence[ColumnSummary], key: KeySummary, periods: tuple[PeriodCount, ...]
) -> tuple[Worry, ...]:
    """What to look at in a source, the heaviest first: of rows, then of columns in the order of the file.

    Parameters
    ----------
    reading
        How it is read.
    columns
        Its columns.
    key
        What its keys are worth.
    periods
        Its rows over time.
    """
    found = [*_of_rows(reading, key), *_of_times(periods)]
    for how, column in zip(reading.columns, columns, strict=True):
        found += _of_column(how, column)
    return by_weight(found)


def as_name(name: str) -> str:
    """The name of a column as a sentence shows it: on one line, 60 characters at most."""
    return as_value(name, longest=_LONGEST_NAME)


def by_weight(worries: Sequence[Worry]) -> tuple[Worry, ...]:
    """Worries with the heavy ones first; equally heavy ones in their order."""
    return tuple(sorted(worries, key=lambda worry: (worry.concern is not Concern.WORRY, -worry.weight)))


def join_worries(joins: Sequence[Join], name: str) -> Iterator[Worry]:
    """What a source misses in others: rows whose parent is not there, and keys without a row in a child.

    Only where the two know each other at all. A parent is the one that has one row per key.
    """
    for join in joins:
        if name in {join.left, join.right}:
            yield from _of_meeting(_seen_from(join, name))


@dataclass(frozen=True, slots=True)
class _Meeting:
    """A join, seen from one of its sides."""

    name: str
    column: str
    other: str
    n_orphans: int
    n_lacking: int
    """Keys that the other side does not have."""
    n_keys: int
    mine: RowsPerKey | None
    theirs: RowsPerKey | None


def _seen_from(join: Join, name: str) -> _Meeting:
    if name == join.left:
        lacking, keys, orphans = join.n_left - join.n_common, join.n_left, join.n_left_orphans
        return _Meeting(
            name, join.column, join.right, orphans, lacking, keys, join.per_key_left, join.per_key_right
        )
    lacking, keys, orphans = join.n_right - join.n_common, join.n_right, join.n_right_orphans
    return _Meeting(
        name, join.column, join.left, orphans, lacking, keys, join.per_key_right, join.per_key_left
    )


def _of_meeting(meeting: _Meeting) -> Iterator[Worry]:
    if meeting.mine is None or meeting.theirs is None:
        return
    column = f"`{as_name(meeting.column)}`"
    is_child = meeting.theirs.most == 1 and meeting.mine.most > 1
    if is_child and meeting.n_orphans:
        rows = f"{counted(meeting.n_orphans, 'row has', 'rows have')}"
        said = f"{rows} a {column} that `{meeting.other}` does not know"
        yield Worry(Concern.WATCH, said, meeting.column, weight=meeting.n_orphans)
    share = meeting.n_lacking / meeting.n_keys
    if meeting.mine.most == 1 and share >= _MANY_LACKING:
        said = f"{as_share(share)} of the {column} of `{meeting.name}` have no row in `{meeting.other}`"
        yield Worry(Concern.WATCH, said, meeting.column, weight=meeting.n_lacking)


def headline(source: SourceSummary) -> str:
    """The first sentence of a page: what to worry about, or that nothing stands out.

    Examples
    --------
    >>> headline(SourceSummary("loans", "loans.csv", 0, 1, 1, (), KeySummary((), None, True, 0, 0, 0)))
    '`loans` has no rows to look at.'
    """
    if not source.n_rows:
        return f"`{source.name}` has no rows to look at."
    size = f"{counted(source.n_rows, 'row')} and {counted(len(source.columns), 'column')}"
    if not source.worries:
        return f"Nothing stands out in {size} of `{source.name}`."
    first, n_more = source.worries[0].sentence, len(source.worries) - 1
    more = f"; {n_more} more below" if n_more else ""
    return f"{first[0].upper()}{first[1:]}{more}."


def _of_rows(reading: Reading, key: KeySummary) -> Iterator[Worry]:
    n_rows = reading.look.n_rows
    named = " + ".join(
        f"`{as_name(name)}`" for name in (*key.keys, *([key.event_time] if key.event_time else []))
    )
    if not key.keys and n_rows:
        yield Worry(
            Concern.WORRY, f"no columns were found that identify a row of `{reading.name}`", weight=n_rows
        )
    n_conflicts = max(0, key.n_surplus - key.n_copies)
    if n_conflicts and key.must_identify:
        yield Worry(
            Concern.WORRY,
            f"{counted(n_conflicts, 'row contradicts', 'rows contradict')} another with the same {named}",
            weight=n_conflicts,
        )
    elif n_conflicts and key.keys:
        yield Worry(
            Concern.WATCH,
            f"{named} do not identify a row: {n_conflicts:,} share theirs with another",
            weight=n_conflicts,
        )
    if key.n_copies:
        concern = Concern.WORRY if key.n_copies >= _MANY_COPIES * n_rows else Concern.WATCH
        share = as_share(key.n_copies / n_rows)
        yield Worry(
            concern,
            f"{counted(key.n_copies, 'row')} ({share}) "
            f"{agreeing(key.n_copies, 'repeats', 'repeat')} another in everything",
            weight=key.n_copies,
        )
    if key.n_null and key.keys:
        yield Worry(
            Concern.WORRY,
            f"{counted(key.n_null, 'row has', 'rows have')} no value in {named}",
            weight=key.n_null,
        )


def _of_times(periods: tuple[PeriodCount, ...]) -> Iterator[Worry]:
    gaps = gaps_in(periods)
    if gaps:
        listed = ", ".join(gaps[:3]) + (f" and {len(gaps) - 3} more" if len(gaps) > 3 else "")
        yield Worry(Concern.WATCH, f"no row happened in {listed}", weight=max(period.n for period in periods))


_Told: TypeAlias = tuple[Concern, str, float]
"""How bad, what is said of the column, and the share of its rows that it weighs."""


def _of_column(how: ColumnReading, column: ColumnSummary) -> Iterator[Worry]:
    """What is wrong with one column; of one with personal data, that it is one and how full it is."""
    name = f"`{as_name(column.name)}`"
    if not column.n_rows:
        return
    for concern, said, weight in _told(how, column):
        yield Worry(concern, f"{name} {said}", column.name, weight=weight * column.n_rows)


def _told(how: ColumnReading, column: ColumnSummary) -> Iterator[_Told]:
    yield from _of_reading(how, column)
    if column.is_personal and not how.rule.pii:
        yield Concern.WORRY, "looks like personal data and is not declared `pii`", 1.0
    elif column.is_personal and not how.is_declared:
        yield Concern.WATCH, "looks like personal data: no value of it is shown", 0.001
    yield from _of_nulls(column)
    yield from _of_repairs(column)
    if not column.is_personal:
        yield from _of_numbers(column)


def _of_reading(how: ColumnReading, column: ColumnSummary) -> Iterator[_Told]:
    time = how.guess.time
    if time is not None and time.is_open and not how.rule.pii and not (how.is_declared and how.rule.format):
        why = (
            "no format reads nearly all of its dates"
            if time.is_mixed
            else "its dates can be read in several ways"
        )
        yield (
            Concern.WORRY,
            f"is ambiguous: {why} ({', '.join(each or 'ISO' for each in time.fits[:3])})",
            1.0,
        )
    is_number = how.guess.type in {ColumnType.INTEGER, ColumnType.NUMBER}
    is_read_as_text = column.kind in {ColumnType.TEXT, ColumnType.CATEGORY} and how.rule.type is None
    if is_number and is_read_as_text and not how.guess.is_identifier:
        yield (
            Concern.WATCH,
            f"is read as text, and its values are numbers: declare `type: {how.guess.type}`",
            0.5,
        )


def _of_nulls(column: ColumnSummary) -> Iterator[_Told]:
    if column.kind == "structure":
        yield Concern.WATCH, "holds lists or structures, which no model reads", 0.01
    elif column.n_null == column.n_rows:
        yield Concern.WATCH, "has no value in any row", 0.1
    elif column.null_share >= _MANY_NULLS:
        yield Concern.WATCH, f"is null in {as_share(column.null_share)} of the rows", 0.01 * column.null_share
    elif column.n_distinct == 1 and column.n_rows > 1 and not column.n_null:
        yield Concern.WATCH, "has the same value in every row", 0.005


def _of_repairs(column: ColumnSummary) -> Iterator[_Told]:
    for repair in column.repairs:
        share = repair.n / column.n_rows
        is_heavy = repair.kind == RepairKind.UNREADABLE and share >= _MANY_REPAIRS
        told = _REPAIRED[RepairKind(repair.kind)].format(kind=column.kind)
        such = f", such as `{as_value(repair.examples[0])}`" if repair.examples else ""
        concern = Concern.WORRY if is_heavy else Concern.WATCH
        yield (
            concern,
            f"has {counted(repair.n, 'value')} ({as_share(share)}) that {told}{such}",
            share * _WEIGHTS.get(repair.kind, 1.0),
        )


def _of_numbers(column: ColumnSummary) -> Iterator[_Told]:
    """Heaped numbers; zeros are usual, unless there is hardly anything else."""
    n_values = column.n_rows - column.n_null
    for heap in column.heaps[:1]:
        share = heap.n / n_values
        if share >= (_NEARLY_ALL if heap.label == "0" else _MANY_HEAPED):
            yield Concern.WATCH, f"is heaped: {as_share(share)} of its values are {heap.label}", 0.03 * share
    number = column.number
    if number is not None and number.q90 <= _SMALL and (number.whipple or 0) >= _ROUGH:
        index = as_number(round(number.whipple or 0))
        said = f"prefers numbers that end in 0 or 5 (Whipple's index {index}, 100 without preference)"
        yield Concern.WATCH, said, 0.01
