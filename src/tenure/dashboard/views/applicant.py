"""One applicant: score, reasons, values, history."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import streamlit as st

from tenure.dashboard.contents.applicant import (
    MAX_FOUND,
    ApplicantPage,
    Found,
    Valued,
    entities,
    last_batch,
)
from tenure.dashboard.views.parts import decimals, draw, percent, say, share, show_points, show_rows
from tenure.domain.report import Concern, Headline
from tenure.render.live_charts import scores_chart

_SEARCH = "The list has whom the loop scored, the last period first, then the highest score."


def draw_applicant(
    find: Callable[[str], Sequence[Found]],
    applicant: Callable[[Found], ApplicantPage],
    *,
    keys: Sequence[str],
    personal: Collection[str],
) -> None:
    """The page.

    Parameters
    ----------
    find
        Searches by a part of a key.
    applicant
        Reads one of those found.
    keys, personal
        Names of the keys, and what is not to be shown.
    """
    opening = st.container()
    words = st.text_input(f"Search by {', '.join(keys)}", help="A part of the key is enough.").strip()
    found = find(words)
    if not found:
        with opening:
            say(*_nobody(words))
        return
    names = dict(zip(entities(found, personal), found, strict=True))
    chosen = st.selectbox("Applicant", list(names), help=_SEARCH)
    if len(found) == MAX_FOUND:
        st.caption(f"The first {MAX_FOUND} of those found: a longer part of the key narrows them.")
    page = applicant(names[chosen])
    with opening:
        say(page.headline)
    _show(page)


def _nobody(words: str) -> tuple[Headline, str]:
    if words:
        told = f"Nobody whose key holds `{words}` was scored in the last periods."
        return Headline(Concern.CALM, told), "Look at a later period, or type a shorter part of the key."
    hint = "Scores come from the first period after somebody took office."
    return Headline(Concern.CALM, "Nobody was scored by the end of this period."), hint


def _show(page: ApplicantPage) -> None:
    st.markdown("**What pushed the last score up, the strongest first**")
    if page.reasons is None:
        st.caption("The bundle that scored it explains nothing: train again, and it will.")
    elif not page.reasons:
        st.caption("Nothing pushed it above what is usual.")
    else:
        show_points(f"{each.reason} ({each.contribution:+.3f})" for each in page.reasons)
        st.caption(
            "In brackets what each adds, in the model's own unit: log odds, or shares where several vote."
        )
    last = last_batch(page.history)
    draw(
        scores_chart([(row.as_of, row.score) for row in page.history], last.threshold if last else None),
        "Its scores; dashed: the threshold",
        otherwise="It was never scored.",
    )
    _show_values(page.values)
    st.markdown("**Every prediction**")
    show_rows(
        [
            {
                "event": row.event_time,
                "score": row.score,
                "class": row.called,
                "threshold": row.threshold,
                "version": row.model_version,
                "how": row.origin,
                "period": row.as_of,
                "bundle": row.bundle_sha256[:12],
            }
            for row in reversed(page.history)
        ],
        otherwise="None.",
        columns={"score": decimals(), "threshold": decimals()},
    )


def _show_values(values: Sequence[Valued]) -> None:
    st.markdown("**Its features beside the training rows, the most important first**")
    show_rows(
        [
            {
                "feature": each.feature,
                "value": each.value or "not known",
                "outside training": "▲ outside" if each.outside else "",
                "training rows below": each.percentile,
                "training rows alike": each.share,
                "importance": each.importance,
            }
            for each in values
        ],
        otherwise="The features that it was scored with are not there.",
        columns={
            "training rows below": share(),
            "training rows alike": percent(),
            "importance": percent(),
        },
    )
