"""Pages in the folder of reports: each file is there whole, or as it was before."""

from __future__ import annotations

import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

from pydantic import TypeAdapter

from tenure.bundle.canonical import canonical_json
from tenure.domain.office import office_history
from tenure.domain.report import Report
from tenure.domain.tables import DECISIONS, RUNS
from tenure.errors import StoreError
from tenure.ports import ModelRegistry, TableStore
from tenure.render.card import read_card, render_card
from tenure.render.history import History, read_history
from tenure.render.html import render_report

STEP = "report"
"""The step whose artefact is the report."""
_REPORT: TypeAdapter[Report] = TypeAdapter(Report)


def write_reports(
    store: TableStore, *, registry: ModelRegistry, reports: Path, as_of: date, project: str
) -> Path:
    """The path of the period's page, written with the card of the model in office.

    ::

        <reports>/<as_of>/report.html       the page
        <reports>/<as_of>/report.json       the same report as data
        <reports>/<as_of>/model-card.html   the model in office at the end of the period, if anybody is
        <reports>/<as_of>/model-card.json

    Parameters
    ----------
    store
        Where the gold tables are.
    registry
        Where the bundle of the model in office is.
    reports
        The folder of all reports.
    as_of
        Which period; its step ``report`` must have run.
    project
        The project's name, for messages.

    Raises
    ------
    StoreError
        If there is no report of the period.
    BundleError
        If the bundle of the model in office is not as it was registered.
    """
    report = load_report(store, as_of=as_of, project=project)
    trained = report.holder.trained if report.holder else None
    classes, cuts = (trained.classes, trained.cuts) if trained else ((), None)
    history = read_history(store, as_of=as_of, classes=classes, cuts=cuts)
    folder = reports / as_of.isoformat()
    _write_card(folder, store, registry, history, as_of)
    write_file(folder / "report.json", canonical_json(_REPORT.dump_python(report, mode="json")))
    return write_file(folder / "report.html", render_report(report, history).encode())


def load_report(store: TableStore, *, as_of: date, project: str) -> Report:
    """The report that the period's run recorded in ``gold/runs``.

    Raises
    ------
    StoreError
        If the period has none.
    """
    before = as_of - timedelta(days=1)
    rows = store.read(RUNS, columns=["step", "artefact"], after=before, until=as_of).to_pylist()
    texts = [row["artefact"] for row in rows if row["step"] == STEP]
    if not texts:
        raise StoreError(
            f"`{RUNS}` has no report of {as_of} for project `{project}`",
            hint=f"`tenure run --as-of {as_of}` runs the period, its report included.",
        )
    return _REPORT.validate_json(texts[0])


def write_file(path: Path, content: bytes) -> Path:
    """Put `content` at `path` in one step, and give the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
    return path


def _write_card(
    folder: Path, store: TableStore, registry: ModelRegistry, history: History, as_of: date
) -> None:
    """The card of the model in office; one left from an earlier run goes where nobody is in office now."""
    terms = office_history(store.read(DECISIONS, until=as_of))
    paths = {kind: folder / f"model-card.{kind}" for kind in ("json", "html")}
    if not terms:
        for path in paths.values():
            path.unlink(missing_ok=True)
        return
    bundle = registry.bundle(terms[-1].version.version)
    card = read_card(bundle, office=terms[-1], history=history, as_of=as_of)
    write_file(paths["json"], canonical_json(card))
    write_file(paths["html"], render_card(card).encode())
