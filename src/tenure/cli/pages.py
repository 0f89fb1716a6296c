"""The pages of a period, written when its report is there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tenure.cli.console import err
from tenure.render import write_reports
from tenure.render.deck import write_deck
from tenure.running.runtime import Runtime


def write_pages(as_of: date, *, runtime: Runtime) -> Path:
    """The page of the period, written with the card of the model in office and, with the extra, the deck.

    Raises
    ------
    StoreError
        If the step ``report`` has not run for the period.
    """
    store, project, reports = runtime.store, runtime.project, runtime.reports
    page = write_reports(
        store, registry=runtime.registry, reports=reports, as_of=as_of, project=project.project
    )
    write_deck(store, project=project, root=runtime.root, reports=reports, as_of=as_of)
    return page


def show_pages(as_of: date, *, runtime: Runtime) -> None:
    """Write the pages of the period and say where they are."""
    page = write_pages(as_of, runtime=runtime)
    for made in (page.with_name("deck.pdf"), page):
        if made.exists():
            err.print(f"look at {made}", markup=False, highlight=False, soft_wrap=True)
