"""Counts → small charts as inline SVG, drawn without a plotting library: a page has one for each column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from tenure.drafting.wording import as_value

if TYPE_CHECKING:
    from tenure.exploration.summary import Bar, PeriodCount, PeriodStrength

_SPARK = (108, 22)
_CHART = (1000, 90)
_LONGEST = 60


def cut(text: str, longest: int = _LONGEST) -> str:
    """A name or value on one line, cut off, without characters that cannot be printed."""
    return as_value(str(text), longest=longest)


def with_code(text: str) -> Markup:
    """A sentence with what stands between backticks as code; everything is escaped.

    Examples
    --------
    >>> with_code("`<Age>` is null")
    Markup('<code>&lt;Age&gt;</code> is null')
    """
    parts = (
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(text.split("`"))
    )
    return Markup("").join(parts)


def spark(bars: Sequence[Bar]) -> Markup:
    """A small chart of a distribution; empty where there is none."""
    return _bars([bar.n for bar in bars], [f"{cut(bar.label)}: {bar.n:,}" for bar in bars], "spark", _SPARK)


def periods_chart(periods: Sequence[PeriodCount]) -> Markup:
    """Rows over time as bars."""
    return _bars([p.n for p in periods], [f"{p.period}: {p.n:,}" for p in periods], "wide-chart", _CHART)


def strength_line(periods: Sequence[PeriodStrength]) -> Markup:
    """How a strength moved over the periods, from its least to its greatest value, as a line."""
    values = [each.value for each in periods if each.value is not None]
    if len(values) < 2:
        return Markup("")
    width, height = _SPARK
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    points = " L".join(
        f"{width * place / (len(values) - 1):.1f} {height - 2 - (height - 4) * (value - low) / spread:.1f}"
        for place, value in enumerate(values)
    )
    told = f"{low:.3f} to {high:.3f}"
    line = Markup('<path d="M{}"/>').format(points)
    return _svg("spark", _SPARK, told, line)


def _bars(heights: Sequence[int], labels: Sequence[str], name: str, size: tuple[int, int]) -> Markup:
    if not heights or not max(heights):
        return Markup("")
    width, height = size
    step = width / len(heights)
    drawn = Markup("").join(
        Markup('<rect x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
            f"{place * step:.1f}",
            f"{height - _tall(n, heights, height):.1f}",
            f"{max(step - 1, 0.5):.1f}",
            f"{_tall(n, heights, height):.1f}",
            label,
        )
        for place, (n, label) in enumerate(zip(heights, labels, strict=True))
    )
    return _svg(name, size, f"{len(heights)} bars", drawn)


def _tall(n: int, heights: Sequence[int], height: int) -> float:
    """How tall a bar is: a pixel at least where there is any row."""
    return max(height * n / max(heights), 1.0) if n else 0.0


def _svg(name: str, size: tuple[int, int], told: str, inside: Markup) -> Markup:
    box = f"0 0 {size[0]} {size[1]}"
    return Markup(
        '<svg class="{}" viewBox="{}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(name, box, told, inside)
