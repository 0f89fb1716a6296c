"""The pages of a period, written when its report is there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tenure.render import write_reports
from tenure.render.deck import write_deck
from tenure.running.runtime import Runtime


def write_pages(as_of: date, *, runtime: Runtime) -> tuple[Path, ...]:
    """The period's pages: the deck, where its extra is there, and last the report, with the champion's card.

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
    return tuple(made for made in (page.with_name("deck.pdf"), page) if made.exists())
