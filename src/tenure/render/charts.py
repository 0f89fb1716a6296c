"""History → Altair charts: specifications only, nothing is drawn here.

Each function gives a chart, or None where there is nothing to show.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypeAlias

import altair as alt

from tenure.bundle.tradeoff import Tradeoff
from tenure.domain.measurements import MeasurementVerdict
from tenure.domain.report import Matured, Report
from tenure.render.history import ClassPoint, DriftPoint, History, Term, is_monthly
from tenure.render.theme import ACCENT, CONFIG, HEAT, HEAT_INK, INK, MUTED, SERIES, WIDTH
from tenure.render.words import metric_name
from tenure.reporting.performance import MAIN_METRICS

MAX_FEATURES = 25
"""Rows of the heat map."""
MAX_CLASSES = 6
"""Classes of a chart: as many as there are colours."""
LEAST_SPREAD = 0.08
"""Of an axis of shares."""
_TRADED = ("precision", "recall", "f1")
_THRESHOLD = alt.X("threshold:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title="threshold"))
_KINDS = ("came out", "mean score")
_RATES = ("accuracy", "precision", "recall", "f1")
_MONTHS = "['Jan','Feb','Mar','Apr','May','Jun','Jul','Aug','Sep','Oct','Nov','Dec']"

Chart: TypeAlias = Any
"""An Altair chart, whatever it is composed of."""


def performance_chart(report: Report | None, history: History) -> Chart | None:
    """The metric that sums a model up, cohort by cohort, with the test rows' value as a dashed line."""
    metric = main_of(history.cohorts)
    if metric is None:
        return None
    rows = [row for cohort in history.cohorts for row in _cohort_rows(cohort, (metric,))]
    test = _test_rows(report, history, metric)
    y = shares_axis(row["value"] for row in [*rows, *test])
    base = alt.Chart(_data(rows)).encode(x=period_axis(history.periods), y=y)
    lines = base.mark_line(color=ACCENT, strokeWidth=2.5).encode(detail="version:N")
    points = base.mark_point(size=60, filled=True, color=ACCENT, opacity=1).encode(
        shape=alt.Shape(
            "few:N", scale=alt.Scale(domain=[False, True], range=["circle", "cross"]), legend=None
        )
    )
    return _framed(
        [*_promotions(history.periods, history.terms), *_test_line(test, history, y), lines, points], 220
    )


def rates_chart(_report: Report | None, history: History) -> Chart | None:
    """Accuracy, precision, recall and F1, cohort by cohort."""
    rows = [row for cohort in history.cohorts for row in _cohort_rows(cohort, _RATES)]
    if not rows:
        return None
    names = [metric_name(name) for name in _RATES]
    colour = alt.Color("metric:N", scale=alt.Scale(domain=names, range=list(SERIES[: len(names)])))
    shape = alt.Shape(
        "metric:N", scale=alt.Scale(domain=names, range=["circle", "square", "triangle-up", "diamond"])
    )
    y = shares_axis(row["value"] for row in rows)
    base = alt.Chart(_data(rows)).encode(x=period_axis(history.periods), y=y, color=colour)
    lines = base.mark_line(strokeWidth=2).encode(detail="version:N")
    points = base.mark_point(size=45, filled=True, opacity=1).encode(shape=shape)
    return _framed([*_promotions(history.periods, history.terms), lines, points], 200)


def classes_chart(_report: Report | None, history: History) -> Chart | None:
    """How often each class came out (solid), and how often the model expected it to (dashed)."""
    names = _most_frequent(history.classes)
    points = [point for point in history.classes if point.name in names]
    if not points:
        return None
    rows = [_class_row(point) for point in points]
    by, shown = ("name", list(names)) if len(names) > 1 else ("kind", list(_KINDS))
    colour = alt.Color(f"{by}:N", scale=alt.Scale(domain=shown, range=list(SERIES[: len(shown)])))
    dash = alt.StrokeDash("kind:N", scale=alt.Scale(domain=list(_KINDS), range=[[1, 0], [6, 4]]), legend=None)
    y = shares_axis((row["value"] for row in rows), form=".0%")
    base = alt.Chart(_data(rows)).encode(x=period_axis(history.periods), y=y, color=colour)
    lines = base.mark_line(strokeWidth=2.5).encode(strokeDash=dash)
    dots = base.mark_point(size=35, filled=True, opacity=1).encode(detail="kind:N")
    return _framed([*_promotions(history.periods, history.terms), lines, dots], 200)


def drift_chart(_report: Report | None, history: History) -> Chart | None:
    """PSI of the features that drifted most, period by period, as a heat map in shares of its limit."""
    features = most_drifted(history.drift, MAX_FEATURES)
    rows = [_drift_row(point) for point in history.drift if point.feature in features]
    if not rows:
        return None
    compared = tuple(day for day in history.periods if day.isoformat() in {row["period"] for row in rows})
    steps = list(range(len(HEAT)))
    fill = alt.Color("step:N", scale=alt.Scale(domain=steps, range=list(HEAT)), legend=None)
    ink = alt.Color("step:N", scale=alt.Scale(domain=steps, range=list(HEAT_INK)), legend=None)
    y = alt.Y("feature:N", sort=list(features), axis=alt.Axis(title=None, domain=False, ticks=False))
    base = alt.Chart(_data(rows)).encode(x=period_axis(compared), y=y)
    cells = base.mark_rect(stroke="var(--paper)", strokeWidth=1.5, cornerRadius=2)
    told = base.mark_text(fontSize=10).encode(text="told:N", color=ink)
    layers = [cells.encode(color=fill), told, *_promotions(compared, history.terms, label=False)]
    return _framed(layers, 22 * len(features), independent=True)


def office_chart(_report: Report | None, history: History) -> Chart | None:
    """Who scored which period, and which candidates were refused."""
    terms = [
        {"version": f"version {term.version}", "period": day.isoformat(), "kind": "in office"}
        for term in history.terms
        for day in history.periods
        if term.since < day and (term.until is None or day <= term.until)
    ]
    events = list(_office_events(history))
    if not terms and not events:
        return None
    lanes = _lanes([*terms, *events])
    y = alt.Y("version:N", sort=lanes, scale=alt.Scale(domain=lanes), axis=alt.Axis(title=None, domain=False))
    x = period_axis(history.periods)
    bars = alt.Chart(_data(terms)).mark_rect(color=ACCENT, height=10).encode(x=x, y=y)
    kinds = ["took office", "refused", "put back"]
    marks = (
        alt.Chart(_data(events))
        .mark_point(size=110, filled=True, opacity=1, stroke="var(--paper)", strokeWidth=1)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=["triangle-right", "cross", "triangle-left"]),
                legend=None,
            ),
            color=alt.Color(
                "kind:N", scale=alt.Scale(domain=kinds, range=[INK, "var(--alert)", INK]), legend=None
            ),
        )
    )
    return _framed([bars, marks], 26 * len(lanes), independent=True)


def counts_chart(_report: Report | None, history: History) -> Chart | None:
    """Events of each period, and labels that matured in it."""
    rows = [
        {"period": point.as_of.isoformat(), "kind": kind, "n": n}
        for point in history.counts
        for kind, n in (("events", point.n_population), ("labels that matured", point.n_labels))
    ]
    if not rows:
        return None
    kinds = ["events", "labels that matured"]
    return _framed(
        [
            alt.Chart(_data(rows))
            .mark_bar()
            .encode(
                x=period_axis(history.periods),
                xOffset=alt.XOffset("kind:N", sort=kinds),
                y=alt.Y("n:Q", axis=alt.Axis(title=None, format=",d", tickCount=4)),
                color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[MUTED, ACCENT])),
            )
        ],
        130,
    )


CHARTS = {
    "office": office_chart,
    "performance": performance_chart,
    "rates": rates_chart,
    "classes": classes_chart,
    "drift": drift_chart,
    "counts": counts_chart,
}
"""Every chart of a report, by the name that the page knows it under."""


def tradeoff_chart(tradeoff: Tradeoff, threshold: float | None) -> Chart:
    """Precision, recall and F1 over the threshold; below them the mean cost per row, where it is told."""
    shown = {name: getattr(tradeoff, name) for name in _TRADED}
    rows = [
        {"threshold": at, "metric": metric_name(name), "value": value}
        for name, values in shown.items()
        for at, value in zip(tradeoff.thresholds, values, strict=True)
    ]
    names = [metric_name(name) for name in _TRADED]
    lines = alt.Chart(_data(rows)).encode(
        x=_THRESHOLD,
        y=alt.Y("value:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=None, format=".1f")),
        color=alt.Color("metric:N", scale=alt.Scale(domain=names, range=list(SERIES[:3])), sort=names),
        strokeDash=alt.StrokeDash("metric:N", sort=names),
    )
    above = _framed([*_chosen_at(threshold), lines.mark_line(strokeWidth=2.5)], 220)
    if not tradeoff.mean_cost:
        return above
    costs = [
        {"threshold": at, "value": value}
        for at, value in zip(tradeoff.thresholds, tradeoff.mean_cost, strict=True)
    ]
    y = alt.Y("value:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title="cost per row", format="~s"))
    line = alt.Chart(_data(costs)).encode(x=_THRESHOLD, y=y).mark_line(color=ACCENT, strokeWidth=2.5)
    return alt.vconcat(above, _framed([*_chosen_at(threshold), line], 140))


def _chosen_at(threshold: float | None) -> list[Chart]:
    if threshold is None:
        return []
    rule = alt.Chart(_data([{"threshold": threshold}])).encode(x=_THRESHOLD)
    return [rule.mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color=INK)]


def specification(chart: Chart, *, height: int) -> dict[str, Any]:
    """The Vega-Lite specification of a chart of its own, `height` pixels high."""
    drawn = chart.properties(width=WIDTH, height=height)
    specified: dict[str, Any] = drawn.to_dict() | {"config": CONFIG}
    return specified


def specifications(
    report: Report | None, history: History, names: Sequence[str] | None = None
) -> dict[str, dict[str, Any]]:
    """The Vega-Lite specification of every chart that has something to show.

    Parameters
    ----------
    report
        The period; without it no test rows are drawn.
    history
        The periods so far.
    names
        Which of `CHARTS`; all of them when None.
    """
    wanted = CHARTS if names is None else {name: CHARTS[name] for name in names}
    drawn = {name: make(report, history) for name, make in wanted.items()} if history.periods else {}
    return {name: chart.to_dict() | {"config": CONFIG} for name, chart in drawn.items() if chart is not None}


def tradeoff_specification(tradeoff: Tradeoff, threshold: float | None) -> dict[str, Any]:
    """The Vega-Lite specification of `tradeoff_chart`."""
    specification: dict[str, Any] = tradeoff_chart(tradeoff, threshold).to_dict() | {"config": CONFIG}
    return specification


def most_drifted(points: Sequence[DriftPoint], count: int) -> tuple[str, ...]:
    """The features with the largest PSI in any of the periods, the largest first."""
    largest: dict[str, float] = {}
    for point in points:
        largest[point.feature] = max(point.psi, largest.get(point.feature, 0.0))
    return tuple(sorted(largest, key=lambda name: (-largest[name], name))[:count])


def heat_step(point: DriftPoint) -> int:
    """How strong the colour of a PSI is: 0 to 2 below its limit, 3 above it, 4 above twice the limit."""
    if point.limit is None:
        return 0
    return sum(point.psi > share * point.limit for share in (0.2, 0.4, 1.0, 2.0))


def main_of(cohorts: Iterable[Matured]) -> str | None:
    """The metric that sums the cohorts up: of `MAIN_METRICS` the first that any of them has."""
    measured = {name for cohort in cohorts for name, value in cohort.metrics if value is not None}
    return next((name for name in MAIN_METRICS if name in measured), None)


def _cohort_rows(matured: Matured, metrics: Sequence[str]) -> Iterable[dict[str, Any]]:
    for name in metrics:
        value = matured.value(name)
        if value is not None:
            yield {
                "period": matured.cohort.isoformat(),
                "metric": metric_name(name),
                "value": value,
                "version": matured.version,
                "few": matured.verdict is MeasurementVerdict.NOT_ENOUGH_ROWS,
            }


def _test_rows(report: Report | None, history: History, metric: str) -> list[dict[str, Any]]:
    """The test value of whoever is in office, for each period it scored."""
    trained = report.holder.trained if report and report.holder else None
    if trained is None or not history.terms or metric not in trained.test.names:
        return []
    scored = [day for day in history.periods if day > history.terms[-1].since]
    return [{"period": day.isoformat(), "value": trained.test.value(metric)} for day in scored]


def _test_line(rows: Sequence[dict[str, Any]], history: History, y: alt.Y) -> list[Chart]:
    if not rows:
        return []
    line = alt.Chart(_data(rows)).encode(x=period_axis(history.periods), y=y)
    return [
        line.mark_line(
            strokeDash=[5, 4], strokeWidth=2, color=MUTED, point={"shape": "stroke", "color": MUTED}
        )
    ]


def _promotions(periods: Sequence[date], terms: Sequence[Term], *, label: bool = True) -> list[Chart]:
    """A rule where a version took office: what lies right of it was scored by that version."""
    shown = [term for term in terms if term.since in periods]
    if not shown:
        return []
    rows = [{"period": term.since.isoformat(), "told": f"v{term.version}"} for term in shown]
    base = alt.Chart(_data(rows)).encode(x=period_axis(periods, band=1.0))
    rule = base.mark_rule(strokeDash=[2, 3], strokeWidth=1.5, color=INK, opacity=0.55)
    if not label:
        return [rule]
    text = base.mark_text(align="left", baseline="top", dx=4, fontWeight="bold", color=INK)
    return [rule, text.encode(text="told:N", y=alt.value(0))]


def _class_row(point: ClassPoint) -> dict[str, Any]:
    return {
        "period": point.as_of.isoformat(),
        "name": point.name,
        "kind": _KINDS[0] if point.observed else _KINDS[1],
        "value": point.value,
    }


def _most_frequent(points: Sequence[ClassPoint]) -> tuple[str, ...]:
    totals: dict[str, float] = {}
    for point in points:
        totals[point.name] = totals.get(point.name, 0.0) + point.value
    return tuple(sorted(totals, key=lambda name: (-totals[name], name))[:MAX_CLASSES])


def _drift_row(point: DriftPoint) -> dict[str, Any]:
    step = heat_step(point)
    told = f"{point.psi:.1f}" if point.psi >= 10 else f"{point.psi:.2f}".removeprefix("0")
    alert = "▲" if point.verdict is MeasurementVerdict.ALERT else ""
    return {
        "period": point.as_of.isoformat(),
        "feature": point.feature,
        "step": step,
        "told": alert + (told if step > 1 else ""),
    }


def _office_events(history: History) -> Iterable[dict[str, Any]]:
    kinds = {
        ("promotion", "promoted"): "took office",
        ("verdict", "refused"): "refused",
        ("rollback", "rolled back"): "put back",
    }
    for change in history.milestones:
        kind = kinds.get((change.kind, change.outcome))
        if kind is not None and change.as_of in history.periods:
            version = f"version {change.model_version}"
            yield {"version": version, "period": change.as_of.isoformat(), "kind": kind}


def _lanes(rows: Sequence[dict[str, Any]]) -> list[str]:
    return sorted({row["version"] for row in rows}, key=lambda name: int(name.split()[-1]))


def period_axis(periods: Sequence[date], *, band: float | None = None) -> alt.X:
    """The axis of periods, the same on every chart, so that one can be read below the other."""
    domain = [day.isoformat() for day in periods]
    part = (
        f"{_MONTHS}[toNumber(slice(datum.value, 5, 7)) - 1]"
        if is_monthly(periods)
        else "slice(datum.value, 5)"
    )
    first = " || ".join(f"datum.value == '{day}'" for day in _first_of_years(periods))
    axis = alt.Axis(
        title=None,
        labelAngle=0,
        labelOverlap="greedy",
        labelExpr=f"[{part}, ({first}) ? slice(datum.value, 0, 4) : '']",
    )
    place = alt.Undefined if band is None else band
    return alt.X("period:O", scale=alt.Scale(domain=domain), axis=axis, bandPosition=place)


def _first_of_years(periods: Sequence[date]) -> list[str]:
    firsts: dict[int, date] = {}
    for day in periods:
        firsts.setdefault(day.year, day)
    return [day.isoformat() for day in firsts.values()]


def shares_axis(values: Iterable[float], form: str = ".2f") -> alt.Y:
    """An axis over what there is of shares, and never so near that noise fills the chart."""
    known = list(values)
    low, high = min(known), max(known)
    spread = max(high - low, LEAST_SPREAD)
    middle = (low + high) / 2
    domain = [max(0.0, middle - 0.6 * spread), min(1.0, middle + 0.6 * spread)]
    axis = alt.Axis(title=None, format=form)
    return alt.Y("value:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=axis)


def _framed(layers: Sequence[Chart], height: int, *, independent: bool = False) -> Chart:
    chart = alt.layer(*layers).properties(width=WIDTH, height=height)
    return chart.resolve_scale(color="independent", shape="independent") if independent else chart


def _data(rows: Iterable[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=list(rows))
