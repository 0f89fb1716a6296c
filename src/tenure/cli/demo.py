"""``tenure demo``: simulate, replay, and say what happened and where to look."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tenure.cli.console import TerminalProgress, err, out, print_json, print_table
from tenure.cli.options import JobsOption, JsonOption
from tenure.demo import FIRST, LAST, Discovery, discoveries, open_demo, prepare_demo, replay_demo
from tenure.domain.incidents import IncidentSeverity
from tenure.orchestration.pages import write_pages
from tenure.orchestration.words import headline
from tenure.ports import TableStore
from tenure.running.incidents import COURSE_COLUMNS, course_lines, courses
from tenure.status import Status, read_status, status_lines


def demo(
    folder: Annotated[Path, typer.Argument(help="A folder for the project; made if absent.")] = Path(
        "tenure-demo"
    ),
    n_customers: Annotated[int, typer.Option("--customers", min=100, help="New loans per month.")] = 300,
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another lender.")] = 7,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Simulate a lender with a recession, a feed outage and a schema change, and replay two years of it."""
    err.print(f"simulating a lender in {folder} ...")
    prepare_demo(folder, n_customers=n_customers, seed=seed)
    runtime = open_demo(folder, progress=TerminalProgress(), jobs=jobs)
    err.print(f"replaying {FIRST} to {LAST}, month by month: each decision as it would have been taken then")
    for period, artefacts in replay_demo(runtime):
        if not json:
            out.print(f"{period}  {headline(artefacts)}", markup=False, highlight=False, soft_wrap=True)
    found = discoveries(folder, store=runtime.store)
    status = read_status(runtime=runtime)
    page = write_pages(LAST, runtime=runtime)[-1]
    if json:
        print_json({"status": status.as_json(), "planted": [_row(one) for one in found], "report": str(page)})
        return
    _show(found, status, page, folder, store=runtime.store)


def _show(
    found: tuple[Discovery, ...], status: Status, page: Path, folder: Path, *, store: TableStore
) -> None:
    rows = [
        (one.planted.what, one.planted.source, one.planted.start, one.found_in or "not found", one.message)
        for one in found
    ]
    out.print()
    print_table("what was planted, and when it was found", ("what", "in", "from", "found in", "how"), rows)
    out.print()
    told = [course for course in courses(store) if course.severity is not IncidentSeverity.INFO]
    print_table("what was told: one incident per cause", COURSE_COLUMNS, course_lines(told))
    out.print()
    for line in status_lines(status):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    out.print()
    out.print(f"look at    {page}", markup=False, highlight=False, soft_wrap=True)
    out.print(
        f"           {folder / 'datamart' / 'gold'}  (Delta tables)",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    out.print(f"go on      tenure status -p {folder}", markup=False, highlight=False, soft_wrap=True)
    out.print(
        f"           tenure run -p {folder} --as-of {status.next_period}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _row(one: Discovery) -> dict[str, str | None]:
    return {
        "what": one.planted.what,
        "source": one.planted.source,
        "from": one.planted.start.isoformat(),
        "found_in": one.found_in.isoformat() if one.found_in else None,
        "code": one.code,
        "message": one.message,
    }
