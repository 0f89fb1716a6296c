"""Drift: the features ranked, and the two distributions of the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from tenure.dashboard.contents.drift import SCORE, Distribution, DriftPage, matching
from tenure.dashboard.views.parts import decimals, draw, say, share, show_points, show_rows
from tenure.domain.report import Drift
from tenure.render.charts import specifications
from tenure.render.live_charts import distribution_chart
from tenure.render.words import mark

TOP = 50
"""Features of the table, until a search narrows it."""


def draw_drift(page: DriftPage, distribution: Callable[[str], Distribution | None]) -> None:
    """The page.

    Parameters
    ----------
    page
        What it shows.
    distribution
        Reads that of a feature, when it is chosen.
    """
    say(page.headline, page.hint)
    if page.scored_by is None:
        return
    if page.causes:
        st.markdown("**What explains several of them**")
        show_points(cause.message for cause in page.causes)
    words = st.text_input("Search a feature", help="Every word must be in its name, in any case.")
    shown = matching(page.ranked, words, top=TOP)
    show_rows(
        [_row(row) for row in shown],
        otherwise=f"No feature of {len(page.ranked):,} has `{words}` in its name.",
        columns={"PSI": decimals(), "more nulls": decimals(), "importance": share()},
    )
    if len(page.ranked) > len(shown):
        st.caption(f"{len(shown):,} of {len(page.ranked):,} features, the gravest first.")
    _draw_chosen(page, [row.feature for row in shown], distribution)
    draw(
        specifications(None, page.history, ("drift",)).get("drift"),
        "PSI of the features that drifted most, period by period, in shares of its limit (▲ alert)",
        otherwise="Nothing to draw: no feature has a PSI yet.",
    )


def _draw_chosen(
    page: DriftPage, features: list[str], distribution: Callable[[str], Distribution | None]
) -> None:
    chosen = st.selectbox("Feature to draw", [*features, SCORE])
    found = distribution(chosen) if chosen else None
    if found is None:
        st.caption(f"There is no distribution of `{chosen}` in this period and in the training rows.")
        return
    draw(
        distribution_chart(found.labels, found.then, found.now),
        f"`{found.name}`: {found.n_then:,} training rows of version {page.scored_by}, "
        f"and {found.n_now:,} rows of this period",
        otherwise="",
    )
    with st.expander("The same as a table"):
        show_rows(
            [
                {"value": label, "training": then, "this period": now}
                for label, then, now in zip(found.labels, found.then, found.now, strict=True)
            ],
            otherwise="",
            columns={"training": share(), "this period": share()},
        )


def _row(row: Drift) -> dict[str, object]:
    return {
        "verdict": f"{mark(row.verdict)} {row.verdict.value}",
        "feature": row.feature,
        "PSI": row.psi,
        "more nulls": row.null_increase,
        "importance": row.importance,
        "rows": row.n,
    }
