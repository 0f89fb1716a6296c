"""A deck → what its template sets: parts of text with their letters, pictures, tables, sources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

import vl_convert

from tenure.render.deck.model import (
    SHOWN_OF_HASH,
    Absence,
    Cited,
    Deck,
    Figure,
    Flow,
    Grid,
    Page,
    Plot,
    Query,
    Text,
)
from tenure.render.deck.pipeline import draw_flow, plain_text
from tenure.render.deck.theme import Theme
from tenure.render.drawing import embeddable
from tenure.render.theme import CONFIG

_NARROW = {
    "axisX": {"grid": False, "labelFontSize": 10, "labelSeparation": -2},
    "axisY": {**CONFIG["axisY"], "labelLimit": 300},
}
"""What a chart of a page is told beside `CONFIG`: two years of months stand below it."""
_VARIABLE = re.compile(r"var\(--([\w-]+)\)")
PIXEL = 0.2646
"""Millimetres: a pixel of a chart is one of CSS, so that its letters are of the size it says."""
_CAPTION, _ROW, _WRAPPED, _GUTTER = 5.6, 6.2, 3.4, 4.0
"""Millimetres of a caption, a row of a table, each further line of it, and between two figures."""
_LEAST = 22.0
"""Millimetres of a plot that is not left out."""


@dataclass(frozen=True, slots=True)
class Format:
    """Millimetres of a page, and of the room for its figures under a headline of one line."""

    width: float
    height: float
    beside: tuple[float, float]
    """With the lines beside them."""
    above: tuple[float, float]
    """With the lines below them."""
    letters: int
    """Letters of a line of the headline."""


FORMATS: Mapping[str, Format] = {
    "a4": Format(297, 210, (178, 161), (269, 134), 86),
    "16:9": Format(338.67, 190.5, (206, 141), (310.67, 114), 100),
}
"""A4 across, and a screen 13.33 inches wide."""


def lay_out(deck: Deck, *, theme: Theme, page: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The deck as its templates take it, and its pictures as SVG, by file name.

    Parameters
    ----------
    deck
        The pages.
    theme
        Their colours and font.
    page
        ``a4`` or ``16:9``.
    """
    form = FORMATS[page]
    pictures: dict[str, str] = {}
    pages = [_page(one, place, form, theme, pictures) for place, one in enumerate(deck.pages, start=1)]
    return {
        "title": f"{deck.project}: as of {deck.as_of}",
        "project": deck.project,
        "as_of": deck.as_of.isoformat(),
        "date": [deck.as_of.year, deck.as_of.month, deck.as_of.day],
        "width": form.width,
        "height": form.height,
        "font": theme.font,
        "colours": dict(theme.variables),
        "pages": pages,
    }, pictures


def letters_of(sources: Sequence[Query]) -> Mapping[Query, str]:
    """The letter of each source of a page: a, b, ..., z, aa.

    Examples
    --------
    >>> letters_of([Query("gold/runs", "SELECT 1"), Query("gold/runs", "SELECT 2")]).values()
    dict_values(['a', 'b'])
    """
    names = [*ascii_lowercase, *(f"a{letter}" for letter in ascii_lowercase)]
    return dict(zip(sources, names, strict=False))


def _page(page: Page, place: int, form: Format, theme: Theme, pictures: dict[str, str]) -> dict[str, Any]:
    letters = letters_of(page.sources)
    sizes = _sizes(page, form)
    figures = [
        _figure(figure, size, theme, letters) for figure, size in zip(page.figures, sizes, strict=True)
    ]
    for figure, svg in figures:
        if svg:
            figure["file"] = f"page-{place}-{figure['name']}.svg"
            pictures[figure["file"]] = svg
    return {
        "number": place,
        "topic": page.topic,
        "headline": _parts(page.headline, letters),
        "tiles": [
            {"label": t.label, "value": _parts(t.value, letters), "note": _parts(t.note, letters)}
            for t in page.tiles
        ],
        "figures": [figure for figure, _ in figures],
        "lines": [_parts(line, letters) for line in page.lines],
        "sources": [
            {"letter": letter, "table": query.table, "hash": query.sha256[:SHOWN_OF_HASH], "sql": query.sql}
            for query, letter in letters.items()
        ],
        "wide": page.wide,
    }


def _figure(
    figure: Figure, size: tuple[int, int], theme: Theme, letters: Mapping[Query, str]
) -> tuple[dict[str, Any], str]:
    said: dict[str, Any] = {"caption": figure.caption, "letters": "", "weight": 1.0, "file": ""}
    if isinstance(figure, Absence):
        return said | {"kind": "absence", "why": figure.why}, ""
    if isinstance(figure, Grid):
        cited = (part for row in figure.rows for cell in row for part in cell if isinstance(part, Cited))
        return said | _table(figure) | {"letters": _join(letters, (c.query for c in cited)), "weight": 0}, ""
    if isinstance(figure, Flow):
        cited = (part for _, _, text in figure.boxes for part in text if isinstance(part, Cited))
        said |= {"letters": _join(letters, (c.query for c in cited))}
        svg = _coloured(draw_flow(figure), theme)
    else:
        said |= {"letters": _join(letters, figure.sources), "weight": figure.weight}
        svg = draw_plot(figure, size, theme)
    return said | {"kind": "picture", "name": figure.name, "told": figure.told}, svg


def draw_plot(plot: Plot, size: tuple[int, int], theme: Theme) -> str:
    """The SVG of a chart in a theme's colours, as wide and high as there is room."""
    width, height = size
    fitted = {"type": "fit", "contains": "padding"}
    framed = {**plot.specification, "width": width, "height": height, "autosize": fitted}
    framed["config"] = {**framed["config"], **_NARROW}
    return _bounded(vl_convert.vegalite_to_svg(json.loads(_coloured(json.dumps(framed), theme))), plot.name)


def _bounded(svg: str, name: str) -> str:
    """The SVG with what a document needs of its first tag, and without labels that are not seen."""
    tidy = embeddable(svg, name)
    return tidy.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _coloured(text: str, theme: Theme) -> str:
    named = theme.variables
    return _VARIABLE.sub(lambda found: named[found[1]], text).replace(
        "Liberation Sans, Arial", f"{theme.font}, Arial"
    )


def _table(grid: Grid) -> dict[str, Any]:
    return {
        "kind": "grid",
        "heads": list(grid.heads),
        "rows": [[plain_text(cell) for cell in row] for row in grid.rows],
        "numeric": sorted(grid.numeric),
        "wide": grid.wide,
    }


def _parts(text: Text, letters: Mapping[Query, str]) -> list[dict[str, str]]:
    """The parts of a text; of values from one source that follow each other the last has its letter."""
    cited = [part if isinstance(part, Cited) else None for part in text]
    said: list[dict[str, str]] = []
    for place, part in enumerate(text):
        if isinstance(part, Cited):
            later = next((c for c in cited[place + 1 :] if c is not None), None)
            again = later is not None and later.query == part.query
            said.append({"text": part.text, "letter": "" if again else letters[part.query]})
        else:
            said.append({"text": part if isinstance(part, str) else part.text, "letter": ""})
    return said


def _join(letters: Mapping[Query, str], sources: Iterable[Query]) -> str:
    return " ".join(letters[query] for query in dict.fromkeys(sources))


def _sizes(page: Page, form: Format) -> list[tuple[int, int]]:
    """Width and height in pixels of the plot of each figure: what tables leave, by their weights."""
    width, height = form.above if page.wide else form.beside
    taken = 6.5 if _fill(page, form) > 1.27 else 0.0
    height -= taken + (29 if page.tiles else 0)
    grids = [figure for figure in page.figures if isinstance(figure, Grid)]
    height -= sum(_grid_height(grid, width) + _GUTTER for grid in grids)
    plots = [figure for figure in page.figures if not isinstance(figure, Grid)]
    height -= _GUTTER * (len(plots) - 1)
    weights = {id(plot): plot.weight if isinstance(plot, Plot) else 1.0 for plot in plots}
    return [
        (
            int(width / PIXEL),
            int(max(_LEAST, height * weights.get(id(figure), 0) / sum(weights.values()) - _CAPTION) / PIXEL),
        )
        for figure in page.figures
    ]


def _fill(page: Page, form: Format) -> float:
    """Lines that the headline would take at its largest."""
    return len(plain_text(page.headline)) / form.letters


def _grid_height(grid: Grid, width: float) -> float:
    letters = 0.56 * width - 12 * (len(grid.heads) - 1)
    wrapped = sum(max(0.0, len(plain_text(row[grid.wide])) - 1) // letters for row in grid.rows)
    return _CAPTION + _ROW * (len(grid.rows) + any(grid.heads)) + _WRAPPED * wrapped
