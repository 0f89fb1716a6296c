"""The pages of a period, written when its report is there."""

from __future__ import annotations

from datetime import date

from tenure.cli.console import say
from tenure.orchestration.pages import write_pages
from tenure.running.runtime import Runtime


def show_pages(as_of: date, *, runtime: Runtime) -> None:
    """Write the pages of the period and say where they are."""
    for page in write_pages(as_of, runtime=runtime):
        say(f"look at {page}")
