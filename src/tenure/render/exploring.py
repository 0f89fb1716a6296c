"""Counts → small charts as inline SVG, drawn without a plotting library: a page has one for each column."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from tenure.drafting.wording import as_value

if TYPE_CHECKING:
    from tenure.exploration.summary import Bar, PeriodCount, PeriodStrength

_SPARK = (108, 22)
_CHART = (1000, 90)
_LONGEST = 60


def cut(text: str, longest: int = _LONGEST) -> str:
    """A name or value on one line, cut off, without characters that cannot be printed."""
    return as_value(str(text), longest=longest)


def with_code(text: str) -> str:
    """A sentence as HTML, with what stands between backticks as code; everything else is escaped.

    Examples
    --------
    >>> with_code("`<Age>` is null")
    '<code>&lt;Age&gt;</code> is null'
    """
    parts = enumerate(escape(part) for part in text.split("`"))
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in parts)


def spark(bars: Sequence[Bar]) -> str:
    """A small chart of a distribution as SVG; empty where there is none."""
    return _bars([bar.n for bar in bars], [f"{cut(bar.label)}: {bar.n:,}" for bar in bars], "spark", _SPARK)


def periods_chart(periods: Sequence[PeriodCount]) -> str:
    """Rows over time as bars."""
    return _bars([p.n for p in periods], [f"{p.period}: {p.n:,}" for p in periods], "wide-chart", _CHART)


def strength_line(periods: Sequence[PeriodStrength]) -> str:
    """How a strength moved over the periods, from its least to its greatest value, as a line."""
    values = [each.value for each in periods if each.value is not None]
    if len(values) < 2:
        return ""
    width, height = _SPARK
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    points = " L".join(
        f"{width * place / (len(values) - 1):.1f} {height - 2 - (height - 4) * (value - low) / spread:.1f}"
        for place, value in enumerate(values)
    )
    return _svg("spark", _SPARK, f"{low:.3f} to {high:.3f}", f'<path d="M{points}"/>')


def _bars(heights: Sequence[int], labels: Sequence[str], name: str, size: tuple[int, int]) -> str:
    if not heights or not max(heights):
        return ""
    step = size[0] / len(heights)
    drawn = (
        _bar(place * step, max(step - 1, 0.5), _tall(n, heights, size[1]), size[1], label)
        for place, (n, label) in enumerate(zip(heights, labels, strict=True))
    )
    return _svg(name, size, f"{len(heights)} bars", "".join(drawn))


def _bar(left: float, width: float, tall: float, height: int, label: str) -> str:
    place = f'x="{left:.1f}" y="{height - tall:.1f}" width="{width:.1f}" height="{tall:.1f}"'
    return f"<rect {place}><title>{escape(label)}</title></rect>"


def _tall(n: int, heights: Sequence[int], height: int) -> float:
    """How tall a bar is: a pixel at least where there is any row."""
    return max(height * n / max(heights), 1.0) if n else 0.0


def _svg(name: str, size: tuple[int, int], told: str, inside: str) -> str:
    """The drawing; `inside` is SVG already."""
    box = f'viewBox="0 0 {size[0]} {size[1]}" preserveAspectRatio="none"'
    return f'<svg class="{name}" {box} role="img" aria-label="{told}">{inside}</svg>'
