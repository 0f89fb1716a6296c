"""Label query → the labels that matured in a period, each event labelled once.

A label is known when its outcome window has closed: event time + horizon, or the query's own column. It
is taken in the first period whose end lies after that; what was recorded before stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from tenure.domain.findings import Finding, Severity
from tenure.domain.periods import Period
from tenure.domain.tables import EVENT_TIME, KNOWN_AT, LABEL
from tenure.errors import ProjectError
from tenure.features.config import Label
from tenure.features.counting import Checked, as_finding
from tenure.features.preparing import END, moments, prepared
from tenure.features.queries import require_columns
from tenure.features.window import moved
from tenure.ports import Engine

_COPY = "__copy"
_BEFORE = "__label_before"
_HAS_FEATURES = "__has_features"
_WHAT = "the label query"


@dataclass(frozen=True, slots=True)
class Matured:
    """The labels that became known in one period, and what was found on the way to them."""

    table: ir.Table
    """Keys, ``event_time``, ``known_at`` and ``label``, in order; keys and event time identify a row."""
    findings: tuple[Finding, ...]


def named_labels(rows: ir.Table, label: Label, *, keys: Sequence[str]) -> ir.Table:
    """The query's rows as keys, ``event_time``, ``known_at`` and ``label``; nulls left out.

    The label is text, or a float64 where classes are cut from it.

    Raises
    ------
    ProjectError
        If a column that the project file names is not there, or classes are to be cut from what is no
        number.
    """
    own = [label.known_at] if label.known_at else []
    require_columns(rows, [*keys, label.event_time, label.label, *own], what=_WHAT)
    event = rows[label.event_time].cast("timestamp(6)")
    known = rows[label.known_at].cast("timestamp(6)") if label.known_at else moved(event, label.horizon)
    value = number_of(rows[label.label]) if label.cuts else class_name(rows[label.label])
    named = rows.select(*keys, **{EVENT_TIME: event, KNOWN_AT: known, LABEL: value})
    complete = named[LABEL].notnull() & named[EVENT_TIME].notnull() & named[KNOWN_AT].notnull()
    return named.filter(complete)


def class_name(label: ir.Value) -> ir.StringValue:
    """A class as text: ``1`` for the numbers 1 and 1.0, ``true`` and ``false`` for booleans."""
    dtype = label.type()
    if dtype.is_string():
        return label
    if dtype.is_boolean():
        return label.ifelse("true", "false")
    if dtype.is_floating() or dtype.is_decimal():
        number = label.cast("float64")
        return (number == number.floor()).ifelse(number.cast("int64").cast("string"), number.cast("string"))
    return label.cast("string")


def number_of(label: ir.Value) -> ir.FloatingValue:
    """A label that classes are cut from, as float64.

    Raises
    ------
    ProjectError
        If it is no number.
    """
    if not label.type().is_numeric() or label.type().is_boolean():
        raise ProjectError(
            f"{_WHAT}: `{label.get_name()}` is {label.type()}, and `label.cuts` makes classes of a number",
            hint=f"give the column `type: number` in its source, write CAST({label.get_name()} AS DOUBLE) in "
            "the query, or drop `label.cuts` if it is a class already.",
        )
    return label.cast("float64")


def labels_of_period(
    rows: ir.Table,
    *,
    period: Period,
    keys: Sequence[str],
    recorded: ir.Table | None,
    events: ir.Table,
    engine: Engine,
) -> Matured:
    """The labels known by the end of a period that no earlier period has recorded.

    Parameters
    ----------
    rows
        Labels as `named_labels` gives them, of what is known by the end of the period.
    period
        Which one.
    keys
        What identifies an entity.
    recorded
        The labels of earlier periods; None when there are none.
    events
        Keys and ``event_time`` of every event that has features.
    engine
        Where the expressions run.

    Raises
    ------
    ProjectError
        If earlier labels are names of classes and these are numbers, or the other way round.
    """
    _require_same_kind(rows, recorded)
    identity = [*keys, EVENT_TIME]
    tables = {"rows": rows, "events": events} | ({} if recorded is None else {"recorded": recorded})

    def make(given: Mapping[str, ir.Table]) -> ir.Table:
        closed = given["rows"].filter(given["rows"][KNOWN_AT] < END)
        copy = ibis.row_number().over(group_by=identity, order_by=[KNOWN_AT, LABEL])
        return _beside(closed.mutate(**{_COPY: copy}), given.get("recorded"), given["events"], identity)

    counted = engine.cache(
        engine.prepared(f"features: copies of labels {keys}", make, tables, moments(period))
    )
    table = prepared(f"labels {keys}", lambda each: _new(each, identity), counted, engine=engine)
    numbers = prepared(f"findings of labels {keys}", _numbers, counted, engine=engine)
    return Matured(table, _findings(engine.arrow(numbers).to_pylist()[0]))


def _new(counted: ir.Table, identity: Sequence[str]) -> ir.Table:
    """The labels that no earlier period has recorded, each once, in order."""
    return counted.filter(_is_new(counted)).select(*identity, KNOWN_AT, LABEL).order_by(identity)


def _is_new(counted: ir.Table) -> ir.BooleanValue:
    return (counted[_COPY] == 0) & counted[_BEFORE].isnull() & ~_no_number(counted)


def _require_same_kind(rows: ir.Table, recorded: ir.Table | None) -> None:
    if recorded is not None and recorded[LABEL].type().is_string() != rows[LABEL].type().is_string():
        held = "names of classes" if recorded[LABEL].type().is_string() else "numbers"
        raise ProjectError(
            f"the datamart holds labels that are {held}; those of {_WHAT} are not",
            hint="a project that gets or loses `label.cuts` needs a `datamart` and `models` of its own.",
        )


def _no_number(labels: ir.Table) -> ir.BooleanValue:
    """Labels to be cut that are infinite, or NaN."""
    label = labels[LABEL]
    return label.isinf() | label.isnan() if label.type().is_floating() else label.isnull()


def _beside(
    labels: ir.Table, recorded: ir.Table | None, events: ir.Table, identity: Sequence[str]
) -> ir.Table:
    """Labels with the class recorded before, and with whether their event has features."""
    scored = _renamed(events, "__scored", identity)
    found = labels.left_join(scored, _same(labels, scored, "__scored", identity))
    kept = {name: labels[name] for name in labels.columns}
    has_features = {_HAS_FEATURES: scored[f"__scored_{EVENT_TIME}"].notnull()}
    if recorded is None:
        return found.select(**kept, **has_features, **{_BEFORE: ibis.null(labels[LABEL].type())})
    earlier = _renamed(recorded, "__before", identity)
    found = found.left_join(earlier, _same(labels, earlier, "__before", identity))
    return found.select(**kept, **has_features, **{_BEFORE: earlier[f"__before_{LABEL}"]})


def _renamed(rows: ir.Table, prefix: str, identity: Sequence[str]) -> ir.Table:
    """The rows under names that no other table has."""
    names = [*identity, *([LABEL] if LABEL in rows.columns else [])]
    return rows.select(**{f"{prefix}_{name}": rows[name] for name in names})


def _same(left: ir.Table, right: ir.Table, prefix: str, identity: Sequence[str]) -> list[ir.BooleanValue]:
    return [left[name] == right[f"{prefix}_{name}"] for name in identity]


def _numbers(counted: ir.Table) -> ir.Table:
    """One row with what the checks look at."""
    first, is_new = counted[_COPY] == 0, _is_new(counted)
    changed = first & counted[_BEFORE].notnull() & (counted[_BEFORE] != counted[LABEL])
    early = is_new & (counted[KNOWN_AT] < counted[EVENT_TIME])
    return counted.aggregate(
        n_rows=counted.count(),
        n_new=is_new.sum().fill_null(0),
        n_copies=(~first).sum().fill_null(0),
        n_orphans=(is_new & ~counted[_HAS_FEATURES]).sum().fill_null(0),
        n_changed=changed.sum().fill_null(0),
        n_early=early.sum().fill_null(0),
        n_no_number=_no_number(counted).cast("int64").sum().fill_null(0),
    )


def _findings(numbers: Mapping[str, int]) -> tuple[Finding, ...]:
    totals = {"n_orphans": "n_new", "n_early": "n_new"}
    return tuple(
        as_finding(check, numbers[check.counts], numbers[totals.get(check.counts, "n_rows")])
        for check in _CHECKS
    )


_CHECKS = (
    Checked(
        "FEA005",
        "n_copies",
        Severity.WARNING,
        "label",
        "{n} of {total} labels repeat the keys and event time of another; the one known first is kept",
        hint="make the query give one row per entity and event.",
    ),
    Checked(
        "FEA006",
        "n_orphans",
        Severity.WARNING,
        "label",
        "{n} of {total} labels of this period belong to no event of the population",
        hint="keys and event time must be those of the population, to the second.",
    ),
    Checked(
        "FEA007",
        "n_changed",
        Severity.WARNING,
        "label",
        "{n} of {total} labels would be another today than when they were recorded",
        hint="the recorded one stays; rows were corrected later, or the query looks past the horizon.",
    ),
    Checked(
        "FEA008",
        "n_early",
        Severity.WARNING,
        "label",
        "{n} of {total} labels of this period are known before their event",
        hint="check the column named by `label.known_at`.",
    ),
    Checked(
        "FEA009",
        "n_no_number",
        Severity.WARNING,
        "label",
        "{n} of {total} labels are infinite or no number, and left out: no class can be cut from them",
        hint="look for a division by 0 in the label query; null says that there is no label.",
    ),
)
