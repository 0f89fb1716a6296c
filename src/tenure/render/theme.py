"""How every chart looks: colours are the page's CSS variables, so that one drawing serves light and dark."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""Text is measured with the first, which comes with the renderer and is as wide as the second."""
WIDTH = 860
"""Of the plot, in pixels, without its axis labels: the page scales it down where it is narrower."""
INK = "var(--ink)"
MUTED = "var(--muted)"
ACCENT = "var(--accent)"
SERIES = tuple(f"var(--series-{place})" for place in range(1, 7))
"""Told apart in grey and by readers who see few colours, too (after Okabe and Ito)."""
HEAT = tuple(f"var(--heat-{step})" for step in range(5))
HEAT_INK = tuple(f"var(--heat-ink-{step})" for step in range(5))

_TEXT = {
    "labelColor": MUTED,
    "titleColor": MUTED,
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
}
_ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)
_COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]+);")
CONFIG: dict[str, Any] = {
    "aria": False,
    "background": None,
    "font": FONT,
    "padding": 2,
    "view": {"stroke": None},
    "axis": {
        **_TEXT,
        "gridColor": "var(--grid)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "titlePadding": 8,
        "labelLimit": 230,
    },
    "axisX": {"grid": False},
    "axisY": {"domain": False, "ticks": False, "tickCount": 5, "minExtent": 34},
    "legend": {
        **_TEXT,
        "orient": "top",
        "title": None,
        "symbolStrokeWidth": 2.5,
        "columnPadding": 18,
        "labelLimit": 260,
    },
    "text": {"color": INK, "fontSize": 12},
}


def palettes() -> tuple[dict[str, str], dict[str, str]]:
    """The colours that the CSS variables of a page stand for: by light, and by dark.

    Examples
    --------
    >>> light, dark = palettes()
    >>> light["paper"], dark["paper"], light.keys() == dark.keys()
    ('#ffffff', '#14181d', True)
    """
    style = files("tenure.render.templates").joinpath("style.css").read_text(encoding="utf-8")
    light, dark = (dict(_COLOUR.findall(block)) for block in _ROOT.findall(style)[:2])
    return light, dark
