"""A document laid out → a tagged PDF with its fonts in it, or pictures of its pages; offline, no LaTeX."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from tenure.render.deck.theme import FONTS, HERE, Theme

STANDARD = "ua-1"
"""PDF/UA-1: tagged, titled, in a stated language, every picture told in words, every font embedded."""


DECK = HERE / "deck.typ"


def set_pdf(
    layout: Mapping[str, Any], pictures: Mapping[str, str], *, theme: Theme, template: Path = DECK
) -> bytes:
    """The document as one PDF: the same layout gives the same bytes.

    A letter that none of the fonts has, in a name of the project's, is drawn as a box; the PDF is tagged
    all the same, and does not claim the standard.

    Parameters
    ----------
    layout, pictures
        As `lay_out` gives them.
    theme
        Where the fonts and the logo are.
    template
        What is set from the layout: the deck's pages, or another document's.
    """
    try:
        compiled = _compile(layout, pictures, theme, template, format="pdf", pdf_standards=[STANDARD])
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        compiled = _compile(layout, pictures, theme, template, format="pdf")
    return compiled if isinstance(compiled, bytes) else compiled[0]


def set_pictures(
    layout: Mapping[str, Any], pictures: Mapping[str, str], *, theme: Theme, ppi: float = 96
) -> tuple[bytes, ...]:
    """Each page as a PNG, so many pixels an inch."""
    compiled = _compile(layout, pictures, theme, DECK, format="png", ppi=ppi)
    return (compiled,) if isinstance(compiled, bytes) else tuple(compiled)


def _compile(
    layout: Mapping[str, Any],
    pictures: Mapping[str, str],
    theme: Theme,
    template: Path,
    **settings: Any,
) -> bytes | list[bytes]:
    with tempfile.TemporaryDirectory(prefix="tenure-deck-") as folder:
        root = Path(folder)
        logo = f"logo{Path(theme.logo).suffix}" if theme.logo else ""
        if logo:
            shutil.copyfile(theme.logo, root / logo)
        shutil.copyfile(template, root / template.name)
        (root / "layout.json").write_text(json.dumps({**layout, "logo": logo}), encoding="utf-8")
        for name, svg in pictures.items():
            (root / name).write_text(svg, encoding="utf-8")
        fonts = [str(FONTS), *([theme.fonts] if theme.fonts else [])]
        made: bytes | list[bytes] = typst.compile(
            str(root / template.name), root=str(root), font_paths=fonts, ignore_system_fonts=True, **settings
        )
        return made
