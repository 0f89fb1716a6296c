"""Source block and schema → the columns that become features, or what is wrong with those it names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tenure.domain.features import FeatureKind
from tenure.domain.sources import Column, ColumnType, ReasonWords, Source, reason_words
from tenure.domain.tables import AS_OF, FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT
from tenure.domain.wording import counted
from tenure.features.config import SourceBlock
from tenure.features.naming import column_words

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt

RESERVED = frozenset({AS_OF, FILE, ROW, ROW_EVENT_TIME, ROW_KNOWN_AT})
"""Columns of silver tables that are not the source's own."""

_NUMBERED = re.compile(r"^(.*?)(\d+)$")


@dataclass(frozen=True, slots=True)
class Input:
    """A column of a source that becomes features."""

    source: str
    column: str
    kind: FeatureKind
    words: str
    values: tuple[str, ...] = ()
    """The categories that its rule lists."""
    reason: ReasonWords | None = None
    """What an applicant is told when features made of it pushed the score."""

    @property
    def qualified(self) -> str:
        """The column with its source: ``bureau.CREDIT_TYPE``."""
        return f"{self.source}.{self.column}"


@dataclass(frozen=True, slots=True)
class Selection:
    """The columns a block uses, and every problem of those it names."""

    inputs: tuple[Input, ...]
    problems: tuple[str, ...] = ()


def select_inputs(
    block: SourceBlock, *, source: Source, schema: Mapping[str, dt.DataType], keys: Sequence[str]
) -> Selection:
    """The columns of a source that become features by a block.

    Parameters
    ----------
    block
        Names columns, or none for all that may be features.
    source
        What the project file says of the source.
    schema
        The columns of its silver table.
    keys
        The population's keys, which are never features.

    Text that the project file has no rule for is never a feature either: nobody has said what it holds,
    and a column that a delivery brings by accident (under a new name, say) must not reach the model.
    """
    own = [name for name in schema if name not in RESERVED]
    named, problems = _named(block.columns, own, block.source, "columns")
    left_out, more = _named(block.exclude, own, block.source, "exclude")
    never = {name: why for name in own if (why := _why_never(name, block.source, source, schema, keys))}
    wanted = list(named) if block.columns else _usual(source, own, keys)
    inputs = tuple(
        _as_input(block.source, source, name, schema[name])
        for name in wanted
        if name not in left_out and name not in never
    )
    refused = [name for name, is_exact in named.items() if is_exact and name in never]
    why_not = [f"`{block.source}.{name}` {never[name]} and cannot be a feature" for name in refused]
    return Selection(inputs, (*problems, *more, *why_not))


def kind_of_feature(dtype: dt.DataType) -> FeatureKind | None:
    """How a model reads a column of this type; None where it cannot.

    Numbers, booleans (0 and 1) and times (days before the event) are numbers, as is a column that has
    no type because it is null throughout; text is a category; lists, structures and bytes are nothing.
    """
    if dtype.is_string():
        return FeatureKind.CATEGORY
    is_number = dtype.is_numeric() or dtype.is_boolean() or dtype.is_null()
    return FeatureKind.NUMBER if is_number or dtype.is_timestamp() or dtype.is_date() else None


def expand_names(patterns: Iterable[str], present: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each pattern with the columns it names; none where it names nothing that is there.

    Examples
    --------
    >>> list(expand_names(["fe_1", "...", "fe_3"], ["fe_1", "fe_2", "fe_3", "fe_4"]))
    [('fe_1', ['fe_1']), ('fe_2', ['fe_2']), ('fe_3', ['fe_3'])]
    >>> list(expand_names(["AMT_*"], ["AMT_CREDIT", "DAYS", "AMT_ANNUITY"]))
    [('AMT_*', ['AMT_CREDIT', 'AMT_ANNUITY'])]
    """
    for pattern in _fill_ranges(list(patterns)):
        if pattern in present:
            yield pattern, [pattern]
        elif "*" in pattern:
            yield pattern, [name for name in present if fnmatchcase(name, pattern.replace("[", "[[]"))]
        else:
            yield pattern, []


def did_you_mean(name: str, present: Iterable[str]) -> str:
    """The end of a message about a name that is not there: the nearest that is, or nothing.

    Examples
    --------
    >>> did_you_mean("Anual_Income", ["Annual_Income", "Age"])
    '; did you mean `Annual_Income`?'
    """
    close = difflib.get_close_matches(name, list(present), n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def _fill_ranges(patterns: list[str]) -> list[str]:
    """``fe_1, ..., fe_20`` written out; an ellipsis between other names stays and matches nothing."""
    filled: list[str] = []
    for number, pattern in enumerate(patterns):
        around = patterns[number - 1 : number + 2] if pattern == "..." and number else []
        filled += _between(around[0], around[2]) if len(around) == 3 else [pattern]
    return filled


def _between(first: str, last: str) -> list[str]:
    low, high = _NUMBERED.match(first), _NUMBERED.match(last)
    if low is None or high is None or low[1] != high[1]:
        return ["..."]
    return [f"{low[1]}{number:0{_width(low[2])}d}" for number in range(int(low[2]) + 1, int(high[2]))]


def _width(number: str) -> int:
    """Digits to fill up with zeros: as many as the first number has, if it starts with one."""
    return len(number) if number.startswith("0") else 1


def _named(
    patterns: Sequence[str], own: Sequence[str], source: str, key: str
) -> tuple[dict[str, bool], list[str]]:
    """The columns that patterns name and whether by their very name; a problem for each that names none."""
    found: dict[str, bool] = {}
    problems = []
    for pattern, names in expand_names(patterns, own):
        found |= {name: name == pattern or found.get(name, False) for name in names}
        if not names:
            suggestion = did_you_mean(pattern, own)
            problems.append(
                f"`{key}` of source block `{source}` names `{pattern}`; the source has "
                f"{counted(len(own), 'column')} and no such one{suggestion}"
            )
    return found, problems


def _usual(source: Source, own: Iterable[str], keys: Iterable[str]) -> list[str]:
    """The columns that are features where a block names none."""
    never = {*source.keys, *keys, source.event_time, source.known_at}
    return [name for name in own if name not in never and _may_be(source.columns.get(name, Column()))]


def _may_be(rule: Column) -> bool:
    return rule.feature and not rule.pii and not rule.protected and rule.type is not ColumnType.TEXT


def _why_never(
    column: str, name: str, source: Source, schema: Mapping[str, dt.DataType], keys: Sequence[str]
) -> str:
    if source.columns.get(column, Column()).pii:
        return "is marked `pii`"
    if source.columns.get(column, Column()).protected:
        return "is marked `protected`"
    if column in keys or column in source.key_columns:
        return "is a key"
    if schema[column].is_string() and column not in source.columns:
        return f"is text that `sources.{name}.columns` has no `type` for, such as `number` or `category`,"
    return "" if kind_of_feature(schema[column]) is not None else f"is of type {schema[column]}"


def _as_input(name: str, source: Source, column: str, dtype: dt.DataType) -> Input:
    rule = source.columns.get(column, Column())
    is_text = rule.type is ColumnType.TEXT and dtype.is_string()
    kind = FeatureKind.TEXT if is_text else kind_of_feature(dtype) or FeatureKind.NUMBER
    values = rule.values or ()
    return Input(name, column, kind, column_words(source, column), values, reason_words(rule.reason))
