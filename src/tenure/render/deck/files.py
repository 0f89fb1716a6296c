"""The deck in the folder of reports: a PDF, the same as a page, and what each number rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenure.bundle.canonical import canonical_json
from tenure.ports import TableStore
from tenure.render.deck.model import Cited, Deck, Page, Stated, texts_of
from tenure.render.deck.pipeline import plain_text
from tenure.render.deck.theme import read_theme
from tenure.render.files import load_report, write_file
from tenure.render.history import read_history
from tenure.render.templates import template

if TYPE_CHECKING:
    from tenure.project import Project

EXTRA = ("altair", "typst", "vl_convert")
"""What the extra ``report`` installs."""


def write_deck(store: TableStore, *, project: Project, root: Path, reports: Path, as_of: date) -> Path | None:
    """The path of the deck, written with what it rests on; None without the extra ``report``.

    ::

        <reports>/<as_of>/deck.pdf     tagged (PDF/UA-1), fonts in it, charts as vectors
        <reports>/<as_of>/deck.html    the same for a screen; needs nothing else
        <reports>/<as_of>/deck.json    every number with its query, every query with its hash

    Parameters
    ----------
    store
        Where the gold tables are.
    project
        The project file: what a deck says that no table knows, and how it looks.
    root
        The folder that the file's paths start from.
    reports
        The folder of all reports.
    as_of
        Which period; its step ``report`` must have run.

    Raises
    ------
    StoreError
        If there is no report of the period.
    ProjectError
        If the theme cannot be read.
    """
    try:
        from tenure.render.deck.layout import lay_out  # noqa: PLC0415 - the extra
        from tenure.render.deck.setting import set_pdf  # noqa: PLC0415 - the extra
    except ModuleNotFoundError as error:
        if error.name in EXTRA:
            return None
        raise
    settings = project.report.deck
    theme = read_theme(root / settings.theme if settings.theme else None)
    deck = read_deck(store, project=project, as_of=as_of)
    layout, pictures = lay_out(deck, theme=theme, page=settings.page)
    folder = reports / as_of.isoformat()
    write_file(folder / "deck.json", canonical_json(sources_of(deck)))
    write_file(folder / "deck.html", render_deck(layout, pictures).encode())
    return write_file(folder / "deck.pdf", set_pdf(layout, pictures, theme=theme))


def read_deck(store: TableStore, *, project: Project, as_of: date) -> Deck:
    """The deck of a period, from the gold tables; needs the extra ``report``.

    Raises
    ------
    StoreError
        If there is no report of the period.
    """
    from tenure.render.deck.asking import Gold  # noqa: PLC0415 - with the next
    from tenure.render.deck.facts import Facts  # noqa: PLC0415 - with the next
    from tenure.render.deck.pages import make_deck  # noqa: PLC0415 - the extra

    report = load_report(store, as_of=as_of, project=project.project)
    trained = report.holder.trained if report.holder else None
    classes, cuts = (trained.classes, trained.cuts) if trained else ((), None)
    history = read_history(store, as_of=as_of, classes=classes, cuts=cuts)
    return make_deck(Facts(Gold(store, as_of), report, history, project))


def render_deck(layout: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """The deck as one HTML file that needs nothing else; of a source, its query is shown on pointing at it.

    Parameters
    ----------
    layout, pictures
        As `lay_out` gives them.
    """
    return template("deck.html.j2").render(deck=layout, pictures=pictures)


def sources_of(deck: Deck) -> dict[str, Any]:
    """What the deck says, number by number, and the queries that gave them."""
    return {
        "project": deck.project,
        "as_of": deck.as_of.isoformat(),
        "pages": [_page(page, place) for place, page in enumerate(deck.pages, start=1)],
        "queries": [
            {"sha256": query.sha256, "table": query.table, "sql": query.sql} for query in deck.sources
        ],
    }


def _page(page: Page, place: int) -> dict[str, Any]:
    parts = [part for text in texts_of(page) for part in text]
    return {
        "number": place,
        "topic": page.topic,
        "headline": plain_text(page.headline),
        "lines": [plain_text(line) for line in page.lines],
        "cited": [_cited(part) for part in parts if isinstance(part, Cited)],
        "stated": [{"text": part.text, "key": part.key} for part in parts if isinstance(part, Stated)],
        "queries": [query.sha256 for query in page.sources],
    }


def _cited(part: Cited) -> dict[str, Any]:
    value = part.value.isoformat() if isinstance(part.value, date) else part.value
    return {
        "text": part.text,
        "value": value,
        "query": part.query.sha256,
        "row": part.row,
        "column": part.column,
    }
