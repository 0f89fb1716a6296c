"""Points → the Altair charts that only a page on a screen has: vintages, distributions, time lines.

They are specifications in the colours of `tenure.render.theme`, as those of a report are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import altair as alt

from tenure.render.charts import period_axis, shares_axis, specification
from tenure.render.theme import ACCENT, INK, MUTED, SERIES
from tenure.render.vintages import Vintages
from tenure.render.words import metric_name

PROMISED, CAME_OUT = "promised by the scores", "came out"
THEN, NOW = "training", "this period"
MAX_BARS = 30
"""Bins or categories of a distribution."""
_DOMAIN = [PROMISED, CAME_OUT]
_SEVERITIES = {"error": "var(--alert)", "warning": "var(--series-5)", "info": MUTED}
_LOUDNESS = {"alerts": "var(--alert)", "warnings": "var(--warning)"}


def promise_chart(vintages: Vintages, metric: str, periods: Sequence[date]) -> dict[str, Any] | None:
    """The metric of each cohort: what the scores promised with its interval, and what came out with its own.

    Parameters
    ----------
    vintages
        The cohorts.
    metric
        Which of `Vintages.metrics`.
    periods
        Of the axis, oldest first.
    """
    estimates = [point for point in vintages.estimates if point.metric == metric]
    rows = [_interval(point, PROMISED) for point in estimates]
    truth = [_interval(point, CAME_OUT) for point in vintages.latest(metric)]
    if not rows and not truth:
        return None
    y = shares_axis([value for row in rows + truth for value in row.values() if isinstance(value, float)])
    x = period_axis(periods)
    colour = alt.Color("kind:N", scale=alt.Scale(domain=_DOMAIN, range=[MUTED, ACCENT]))
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=_DOMAIN, range=["stroke", "circle"]))
    band = alt.Chart(_data(rows)).mark_area(color=MUTED, opacity=0.18)
    line = alt.Chart(_data(rows)).mark_line(strokeDash=[5, 4], strokeWidth=2)
    rule = alt.Chart(_data(truth)).mark_rule(color=ACCENT, strokeWidth=1.5)
    dots = alt.Chart(_data(rows + truth)).mark_point(size=70, filled=True, opacity=1)
    layers = [
        band.encode(x=x, y=_bounded(y, "low"), y2="high:Q"),
        line.encode(x=x, y=y, color=colour),
        rule.encode(x=x, y=_bounded(y, "low"), y2="high:Q"),
        dots.encode(x=x, y=y, color=colour, shape=shape),
    ]
    return specification(alt.layer(*layers), height=260)


def vintage_chart(vintages: Vintages, metric: str) -> dict[str, Any] | None:
    """The metric of each cohort by its age in periods, a line per cohort; older ones are fainter.

    None where no cohort was measured at two ages.
    """
    points = [p for p in vintages.realised if p.metric == metric and p.periods_since is not None]
    if len(vintages.ages) < 2 or not points:
        return None
    rows = [
        {"cohort": p.cohort.isoformat(), "age": p.periods_since, "value": p.value, "n": p.n} for p in points
    ]
    cohorts = sorted({p.cohort.isoformat() for p in points})
    strength = alt.Opacity(
        "cohort:O", scale=alt.Scale(domain=cohorts, range=_fading(len(cohorts))), legend=None
    )
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("age:Q", axis=alt.Axis(title="periods since the event", tickMinStep=1, format="d")),
        y=shares_axis([p.value for p in points]),
        detail="cohort:N",
        opacity=strength,
        tooltip=["cohort:N", "age:Q", alt.Tooltip("value:Q", title=metric_name(metric)), "n:Q"],
    )
    newest = base.transform_filter(f"datum.cohort == '{cohorts[-1]}'")
    layers = [
        base.mark_line(color=ACCENT, strokeWidth=1.8),
        base.mark_point(color=ACCENT, filled=True, size=35),
        newest.mark_line(color=INK, strokeWidth=3),
    ]
    return specification(alt.layer(*layers), height=260)


def distribution_chart(labels: Sequence[str], then: Sequence[float], now: Sequence[float]) -> dict[str, Any]:
    """Two distributions over the same bins or categories, side by side.

    Parameters
    ----------
    labels
        Of the bins, in order.
    then, now
        Share of the rows in each, in the reference and in the period.
    """
    rows = [
        {"bin": label, "kind": kind, "share": share}
        for kind, shares in ((THEN, then), (NOW, now))
        for label, share in zip(labels, shares, strict=True)
    ]
    kinds = [THEN, NOW]
    axis = alt.Axis(title=None, labelAngle=-35 if len(labels) > 4 else 0, labelLimit=150, labelOverlap=False)
    bars = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=alt.X("bin:N", sort=list(labels), axis=axis),
            xOffset=alt.XOffset("kind:N", sort=kinds),
            y=alt.Y("share:Q", axis=alt.Axis(title="share of rows", format=".0%")),
            color=alt.Color("kind:N", sort=kinds, scale=alt.Scale(domain=kinds, range=[MUTED, ACCENT])),
        )
    )
    return specification(bars, height=260)


def alarms_chart(counts: Sequence[tuple[date, int, int]]) -> dict[str, Any] | None:
    """Alerts and warnings of each period, as bars one on the other.

    Parameters
    ----------
    counts
        Period, alerts, warnings.
    """
    rows = [
        {"period": day.isoformat(), "kind": kind, "n": n, "order": place}
        for day, *numbers in counts
        for place, (kind, n) in enumerate(zip(_LOUDNESS, numbers, strict=True))
    ]
    if not any(row["n"] for row in rows):
        return None
    bars = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=period_axis([day for day, *_ in counts]),
            y=alt.Y("n:Q", axis=alt.Axis(title=None, format=",d", tickCount=4)),
            color=alt.Color(
                "kind:N", scale=alt.Scale(domain=list(_LOUDNESS), range=list(_LOUDNESS.values()))
            ),
            order="order:O",
        )
    )
    return specification(bars, height=130)


def findings_chart(counts: Sequence[tuple[date, str, int]]) -> dict[str, Any] | None:
    """Findings of each period, a bar for each severity beside the other.

    Parameters
    ----------
    counts
        Period, severity, how many.
    """
    if not any(n for _, _, n in counts):
        return None
    rows = [{"period": day.isoformat(), "severity": severity, "n": n} for day, severity, n in counts]
    kinds = list(_SEVERITIES)
    bars = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=period_axis(sorted({day for day, _, _ in counts})),
            xOffset=alt.XOffset("severity:N", sort=kinds),
            y=alt.Y("n:Q", axis=alt.Axis(title=None, format=",d", tickCount=4)),
            color=alt.Color(
                "severity:N", sort=kinds, scale=alt.Scale(domain=kinds, range=list(_SEVERITIES.values()))
            ),
        )
    )
    return specification(bars, height=130)


def spans_chart(
    spans: Sequence[tuple[str, str, date, date]], periods: Sequence[date]
) -> dict[str, Any] | None:
    """What went on from when to when, a bar each.

    Parameters
    ----------
    spans
        What, how grave it was, the first and the last of its periods.
    periods
        Of the axis, oldest first.
    """
    rows = [
        {"what": what, "severity": severity, "period": day.isoformat()}
        for what, severity, first, last in spans
        for day in periods
        if first <= day <= last
    ]
    if not rows:
        return None
    lanes = list(dict.fromkeys(row["what"] for row in rows))
    kinds = list(dict.fromkeys(row["severity"] for row in rows))
    bars = (
        alt.Chart(_data(rows))
        .mark_rect(height=11, cornerRadius=2)
        .encode(
            x=period_axis(periods),
            y=alt.Y("what:N", sort=lanes, axis=alt.Axis(title=None, domain=False, ticks=False)),
            color=alt.Color("severity:N", scale=alt.Scale(domain=kinds, range=list(SERIES[: len(kinds)]))),
        )
    )
    return specification(bars, height=26 * len(lanes))


def scores_chart(scores: Sequence[tuple[date, float]], threshold: float | None) -> dict[str, Any] | None:
    """The scores of one entity over time, with the threshold of the last one."""
    if not scores:
        return None
    rows = [{"period": day.isoformat(), "score": score} for day, score in scores]
    y = alt.Y("score:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title="score", format=".1f"))
    x = period_axis(sorted({day for day, _ in scores}))
    base = alt.Chart(_data(rows)).encode(x=x, y=y)
    layers = [
        base.mark_line(color=ACCENT, strokeWidth=2),
        base.mark_point(color=ACCENT, filled=True, size=70),
    ]
    if threshold is not None:
        rule = alt.Chart(_data([{"score": threshold}])).encode(y=y)
        layers.append(rule.mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color=INK))
    return specification(alt.layer(*layers), height=160)


def _interval(point: Any, kind: str) -> dict[str, Any]:
    return {
        "period": point.cohort.isoformat(),
        "kind": kind,
        "value": point.value,
        "low": point.value if point.low is None else point.low,
        "high": point.value if point.high is None else point.high,
        "n": point.n,
    }


def _bounded(axis: alt.Y, name: str) -> alt.Y:
    bound = axis.copy()
    bound.shorthand = f"{name}:Q"
    return bound


def _fading(count: int) -> list[float]:
    return [0.25 + 0.75 * place / max(count - 1, 1) for place in range(count)]


def _data(rows: Iterable[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=list(rows))
