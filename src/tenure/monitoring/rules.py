"""Monitors that a project writes itself: a number out of the gold tables, and where it must lie."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tenure.domain.findings import Finding, Severity
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.tables import FEATURES, LABELS, PREDICTIONS
from tenure.errors import ProjectError
from tenure.monitoring.config import MonitorRule
from tenure.ports import Engine, TableStore

if TYPE_CHECKING:
    import ibis.expr.types as ir

SEEN: Mapping[str, str] = {"features": FEATURES, "labels": LABELS, "predictions": PREDICTIONS}
"""The tables a rule may read, by the name it reads them under."""


def measure_rules(
    rules: Sequence[MonitorRule], as_of: date, *, min_rows: int, store: TableStore, engine: Engine
) -> Iterator[Measurement]:
    """The number of each rule, with its verdict.

    Raises
    ------
    ProjectError
        If a query does not run, or does not give one row with ``value``.
    """
    for rule in rules:
        yield _measured(rule, as_of, min_rows, store, engine)


def findings_of_rules(rules: Sequence[MonitorRule], measurements: Sequence[Measurement]) -> Iterator[Finding]:
    """A finding for each rule that is broken."""
    by_name = {rule.name: rule for rule in rules}
    for measured in measurements:
        broken = measured.verdict in {MeasurementVerdict.ALERT, MeasurementVerdict.WARNING}
        if measured.scope is Scope.RULE and broken:
            rule = by_name[measured.feature]
            yield Finding(
                code="MON021",
                severity=Severity.WARNING,
                message=f"{rule.name} is {measured.value:.6g}; it should be {_wanted(rule)}",
                scope=rule.name,
                n_rows=measured.n,
            )


def _measured(
    rule: MonitorRule, as_of: date, min_rows: int, store: TableStore, engine: Engine
) -> Measurement:
    tables = dict(_tables(rule, as_of, store, engine))
    try:
        rows = engine.arrow(engine.sql(rule.sql, tables)).to_pylist()
    except ProjectError as error:
        raise ProjectError(f"monitor.rules `{rule.name}`: {error.message}", hint=error.hint) from error
    if len(rows) != 1 or "value" not in rows[0]:
        gave = f"{len(rows)} rows" if len(rows) != 1 else f"the columns {', '.join(rows[0])}"
        raise ProjectError(
            f"monitor.rules `{rule.name}`: the query gives {gave}",
            hint="give one row with a column `value`, and `n` for the rows it rests on.",
        )
    value = rows[0]["value"]
    n = int(rows[0].get("n") or 0) if "n" in rows[0] else None
    limit = rule.above if rule.above is not None else rule.below
    number = None if value is None or not math.isfinite(float(value)) else float(value)
    verdict = _verdict(rule, number, n, min_rows)
    return Measurement(as_of, Scope.RULE, rule.name, "value", number, limit, n or 0, verdict)


def _verdict(rule: MonitorRule, value: float | None, n: int | None, min_rows: int) -> MeasurementVerdict:
    """Without `n` the query rests on whatever it likes; with a small one nothing is judged."""
    if value is None or (n is not None and n < min_rows):
        return MeasurementVerdict.NOT_ENOUGH_ROWS
    high = rule.above is not None and value > rule.above
    low = rule.below is not None and value < rule.below
    return MeasurementVerdict(rule.verdict) if high or low else MeasurementVerdict.OK


def _tables(
    rule: MonitorRule, as_of: date, store: TableStore, engine: Engine
) -> Iterator[tuple[str, ir.Table]]:
    """The period's rows of each table; all rows known by its end, for a rule over history."""
    after = None if rule.history else as_of - timedelta(days=1)
    for name, table in SEEN.items():
        if store.exists(table):
            yield name, engine.scan(store.snapshot(table, after=after, until=as_of))


def _wanted(rule: MonitorRule) -> str:
    bounds = [f"at least {rule.below:g}" if rule.below is not None else ""]
    bounds += [f"at most {rule.above:g}" if rule.above is not None else ""]
    return " and ".join(bound for bound in bounds if bound)
