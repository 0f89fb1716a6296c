"""Data quality: what was received, repaired, found."""

from __future__ import annotations

import streamlit as st

from tenure.dashboard.contents.quality import QualityPage
from tenure.dashboard.views.parts import draw, say, show_rows
from tenure.render.live_charts import findings_chart


def draw_quality(page: QualityPage) -> None:
    """The page."""
    say(page.headline, page.hint)
    draw(
        findings_chart([(count.as_of, count.severity, count.n) for count in page.counts]),
        "Findings of each period, by severity",
        otherwise="Nothing to draw: nothing was found in any period.",
    )
    st.markdown("**What was found**")
    show_rows(
        [
            {
                "severity": each.finding.severity.value,
                "code": each.finding.code,
                "what": each.finding.message,
                "rows": each.finding.n_rows,
                "examples": ", ".join(each.finding.examples),
                "what to do": each.finding.hint,
                "found by": each.stage,
            }
            for each in page.noticed
        ],
        otherwise="Nothing.",
    )
    left, right = st.columns(2)
    with left:
        _show_intake(page)
    with right:
        _show_repairs(page)


def _show_intake(page: QualityPage) -> None:
    st.markdown("**What was received**")
    show_rows(
        [
            {"source": each.source, "rows": each.n_rows, "period before": each.n_before}
            for each in page.deliveries
        ],
        otherwise="Nothing was taken in.",
    )
    st.markdown("**How the checks ended**")
    show_rows(
        [
            {
                "stage": each.stage,
                "checks": each.n_checks,
                "found": each.n_found,
                "passed": each.n_passed,
                "muted": each.n_muted,
                "not run": each.n_not_run,
            }
            for each in page.checked
        ],
        otherwise="No check ran.",
    )


def _show_repairs(page: QualityPage) -> None:
    st.markdown("**What was repaired**")
    show_rows(
        [
            {
                "values": each.n_values,
                "column": f"{each.source}.{each.column}",
                "how": each.kind,
            }
            for each in page.repairs
        ],
        otherwise="Nothing had to be.",
    )
