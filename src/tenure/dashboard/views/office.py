"""Office: who, since when, how it does, what is next."""

from __future__ import annotations

import streamlit as st

from tenure.dashboard.contents.office import OfficePage
from tenure.dashboard.views.parts import draw, say, show_facts, show_rows
from tenure.render.charts import main_of, specifications
from tenure.render.words import metric_name

_NO_CHART = "Nothing to draw: nobody has held the office yet."


def draw_office(page: OfficePage) -> None:
    """The page."""
    say(page.headline, page.hint)
    if page.facts:
        show_facts(page.facts)
    charts = specifications(page.report, page.history, ("office", "performance"))
    draw(charts.get("office"), "Who scored which period, and who was refused", otherwise=_NO_CHART)
    draw(
        charts.get("performance"),
        f"{_measured(page)} of each cohort, by the labels known since; dashed: of the test rows",
        otherwise="Nothing to draw: no cohort has labels yet.",
    )
    st.markdown("**Terms of office**")
    show_rows(
        [
            {
                "version": term.version,
                "since": term.since,
                "until": str(term.until) if term.until else "in office",
                "periods scored": term.n_periods,
            }
            for term in page.terms
        ],
        otherwise="Nobody has held the office yet.",
    )
    st.markdown("**What was asked when it was decided whether to train**")
    show_rows(
        [
            {
                "speaks for a training": "yes" if reason.favours else "no",
                "rule": reason.rule,
                "what it saw": reason.message,
            }
            for reason in page.reasons
        ],
        otherwise="Nothing was decided in this period.",
    )


def _measured(page: OfficePage) -> str:
    metric = main_of(page.history.cohorts)
    return "Performance" if metric is None else metric_name(metric)
