"""The suite of one source in one period, generated from the project file: a pure function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tenure.domain.findings import Finding
from tenure.domain.periods import Period
from tenure.domain.sources import Source
from tenure.domain.tables import ROW_EVENT_TIME, ROW_KNOWN_AT
from tenure.domain.wording import counted
from tenure.validation.checks import Check, Suite, muted, not_applicable, override_of, severity_of
from tenure.validation.codes import CODES, Code
from tenure.validation.columns import check_column
from tenure.validation.config import ValidationPolicy
from tenure.validation.history import History, earliest_fresh, usual_rows

COPIES = "rows that are copies"
"""Column of the frame: the identity of a row that is an exact copy of another, else null."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a suite is generated for."""

    name: str
    source: Source
    period: Period
    history: History


def generate_suite(request: Request, policy: ValidationPolicy, user: Sequence[Check] = ()) -> Suite:
    """Every check of a source in a period, with its severity settled.

    Parameters
    ----------
    request
        The source, the period, and what is known of the periods before.
    policy
        What is tolerated in every source.
    user
        Checks of the user's own suites for this source.

    Returns
    -------
    Suite
        Checks to run; and, as findings, those that do not apply here or are switched off.
    """
    made = [*_check_table(request, policy)]
    for name in request.source.columns:
        made += check_column(request.name, name, request.source, policy)
    settled = [_settle(each, request, policy) for each in (*made, *user)]
    checks = tuple(each for each in settled if isinstance(each, Check))
    return Suite(request.name, checks, tuple(each for each in settled if isinstance(each, Finding)))


def is_dated(source: Source) -> bool:
    """Whether the rows of a source say when they were known."""
    return source.event_time is not None or source.known_at is not None


def identity_columns(source: Source) -> tuple[str, ...]:
    """The columns whose values tell rows apart: keys, event time, and known at where it is a column.

    Two rows with one key and event time that became known at different times are a correction.
    """
    times = (ROW_EVENT_TIME,) if source.event_time else ()
    known = (ROW_KNOWN_AT,) if source.known_at else ()
    return (*source.key_columns, *times, *known)


def identity_name(source: Source) -> str:
    """The column of the frame that holds a row's identity as text; null for exact copies."""
    return f"identity of the row ({', '.join(_words(source))})"


def _settle(made: Check | Finding, request: Request, policy: ValidationPolicy) -> Check | Finding:
    if isinstance(made, Finding):
        return made
    severity = severity_of(made.code, request.source, policy, made.severity)
    if severity is None:
        return muted(made, request.name)
    if override_of(made.code, request.source, policy) is not None:
        return replace(made, severity=severity, severity_of_all=None)
    return made


def _check_table(request: Request, policy: ValidationPolicy) -> Iterator[Check | Finding]:
    yield _check_columns(request.source)
    yield from _check_keys(request.name, request.source, policy)
    yield from _check_times(request.source)
    yield from _check_volume(request, policy)


def _check_columns(source: Source) -> Check:
    """The columns there must be; ingestion tells of those there may be."""
    required = (name for name, rule in source.columns.items() if rule.required)
    return Check(
        code=Code.MISSING_COLUMN,
        severity=CODES[Code.MISSING_COLUMN].severity,
        expectation="expect_table_columns_to_match_set",
        arguments={"column_set": [*dict.fromkeys((*source.key_columns, *required))], "exact_match": False},
        subject="required columns",
        verb="are missing",
    )


def _check_keys(name: str, source: Source, policy: ValidationPolicy) -> Iterator[Check | Finding]:
    for key in source.key_columns:
        yield _rows_check(Code.NULL_KEY, source, key, f"have no `{key}`", share=policy.max_null_key_share)
    copies = "are exact copies of another row"
    yield _rows_check(Code.EXACT_COPY, source, COPIES, copies, share=policy.max_copy_share)
    if not source.unique:
        yield not_applicable(Code.KEY_CONFLICT, name, "`unique: false`: many rows may have one key")
        return
    same = " and ".join(f"`{word}`" for word in _words(source))
    verb = f"have the same {same} as a different row"
    yield _rows_check(Code.KEY_CONFLICT, source, identity_name(source), verb, share=policy.max_conflict_share)


def _check_times(source: Source) -> Iterator[Check]:
    if is_dated(source):
        column = ROW_EVENT_TIME if source.event_time else ROW_KNOWN_AT
        told = source.event_time or source.known_at
        yield _rows_check(
            Code.UNDATED, source, column, f"have no time that can be read from `{told}`", share=0.0
        )
    if source.event_time and source.known_at:
        yield Check(
            code=Code.KNOWN_TOO_EARLY,
            severity=CODES[Code.KNOWN_TOO_EARLY].severity,
            expectation="expect_column_pair_values_a_to_be_greater_than_b",
            arguments={
                "column_A": ROW_KNOWN_AT,
                "column_B": ROW_EVENT_TIME,
                "or_equal": True,
                "ignore_row_if": "either_value_is_missing",
                "mostly": 1.0,
            },
            subject="rows",
            verb=f"have a `{source.known_at}` before their `{source.event_time}`",
        )


def _check_volume(request: Request, policy: ValidationPolicy) -> Iterator[Check | Finding]:
    source = request.source
    if not is_dated(source):
        why = "rows without event time are always known: no period has rows of its own"
        yield from (not_applicable(code, request.name, why) for code in _VOLUME)
        return
    yield _check_row_count(request, policy)
    yield _check_freshness(request)


_VOLUME = (Code.ROW_COUNT, Code.STALE)


def _check_row_count(request: Request, policy: ValidationPolicy) -> Check | Finding:
    usual = usual_rows(request.history.earlier, policy.row_count)
    if usual is None:
        n_periods = len(request.history.earlier)
        why = f"nothing to compare with: {counted(n_periods, 'earlier period')}, or a median of no rows"
        return not_applicable(Code.ROW_COUNT, request.name, why)
    return Check(
        code=Code.ROW_COUNT,
        severity=CODES[Code.ROW_COUNT].severity,
        expectation="expect_table_row_count_to_be_between",
        arguments={"min_value": usual.low, "max_value": usual.high},
        subject="rows of the period",
        verb=f"{usual.low:,} to {usual.high:,} are usual, by a median of {usual.median:,g} in "
        f"{counted(usual.n_periods, 'period')}",
        needs_rows=False,
    )


def _check_freshness(request: Request) -> Check | Finding:
    deadline = earliest_fresh(request.source, request.period)
    if deadline is None:
        return not_applicable(Code.STALE, request.name, "the source states no `max_age`, or no event time")
    return Check(
        code=Code.STALE,
        severity=CODES[Code.STALE].severity,
        expectation="expect_column_max_to_be_between",
        arguments={"column": ROW_EVENT_TIME, "min_value": deadline},
        subject=f"newest `{request.source.event_time}`",
        verb=f"nothing before {deadline.date()} is fresh (max_age {request.source.max_age})",
    )


_OF_THE_ROW = frozenset({Code.EXACT_COPY, Code.KEY_CONFLICT})
_ROW_EXPECTATIONS = {
    Code.NULL_KEY: "expect_column_values_to_not_be_null",
    Code.UNDATED: "expect_column_values_to_not_be_null",
    Code.EXACT_COPY: "expect_column_values_to_be_null",
    Code.KEY_CONFLICT: "expect_column_values_to_be_unique",
}


def _rows_check(code: Code, source: Source, column: str, verb: str, *, share: float) -> Check:
    """A check that counts rows; at most `share` of them may be otherwise."""
    involved = source.keys if code in _OF_THE_ROW else (column,)
    return Check(
        code=code,
        severity=CODES[code].severity,
        expectation=_ROW_EXPECTATIONS[code],
        arguments={"column": column, "mostly": round(1 - share, 10)},
        subject="rows",
        verb=verb,
        column=column if column in source.keys else "",
        private=any(name in source.columns and source.columns[name].pii for name in involved),
    )


def _words(source: Source) -> tuple[str, ...]:
    """The identity in the words of the project file."""
    times = (source.event_time,) if source.event_time else ()
    known = (source.known_at,) if source.known_at else ()
    return (*source.key_columns, *times, *known)
