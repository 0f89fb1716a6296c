"""Models: the registry, what the gate said, and what each version was made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from tenure.dashboard.contents.models import Judged, Made, ModelsPage, Registered, VersionPage
from tenure.dashboard.views.parts import decimals, draw, say, show_rows
from tenure.render.charts import tradeoff_specification
from tenure.render.words import metric_name
from tenure.reporting.performance import main_metric

_ROWS = ("train", "validation", "test")


def draw_models(page: ModelsPage, version: Callable[[Registered], VersionPage]) -> None:
    """The page.

    Parameters
    ----------
    page
        What it shows.
    version
        Reads one version, when it is chosen.
    """
    say(page.headline, page.hint)
    if not page.versions:
        return
    show_rows([_row(each) for each in page.versions], otherwise="", columns={"on its test rows": decimals()})
    names = {f"version {each.version.version} ({each.standing})": each for each in page.versions}
    chosen = version(names[st.selectbox("Version", list(names))])
    _show_verdict(chosen.judged)
    if chosen.tradeoff is not None:
        trained = chosen.registered.trained
        draw(
            tradeoff_specification(chosen.tradeoff, trained.threshold if trained else None),
            "What each threshold would have done to the validation rows; dashed: the one it uses",
            otherwise="",
        )
    _show_lineage(chosen)


def _row(each: Registered) -> dict[str, object]:
    trained = each.trained
    metric = main_metric(trained.test) if trained else None
    return {
        "version": each.version.version,
        "standing": each.standing,
        "trained in": each.version.as_of,
        "algorithm": trained.algorithm if trained else "",
        "features": len(trained.features) if trained else None,
        "rows": trained.split.train.n_rows if trained else None,
        "metric": metric_name(metric[0]) if metric else "",
        "on its test rows": metric[1] if metric else None,
        "bundle": each.version.bundle_sha256[:12],
    }


def _show_verdict(judged: Judged | None) -> None:
    st.markdown("**What the gate said**")
    if judged is None:
        st.caption("It was not judged by the end of this period.")
        return
    against = "nobody was in office" if judged.against is None else f"against version {judged.against}"
    st.caption(f"{'Passed' if judged.passed else 'Refused'} on {judged.as_of}, {against}.")
    show_rows(
        [
            {
                "rule": reason.rule,
                "speaks": "for it" if reason.favours else "against it",
                "what it saw": reason.message,
                "value": reason.value,
                "limit": reason.threshold,
            }
            for reason in judged.reasons
        ],
        otherwise="No rule was asked.",
        columns={"value": decimals(4), "limit": decimals(4)},
    )


def _show_lineage(page: VersionPage) -> None:
    st.markdown(f"**Lineage: the steps of {page.registered.version.as_of} that made it**")
    show_rows(
        [line for step in page.steps for line in _lines(step)],
        otherwise="Its period ran in another datamart.",
    )
    if not page.provenance:
        st.caption("Its bundle is not there: nothing more is known of it.")
        return
    show_rows(
        [_side(name, page.provenance) for name in _ROWS if name in page.provenance.get("split", {})],
        otherwise="",
    )
    with st.expander("Everything that its bundle says of where it comes from"):
        st.json(dict(page.provenance), expanded=1)


def _lines(step: Made) -> list[dict[str, object]]:
    told: dict[str, object] = {"step": step.step, "reads": step.reads, "makes": step.makes}
    return [
        told | {"table": part.table, "rows": part.n_rows, "table version": part.version}
        for part in step.tables
    ] or [told | {"table": "", "rows": None, "table version": None}]


def _side(name: str, provenance: Mapping[str, Any]) -> dict[str, object]:
    span = provenance["split"][name]
    return {
        "rows for": name,
        "from": span["first"],
        "to": span["last"],
        "rows": span["n_rows"],
        "hash of the rows": str(provenance.get("rows", {}).get(name, ""))[:16],
    }
