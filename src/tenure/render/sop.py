"""The governance document → one HTML file that needs nothing else and, with the extra, a PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from tenure.bundle.canonical import canonical_json
from tenure.governance import Shown, Sop
from tenure.governance.requirements import DISCLAIMER, NOTES
from tenure.render.deck.theme import Theme, read_theme
from tenure.render.files import write_file
from tenure.render.templates import template

TYPST = Path(__file__).parent / "templates" / "sop.typ"
_SOP: TypeAdapter[Sop] = TypeAdapter(Sop)


def write_sop(sop: Sop, folder: Path, *, theme: Path | None) -> Path:
    """The path of the document, written into `folder`.

    ::

        sop.html    needs nothing else
        sop.json    the same as data
        sop.pdf     with the extra `report`: tagged (PDF/UA-1), fonts in it

    Parameters
    ----------
    sop
        What it says; see `tenure.governance.write_down`.
    folder
        Where it goes.
    theme
        The file of the project's own theme; None for Tenure's.

    Raises
    ------
    ProjectError
        If the theme cannot be read.
    """
    look = read_theme(theme)
    pdf = set_sop(sop, theme=look)
    write_file(folder / "sop.json", canonical_json(_SOP.dump_python(sop, mode="json")))
    if pdf is not None:
        write_file(folder / "sop.pdf", pdf)
    return write_file(folder / "sop.html", render_sop(sop).encode())


def render_sop(sop: Sop) -> str:
    """The document as one HTML file."""
    rules = {name: [one for one in sop.requirements if one.rule.startswith(name)] for name in NOTES}
    return template("sop.html.j2").render(sop=sop, rules=rules, notes=NOTES, disclaimer=DISCLAIMER)


def set_sop(sop: Sop, *, theme: Theme) -> bytes | None:
    """The document as a PDF: the same document gives the same bytes. None without the extra ``report``."""
    try:
        from tenure.render.deck.setting import set_pdf  # noqa: PLC0415 - the extra
    except ModuleNotFoundError as error:
        if error.name != "typst":
            raise
        return None
    return set_pdf(_layout(sop, theme), {}, theme=theme, template=TYPST)


def _layout(sop: Sop, theme: Theme) -> dict[str, Any]:
    day = [sop.as_of.year, sop.as_of.month, sop.as_of.day] if sop.as_of else []
    return {
        "project": sop.project,
        "as_of": str(sop.as_of) if sop.as_of else "before the first period",
        "date": day,
        "font": theme.font,
        "colours": dict(theme.variables),
        "disclaimer": DISCLAIMER,
        "open": [one.text for one in sop.open_points],
        "sections": [
            {
                "title": part.title,
                "statements": [
                    {"text": one.text, "shown": _named(one.shown), "open": one.is_open}
                    for one in part.statements
                ],
                "heads": list(part.table.heads) if part.table else [],
                "rows": [list(row) for row in part.table.rows] if part.table else [],
            }
            for part in sop.sections
        ],
        "rules": [
            {
                "name": name,
                "note": note,
                "rows": [
                    [
                        one.rule.removeprefix(name).lstrip(": "),
                        one.asks,
                        one.given,
                        _named(one.shown),
                        one.left,
                    ]
                    for one in sop.requirements
                    if one.rule.startswith(name)
                ],
            }
            for name, note in NOTES.items()
        ],
    }


def _named(shown: tuple[Shown, ...]) -> str:
    return " · ".join(one.name for one in shown)
