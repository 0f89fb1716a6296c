"""The pages of a period, written when its report is there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tenure.cli.console import err
from tenure.render import write_reports
from tenure.running.runtime import Runtime


def write_pages(as_of: date, *, runtime: Runtime) -> Path:
    """The page of the period, written with the card of the model in office.

    Raises
    ------
    StoreError
        If the step ``report`` has not run for the period.
    """
    return write_reports(
        runtime.store,
        registry=runtime.registry,
        reports=runtime.reports,
        as_of=as_of,
        project=runtime.project.project,
    )


def show_pages(as_of: date, *, runtime: Runtime) -> None:
    """Write the pages of the period and say where they are."""
    page = write_pages(as_of, runtime=runtime)
    err.print(f"look at {page}", markup=False, highlight=False, soft_wrap=True)
