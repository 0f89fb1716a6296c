"""How every chart looks: colours are the page's CSS variables, so that one drawing serves light and dark."""

from __future__ import annotations

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
