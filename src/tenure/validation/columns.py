"""What a project file says of one column, as checks: readable, in range, a known category, not null.

Beside the typed column, the frame that is checked holds two more where they are asked for:
``Age as read`` (what could not be read, as text) and ``Age after repairs`` (as silver will keep it).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tenure.domain.findings import Finding, Severity
from tenure.domain.sources import Column, ColumnType, Source
from tenure.validation.checks import Check, not_applicable, severity_of
from tenure.validation.codes import CODES, Code
from tenure.validation.config import ValidationPolicy

_READABLE = "reads as declared"
_TEXTUAL = frozenset({ColumnType.CATEGORY, ColumnType.TEXT})
_NUMERIC = frozenset({None, ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.MONTHS})
ANY_VALUE = 1e-9
"""Least share of values that are not null for a column not to count as empty."""


def read_name(column: str) -> str:
    """The column of the frame that holds `READABLE` or, as text, what could not be read."""
    return f"{column} as read"


def repaired_name(column: str) -> str:
    """The column of the frame that holds what silver will keep."""
    return f"{column} after repairs"


def readable_word() -> str:
    """What stands in ``<column> as read`` where the value could be read."""
    return _READABLE


def must_be_read(rule: Column) -> bool:
    """Whether a value of the column may be unreadable: text always reads as text."""
    if rule.type is None:
        return rule.between is not None
    return rule.type not in _TEXTUAL


def rule_of(source: Source, name: str) -> Column:
    """The rule of a column; a time that is declared a date is written as `time_format` says.

    Examples
    --------
    >>> source = Source(path="a", keys=("id",), event_time="day", time_format="%Y%m%d")
    >>> dated = source.model_copy(update={"columns": {"day": Column(type="date")}})
    >>> rule_of(dated, "day").format
    '%Y%m%d'
    """
    rule = source.columns.get(name, Column())
    if rule.type is not ColumnType.DATE or name not in (source.event_time, source.known_at):
        return rule
    stated = source.time_format
    time_format = (stated or rule.format) if name == source.event_time else (rule.format or stated)
    return rule.model_copy(update={"format": time_format})


def check_column(
    scope: str, name: str, source: Source, policy: ValidationPolicy
) -> Iterator[Check | Finding]:
    """The checks of one declared column, in the order in which cleaning repairs it.

    Whether the column has any value at all is told by the first check that looks at its values; only a
    column without one gets a check of its own for that.
    """
    rule = rule_of(source, name)
    made = tuple(_value_checks(name, rule, policy))
    is_empty_told = severity_of(Code.EMPTY_COLUMN, source, policy)
    if made and is_empty_told is not None:
        made = (replace(made[0], severity_of_none=is_empty_told), *made[1:])
    elif not made:
        made = (_check_emptiness(name, rule),)
    yield from made
    if rule.max_null_share is not None:
        yield _check_nulls(name, rule, rule.max_null_share)
    if rule.between is not None and rule.type not in _NUMERIC:
        why = f"`between` is for numbers, `{name}` is a {rule.type}"
        yield not_applicable(Code.OUT_OF_RANGE, scope, why, name)


def _value_checks(name: str, rule: Column, policy: ValidationPolicy) -> Iterator[Check]:
    if must_be_read(rule):
        yield _check_reading(name, rule, policy)
    if rule.values is not None:
        yield _check_categories(name, rule, rule.values, policy)
    if rule.between is not None and rule.type in _NUMERIC:
        yield _check_range(name, rule, rule.between, policy)


def _check_emptiness(name: str, rule: Column) -> Check:
    return _value_check(
        Code.EMPTY_COLUMN, name, rule, "expect_column_values_to_not_be_null", "are null", mostly=ANY_VALUE
    )


def _check_nulls(name: str, rule: Column, max_null_share: float) -> Check:
    return _value_check(
        Code.NULL_SHARE,
        name,
        rule,
        "expect_column_values_to_not_be_null",
        "are null, repairs included",
        column=repaired_name(name),
        mostly=round(1 - max_null_share, 10),
    )


def _check_reading(name: str, rule: Column, policy: ValidationPolicy) -> Check:
    kind = rule.type or ColumnType.NUMBER
    written = f" in the format {rule.format}" if rule.format else ""
    return _value_check(
        Code.UNREADABLE,
        name,
        rule,
        "expect_column_values_to_be_in_set",
        f"cannot be read as {kind}{written}",
        column=read_name(name),
        value_set=[_READABLE],
        mostly=_mostly(rule, policy),
    )


def _check_categories(name: str, rule: Column, values: tuple[str, ...], policy: ValidationPolicy) -> Check:
    return _value_check(
        Code.UNKNOWN_CATEGORY,
        name,
        rule,
        "expect_column_values_to_be_in_set",
        f"are none of {_few(values)}",
        value_set=[*values, *([] if rule.type in _TEXTUAL else _numbers(values))],
        mostly=_mostly(rule, policy),
    )


def _check_range(name: str, rule: Column, between: tuple[float, float], policy: ValidationPolicy) -> Check:
    low, high = between
    return _value_check(
        Code.OUT_OF_RANGE,
        name,
        rule,
        "expect_column_values_to_be_between",
        f"lie outside {low:g} to {high:g}",
        min_value=low if math.isfinite(low) else None,
        max_value=high if math.isfinite(high) else None,
        mostly=_mostly(rule, policy),
    )


def _value_check(code: Code, name: str, rule: Column, expectation: str, verb: str, **arguments: Any) -> Check:
    """A check of the values of a column; nothing may be otherwise where `otherwise` is ``error``."""
    strict = rule.otherwise == "error" and code not in (Code.EMPTY_COLUMN, Code.NULL_SHARE)
    return Check(
        code=code,
        severity=Severity.ERROR if strict else CODES[code].severity,
        expectation=expectation,
        arguments={"column": name, **arguments},
        subject=f"values of `{name}`",
        verb=verb,
        column=name,
        private=rule.pii,
        severity_of_all=Severity.ERROR if code is Code.UNREADABLE else None,
    )


def _mostly(rule: Column, policy: ValidationPolicy) -> float:
    return 1.0 if rule.otherwise == "error" else round(1 - policy.max_repaired_share, 10)


def _numbers(words: tuple[str, ...]) -> list[float]:
    """The numbers among words, for columns that hold numbers."""
    numbers = []
    for word in words:
        try:
            numbers.append(float(word))
        except ValueError:
            continue
    return [number for number in numbers if math.isfinite(number)]


def _few(words: tuple[str, ...], n_shown: int = 5) -> str:
    shown = ", ".join(word[:40] for word in words[:n_shown])
    return shown if len(words) <= n_shown else f"{shown} and {len(words) - n_shown} more"
