"""Performance: estimate and truth, cohort by cohort, and cohorts by their age."""

from __future__ import annotations

import streamlit as st

from tenure.dashboard.contents.performance import PerformancePage
from tenure.dashboard.views.parts import decimals, draw, say, share, show_rows
from tenure.domain.wording import counted
from tenure.render.charts import specifications
from tenure.render.live_charts import promise_chart, vintage_chart
from tenure.render.words import metric_name


def draw_performance(page: PerformancePage) -> None:
    """The page."""
    say(page.headline, page.hint)
    if not page.metrics:
        return
    metric = st.selectbox("Metric", page.metrics, format_func=metric_name)
    draw(
        promise_chart(page.vintages, metric, page.history.periods),
        f"{metric_name(metric)} by cohort: what its scores promised and what came out, with 95 % intervals",
        otherwise="Nothing to draw: nothing was promised, and nothing came out.",
    )
    charts = specifications(page.report, page.history, ("rates", "classes"))
    draw(
        charts.get("classes"),
        "How often each class came out (solid), and how often the scores expected it to (dashed)",
        otherwise="Nothing to draw: no labels yet.",
    )
    _draw_vintages(page, metric)
    draw(
        charts.get("rates"),
        "Accuracy, precision, recall and F1, cohort by cohort",
        otherwise="Nothing to draw: no cohort has labels yet.",
    )
    _show_cohorts(page, metric)


def _draw_vintages(page: PerformancePage, metric: str) -> None:
    ages = page.vintages.ages
    at_once = f"all at once, {counted(ages[0], 'period')} after its events" if len(ages) == 1 else "later"
    draw(
        vintage_chart(page.vintages, metric),
        f"{metric_name(metric)} of each cohort by its age; the newest is drawn strongest",
        otherwise=f"No curve: the labels of a cohort mature {at_once}.",
    )
    watched = "observed_share"
    if any(point.metric == watched for point in page.vintages.realised) and len(ages) > 1:
        draw(
            vintage_chart(page.vintages, watched),
            "Share of each cohort that came true, by its age",
            otherwise="",
        )


def _show_cohorts(page: PerformancePage, metric: str) -> None:
    st.markdown(f"**{metric_name(metric)} of the cohorts with labels**")
    promised = {point.cohort: point.value for point in page.vintages.estimates if point.metric == metric}
    show_rows(
        [
            {
                "cohort": point.cohort,
                "came out": point.value,
                "at least": point.low,
                "at most": point.high,
                "promised": promised.get(point.cohort),
                "rows with labels": point.n,
                "matured": point.matured_share,
                "known by": point.as_of,
            }
            for point in reversed(page.vintages.latest(metric))
        ],
        otherwise="No cohort has labels yet.",
        columns={
            **dict.fromkeys(("came out", "at least", "at most", "promised"), decimals()),
            "matured": share(),
        },
    )
