"""Population query → the events of a period: whom to score, each event once, in the period it is known.

An event belongs to the period it falls in. One that was not known by then is taken in the period in which
it became known, with its own event time: what is computed for it is what was known at the event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from tenure.domain.findings import Finding, Severity
from tenure.domain.periods import Period
from tenure.domain.tables import EVENT_TIME
from tenure.features.config import Population
from tenure.features.counting import Checked, as_finding
from tenure.features.preparing import BEGIN, END, moments, prepared
from tenure.features.queries import require_columns
from tenure.ports import Engine

_COPY = "__copy"
_IS_LATE = "__is_late"
_WHAT = "the population query"


@dataclass(frozen=True, slots=True)
class Events:
    """The events of one period, and what was found on the way to them."""

    table: ir.Table
    """Keys, ``event_time`` and the query's further columns; keys and event time identify a row."""
    keys: tuple[str, ...]
    findings: tuple[Finding, ...]


def event_keys(rows: ir.Table, population: Population) -> tuple[str, ...]:
    """Which columns of the query identify an entity: those that the project file names, or all but the time.

    Raises
    ------
    ProjectError
        If a column that the project file names is not there.
    """
    require_columns(rows, [*population.keys, population.event_time], what=_WHAT)
    return population.keys or tuple(name for name in rows.columns if name != population.event_time)


def named_events(rows: ir.Table, population: Population) -> ir.Table:
    """The query's rows with their time under ``event_time``."""
    time = population.event_time
    others = [name for name in rows.columns if name not in {time, EVENT_TIME}]
    return rows.select(*others, **{EVENT_TIME: rows[time].cast("timestamp(6)")})


def events_of_period(
    rows: ir.Table, *, period: Period, keys: Sequence[str], recorded: ir.Table | None, engine: Engine
) -> Events:
    """The events that are scored in a period: those in it, and earlier ones known only now.

    Parameters
    ----------
    rows
        The population's rows of what is known by the end of the period.
    period
        Which one; a first one takes every event up to its end.
    keys
        What identifies an entity.
    recorded
        Keys and ``event_time`` of the events of earlier periods; None when there are none.
    engine
        Where the expressions run.
    """
    counted = engine.cache(_counted(rows, period, keys, recorded, engine))
    table = prepared(f"events {keys}", lambda each: _first_copies(each, keys), counted, engine=engine)
    numbers = prepared(
        f"findings of events {keys}", lambda each: _numbers(each, keys), counted, engine=engine
    )
    return Events(table, tuple(keys), _findings(engine.arrow(numbers).to_pylist()[0]))


def _counted(
    rows: ir.Table, period: Period, keys: Sequence[str], recorded: ir.Table | None, engine: Engine
) -> ir.Table:
    """The events that the period may take, with their copies."""
    tables = {"rows": rows} | ({} if recorded is None else {"recorded": recorded})

    def make(given: Mapping[str, ir.Table]) -> ir.Table:
        marked = _up_to_the_end(given["rows"], is_first=period.first)
        if "recorded" in given:
            marked = marked.anti_join(given["recorded"], [*keys, EVENT_TIME])
        return _with_copies(marked, keys)

    what = f"features: copies of events {keys} {period.first}"
    return engine.prepared(what, make, tables, moments(period))


def _up_to_the_end(rows: ir.Table, *, is_first: bool) -> ir.Table:
    """The events up to the end of the period, with whether they lie before it; in a first one none does."""
    past = rows.filter(rows[EVENT_TIME].isnull() | (rows[EVENT_TIME] < END))
    is_late = ibis.literal(value=False) if is_first else past[EVENT_TIME] < BEGIN
    return past.mutate(**{_IS_LATE: is_late.fill_null(ibis.literal(value=False))})


def _first_copies(counted: ir.Table, keys: Sequence[str]) -> ir.Table:
    return counted.filter(_complete(counted, keys) & (counted[_COPY] == 0)).drop(_COPY, _IS_LATE)


def _complete(rows: ir.Table, keys: Sequence[str]) -> ir.BooleanValue:
    """Whether a row has all its keys and its time."""
    complete = rows[EVENT_TIME].notnull()
    for key in keys:
        complete &= rows[key].notnull()
    return complete


def events_on(rows: ir.Table, days: Sequence[date], *, keys: Sequence[str]) -> ir.Table:
    """The events that fall on some days, each once, whatever period they belong to."""
    on_days = rows.filter(rows[EVENT_TIME].date().isin([ibis.date(day) for day in days]))
    copies = _with_copies(on_days, keys)
    return copies.filter(_complete(copies, keys) & (copies[_COPY] == 0)).drop(_COPY)


def _with_copies(rows: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Rows with how many of the same event come before them, in an order that is always the same."""
    rest = [name for name in rows.columns if name not in {*keys, EVENT_TIME}]
    copy = ibis.row_number().over(group_by=[*keys, EVENT_TIME], order_by=rest or [EVENT_TIME])
    return rows.mutate(**{_COPY: copy})


def _numbers(counted: ir.Table, keys: Sequence[str]) -> ir.Table:
    """One row with what the checks look at."""
    complete = _complete(counted, keys)
    copies = complete & (counted[_COPY] > 0)
    late = complete & (counted[_COPY] == 0) & counted[_IS_LATE]
    return counted.aggregate(
        n_rows=counted.count(),
        n_copies=copies.sum().fill_null(0),
        n_incomplete=(~complete).sum().fill_null(0),
        n_late=late.sum().fill_null(0),
    )


def _findings(numbers: Mapping[str, int]) -> tuple[Finding, ...]:
    return tuple(as_finding(check, numbers[check.counts], numbers["n_rows"]) for check in _CHECKS)


_CHECKS = (
    Checked(
        "FEA001",
        "n_copies",
        Severity.WARNING,
        "population",
        "{n} of {total} rows of the population repeat keys and event time of another; one is kept",
        hint="make the query give one row per entity and event; a join in it may multiply rows.",
    ),
    Checked(
        "FEA002",
        "n_incomplete",
        Severity.WARNING,
        "population",
        "{n} of {total} rows of the population have no key or no event time, and are left out",
        hint="leave such rows out in the query, or find out why the source has them.",
    ),
    Checked(
        "FEA003",
        "n_late",
        Severity.INFO,
        "population",
        "{n} of {total} events happened before this period and became known only in it",
        hint="they are scored now, on what was known when they happened.",
    ),
)
