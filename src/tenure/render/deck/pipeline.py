"""The steps of the loop → a drawing: two rows of boxes, the second read from right to left."""

from __future__ import annotations

from html import escape

from tenure.render.deck.model import Flow, Text

WIDTH, HEIGHT = 1060, 400
_BOX, _TALL, _GAP, _TOP = 144, 140, 36, 16
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def draw_flow(flow: Flow) -> str:
    """The SVG of the steps; its colours are names of a theme's."""
    half = (len(flow.boxes) + 1) // 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{_FONT}">',
        (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
            'orient="auto"><path d="M0 0L8 4L0 8z" fill="var(--muted)"/></marker></defs>'
        ),
    ]
    for place, (step, makes, text) in enumerate(flow.boxes):
        parts += [_box(*_corner(place, half), step, makes, plain_text(text))]
        parts += [_arrow(place, half)] if place + 1 < len(flow.boxes) else []
    return "".join([*parts, "</svg>"])


def plain_text(text: Text) -> str:
    """A text without its sources.

    Examples
    --------
    >>> plain_text(("nothing", " yet"))
    'nothing yet'
    """
    return "".join(part if isinstance(part, str) else part.text for part in text)


def _corner(place: int, half: int) -> tuple[int, int]:
    row, column = divmod(place, half)
    column = column if row == 0 else half - 1 - column
    return _GAP // 2 + column * (_BOX + _GAP - 4), _TOP + row * (_TALL + 86)


def _box(x: int, y: int, step: str, makes: str, told: str) -> str:
    middle = x + _BOX // 2
    return (
        f'<rect x="{x}" y="{y}" width="{_BOX}" height="{_TALL}" rx="7" fill="var(--panel)" '
        f'stroke="var(--accent)" stroke-width="1.4"/>'
        f'<rect x="{x}" y="{y}" width="{_BOX}" height="5" rx="2" fill="var(--accent)"/>'
        f"{_line(middle, y + 42, 19, step, 'ink', bold=True)}"
        f"{_line(middle, y + 70, 14, makes, 'muted')}"
        f"{_line(middle, y + 110, 17 if len(told) <= 15 else 13, told, 'accent', bold=True)}"
    )


def _line(x: int, y: int, size: int, text: str, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="middle" fill="var(--{colour})"{weight}>'
        f"{escape(text)}</text>"
    )


def _arrow(place: int, half: int) -> str:
    x, y = _corner(place, half)
    to_x, to_y = _corner(place + 1, half)
    if to_y != y:
        line = f"M{x + _BOX // 2} {y + _TALL + 3}V{to_y - 4}"
    elif to_x > x:
        line = f"M{x + _BOX + 3} {y + _TALL // 2}H{to_x - 4}"
    else:
        line = f"M{x - 3} {y + _TALL // 2}H{to_x + _BOX + 4}"
    return f'<path d="{line}" stroke="var(--muted)" stroke-width="1.8" fill="none" marker-end="url(#tip)"/>'
