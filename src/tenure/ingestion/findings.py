"""What ingestion finds, in words and numbers. Every code has a page in ``docs/checks``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.periods import Period
from tenure.domain.wording import agreeing, counted

SERVING_LOG = "serving/log"
"""Scope of what is found in the log of answers."""
_N_SHOWN = 5
_LONGEST = 60


class Code(StrEnum):
    """What ingestion looks for; stable."""

    NO_ROWS = "ING001"
    LATE_ROWS = "ING002"
    UNDATED_ROWS = "ING003"
    NEW_COLUMNS = "ING004"
    OPTIONAL_COLUMNS = "ING005"
    STATIC_CHANGED = "ING006"
    TABLE_VERSION = "ING007"
    LOG_LINES = "ING008"
    SERVED_ENTITIES = "ING009"


def check_rows(name: str, period: Period, n_rows: int, newest: datetime | None) -> Finding:
    """Whether any row of the source became known in the period."""
    if n_rows:
        return _passed(Code.NO_ROWS, name, f"{counted(n_rows, 'row')} became known in {_span(period)}")
    last = f"the newest row was known on {newest:%Y-%m-%d}" if newest else "none was known by its end"
    return Finding(
        Code.NO_ROWS,
        Severity.WARNING,
        f"no row of `{name}` became known in {_span(period)}; {last}",
        scope=name,
        hint="the feed stood still or its file is not there yet; what leans on it sees old values.",
    )


def check_late(name: str, period: Period, n_late: int, oldest: datetime | None, *, is_new: bool) -> Finding:
    """Whether rows came that had been known before the period, and how late the latest of them is."""
    if not n_late or oldest is None:
        return _passed(Code.LATE_ROWS, name, "no row came late")
    n_days = (period.end - oldest.date()).days
    they = agreeing(n_late, "it", "they")
    what = f"`{name}` is new: {counted(n_late, 'row')} of its history" if is_new else counted(n_late, "row")
    return Finding(
        Code.LATE_ROWS,
        Severity.WARNING,
        f"{what} came up to {counted(n_days, 'day')} after {they} could have been known; "
        f"{they} {agreeing(n_late, 'counts', 'count')} as known at the end of {period}",
        scope=name,
        n_rows=n_late,
        hint="what was scored and decided before stays as it was; ask why the rows came late.",
    )


def check_undated(name: str, column: str, n_rows: int, n_undated: int, examples: Sequence[str]) -> Finding:
    """Whether every row of the files that the period takes rows from can be dated."""
    if not n_undated:
        return _passed(Code.UNDATED_ROWS, name, f"{counted(n_rows, 'row is', 'rows are')} dated", column)
    return Finding(
        Code.UNDATED_ROWS,
        Severity.WARNING,
        f"{n_undated:,} of {n_rows:,} rows have no time that can be read in `{column}`: they stay out",
        scope=name,
        column=column,
        n_rows=n_undated,
        examples=_bounded(examples),
        hint="correct the rows in the file; the next period takes them in as late ones.",
    )


def check_new_columns(name: str, new: Sequence[str], gone: Sequence[str]) -> Finding:
    """Whether the files have columns that neither the project file nor an earlier period knows."""
    if not new:
        return _passed(Code.NEW_COLUMNS, name, "no unknown column came")
    vanished = f"; no longer there: {_listed(gone)}" if gone else ""
    return Finding(
        Code.NEW_COLUMNS,
        Severity.WARNING,
        f"{counted(len(new), 'column')} of `{name}` {agreeing(len(new), 'is', 'are')} new: "
        f"{_listed(new)}{vanished}",
        scope=name,
        column=new[0] if len(new) == 1 else "",
        examples=_bounded(new),
        hint="a column under a new name needs `renamed_from`; a column that is really new, a rule.",
    )


def check_optional_columns(name: str, missing: Sequence[str]) -> Finding:
    """Whether declared columns that a file may lack are lacking."""
    if not missing:
        return _passed(Code.OPTIONAL_COLUMNS, name, "every declared column came")
    return Finding(
        Code.OPTIONAL_COLUMNS,
        Severity.WARNING,
        f"{counted(len(missing), 'declared column')} of `{name}` did not come and "
        f"{agreeing(len(missing), 'is', 'are')} null: {_listed(missing)}",
        scope=name,
        column=missing[0] if len(missing) == 1 else "",
        examples=_bounded(missing),
        hint="ask for them, or take their rules and the features made of them out of the project file.",
    )


def check_static(name: str, n_rows: int, *, n_before: int | None) -> Finding:
    """Whether a source without event time changed since it was last taken in."""
    if n_before is None:
        return _passed(Code.STATIC_CHANGED, name, f"{counted(n_rows, 'row')} taken in whole, as always known")
    return Finding(
        Code.STATIC_CHANGED,
        Severity.INFO,
        f"`{name}` has no event time and changed: {counted(n_rows, 'row')}, {n_before:,} before; "
        "taken in whole again",
        scope=name,
        n_rows=n_rows,
        hint="if its rows change over time, state `event_time`: otherwise past events see the new values.",
    )


def unchanged_static(name: str, n_rows: int) -> Finding:
    """A source without event time holds what was taken in of it before."""
    return _passed(Code.STATIC_CHANGED, name, f"{counted(n_rows, 'row')}, as taken in before")


def told_version(name: str, version: int) -> Finding:
    """Which version of a Delta table the rows were read from."""
    return _passed(Code.TABLE_VERSION, name, f"read from version {version} of the Delta table")


def check_log_lines(n_lines: int, n_unread: int) -> Finding:
    """Whether every line of the log of answers could be read."""
    if not n_unread:
        return _passed(
            Code.LOG_LINES,
            SERVING_LOG,
            f"{counted(n_lines, 'line')} of the log {agreeing(n_lines, 'is', 'are')} whole",
        )
    return Finding(
        Code.LOG_LINES,
        Severity.WARNING,
        f"{n_unread:,} of {n_lines:,} lines of the log of answers cannot be read: they are passed over",
        scope=SERVING_LOG,
        n_rows=n_unread,
        hint="the last line of a machine that went down is cut off; more of them: who changed the files?",
    )


def check_served_entities(n_rows: int, n_unknown: int) -> Finding:
    """Whether it is known of every answer whom it was about."""
    if not n_unknown:
        message = f"{counted(n_rows, 'answer')} landed, each with its entity"
        return _passed(Code.SERVED_ENTITIES, SERVING_LOG, message)
    return Finding(
        Code.SERVED_ENTITIES,
        Severity.INFO,
        f"{n_unknown:,} of {n_rows:,} answers that landed tell of no entity: no label will meet them",
        scope=SERVING_LOG,
        n_rows=n_unknown,
        hint="send the keys with each row; personal ones need the secret TENURE_ENTITY_SECRET at the server.",
    )


def _passed(code: Code, name: str, message: str, column: str = "") -> Finding:
    return Finding(code, Severity.INFO, message, Outcome.PASSED, scope=name, column=column)


def _span(period: Period) -> str:
    return f"the time up to {period}" if period.first else f"the period from {period.start} to {period}"


def _bounded(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(value[:_LONGEST] for value in tuple(values)[:_N_SHOWN])


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name[:_LONGEST]}`" for name in names[:_N_SHOWN])
    return shown if len(names) <= _N_SHOWN else f"{shown} and {len(names) - _N_SHOWN} more"
