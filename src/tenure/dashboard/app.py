"""The script that Streamlit runs, from the top, whatever its reader does: it reads, and draws one page."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar

import streamlit as st
from pydantic import ValidationError

from tenure.bundle import Bundle, load_bundle
from tenure.bundle.reasons import Explainer, load_explainer
from tenure.dashboard.contents import applicant, drift, models, office, performance, quality, timeline
from tenure.dashboard.contents.telling import RUN_FIRST, nothing_ran
from tenure.dashboard.opened import PROJECT, Opened, open_project
from tenure.dashboard.views.applicant import draw_applicant
from tenure.dashboard.views.drift import draw_drift
from tenure.dashboard.views.models import draw_models
from tenure.dashboard.views.office import draw_office
from tenure.dashboard.views.parts import dress, say
from tenure.dashboard.views.performance import draw_performance
from tenure.dashboard.views.quality import draw_quality
from tenure.dashboard.views.timeline import draw_timeline
from tenure.domain.report import Concern, Headline
from tenure.domain.wording import counted
from tenure.errors import BundleError, RegistryError, TenureError
from tenure.running.ledger import recorded_periods

T = TypeVar("T")


def main() -> None:
    """Draw the page that the reader is on, for the period that is chosen beside it."""
    st.set_page_config(page_title="Tenure", page_icon="◆", layout="wide", initial_sidebar_state="expanded")
    dress()
    try:
        opened = _opened(os.environ.get(PROJECT, "."))
        with opened.lock:
            periods = recorded_periods(store=opened.store)
        draw = _chosen(opened, periods)
        draw.run()
    except TenureError as error:
        say(Headline(Concern.WORRY, error.message), error.hint)


def _chosen(opened: Opened, periods: tuple[date, ...]) -> st.Page:
    """The page of the navigation; the period is chosen below it."""
    with st.sidebar:
        st.markdown(f"**{opened.name}**")
        as_of = st.selectbox(
            "Period", list(reversed(periods)), help="Everything is shown as it was known at its end."
        )
    pages = [
        st.Page(_shower(title, opened, as_of), title=title, url_path=_path(title), default=place == 0)
        for place, title in enumerate(PAGES)
    ]
    return st.navigation(pages)


def show(title: str, opened: Opened, as_of: date | None) -> None:
    """Draw one page.

    Parameters
    ----------
    title
        One of `PAGES`.
    opened
        Whose.
    as_of
        The period; None where none has run yet.
    """
    if as_of is None:
        say(nothing_ran(opened.name), RUN_FIRST)
        return
    try:
        PAGES[title](opened, as_of)
    except TenureError as error:
        say(Headline(Concern.WORRY, error.message), error.hint)
    except ValidationError as error:
        fields = counted(error.error_count(), "field is", "fields are")
        say(
            Headline(Concern.WORRY, f"What {as_of} recorded cannot be read: {fields} of another version."),
            "`tenure backfill` into a new datamart writes it as it is read here.",
        )


def _shower(title: str, opened: Opened, as_of: date | None) -> Callable[[], None]:
    def page() -> None:
        show(title, opened, as_of)

    return page


def _path(title: str) -> str:
    return title.lower().replace(" ", "-")


def _office(opened: Opened, as_of: date) -> None:
    draw_office(
        _read(
            opened, "office", as_of, lambda: office.read_office(as_of, unit=opened.unit, store=opened.store)
        )
    )


def _quality(opened: Opened, as_of: date) -> None:
    draw_quality(_read(opened, "quality", as_of, lambda: quality.read_quality(as_of, store=opened.store)))


def _drift(opened: Opened, as_of: date) -> None:
    page = _read(opened, "drift", as_of, lambda: drift.read_drift(as_of, store=opened.store))

    def distribution(name: str) -> drift.Distribution | None:
        bundle = None if page.scored_by is None else _bundle(opened, page.scored_by)
        if bundle is None:
            return None
        with opened.lock:
            return drift.read_distribution(name, as_of, bundle, store=opened.store)

    draw_drift(page, distribution)


def _performance(opened: Opened, as_of: date) -> None:
    read = lambda: performance.read_performance(as_of, store=opened.store)  # noqa: E731
    draw_performance(_read(opened, "performance", as_of, read))


def _models(opened: Opened, as_of: date) -> None:
    store, registry = opened.store, opened.registry
    page = _read(opened, "models", as_of, lambda: models.read_models(as_of, store=store, registry=registry))

    def version(registered: models.Registered) -> models.VersionPage:
        bundle = _bundle(opened, registered.version.version)
        with opened.lock:
            return models.read_version(registered, bundle, as_of=as_of, store=opened.store)

    draw_models(page, version)


def _timeline(opened: Opened, as_of: date) -> None:
    draw_timeline(_read(opened, "timeline", as_of, lambda: timeline.read_timeline(as_of, store=opened.store)))


def _applicant(opened: Opened, as_of: date) -> None:
    keys = _read(opened, "keys", as_of, lambda: applicant.key_names(as_of, store=opened.store))

    def find(words: str) -> tuple[applicant.Found, ...]:
        with opened.lock:
            return applicant.find(words, keys, as_of=as_of, store=opened.store) if keys else ()

    def read(entity: applicant.Found) -> applicant.ApplicantPage:
        with opened.lock:
            history = applicant.read_scores(entity, as_of=as_of, store=opened.store)
        last = applicant.last_batch(history)
        bundle = _bundle(opened, last.model_version) if last else None
        explainer = _explainer(bundle) if bundle else None
        with opened.lock:
            return applicant.read_applicant(
                entity, history, bundle, explainer, personal=opened.personal, store=opened.store
            )

    draw_applicant(find, read, keys=keys, personal=opened.personal)


# Every page by its title; the first is the one that opens. No docstring: Streamlit would print it.
PAGES: Mapping[str, Callable[[Opened, date], None]] = {
    "Office": _office,
    "Data quality": _quality,
    "Drift": _drift,
    "Performance": _performance,
    "Models": _models,
    "Alerts and decisions": _timeline,
    "One applicant": _applicant,
}


@st.cache_resource(show_spinner="Opening the project …")
def _opened(path: str) -> Opened:
    return open_project(Path(path))


def _read(opened: Opened, page: str, as_of: date, read: Callable[[], T]) -> T:
    """What the page shows; read again when a table has changed since."""
    with opened.lock:
        made: T = _remembered(page, as_of, opened.versions(), opened.folder, read)
    return made


@st.cache_resource(max_entries=64, show_spinner="Reading the tables …")
def _remembered(page: str, as_of: date, versions: tuple[int, ...], folder: str, _read: Callable[[], T]) -> T:  # noqa: ARG001
    return _read()


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={Opened: lambda opened: opened.folder})
def _bundle(opened: Opened, version: int) -> Bundle | None:
    """The bundle of a version; None where its files are gone, or are not what they were."""
    try:
        with opened.lock:
            return load_bundle(opened.registry.bundle(version))
    except (BundleError, RegistryError):
        return None


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={Bundle: lambda bundle: bundle.sha256})
def _explainer(bundle: Bundle) -> Explainer | None:
    return load_explainer(bundle)


if __name__ == "__main__":
    main()
