"""Chart specifications → SVG that stands in a page: drawn offline, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tenure.bundle.tradeoff import Tradeoff
from tenure.domain.report import Report
from tenure.render.history import History

EXTRA = ("altair", "vl_convert")
"""What the extra ``report`` installs."""
_UNSEEN = re.compile(r'<text\b[^>]*\bopacity="0"[^>]*>.*?</text>', re.DOTALL)
"""Labels that the renderer left out because they would overlap."""
_NOISE = re.compile(r' (?:xmlns(?::\w+)?|version|role|aria-\w+|pointer-events|stroke-miterlimit)="[^"]*"')
_ROOT = re.compile(r'^<svg [^>]*?(viewBox="[^"]*")[^>]*>')
"""Its size is the page's to decide: of the outermost tag only the view box stays."""
_TAG = re.compile(r"<[^>]+>")
_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^>]*/>')
_IDS = re.compile(r'(\bid="|url\(#|href="#)([\w-]+)')


def draw_charts(report: Report, history: History) -> Mapping[str, str] | None:
    """The SVG of every chart that has something to show, by name; None without the extra ``report``."""
    return _drawn(lambda charts: charts.specifications(report, history))


def draw_tradeoff(tradeoff: Tradeoff, threshold: float | None) -> str | None:
    """The SVG of what every threshold does; None without the extra ``report``."""
    drawn = _drawn(lambda charts: {"tradeoff": charts.tradeoff_specification(tradeoff, threshold)})
    return None if drawn is None else drawn["tradeoff"]


def _drawn(specify: Callable[[Any], Mapping[str, dict[str, Any]]]) -> Mapping[str, str] | None:
    """The SVG of each chart that `specify` makes of the module of charts; None without the extra."""
    try:
        import vl_convert  # noqa: PLC0415 - an extra, and slow to load

        from tenure.render import charts  # noqa: PLC0415 - imports the other half of the extra
    except ModuleNotFoundError as error:
        if error.name in EXTRA:
            return None
        raise
    return {
        name: embeddable(vl_convert.vegalite_to_svg(specification), name)
        for name, specification in specify(charts).items()
    }


def embeddable(svg: str, name: str) -> str:
    """The SVG without what a page does not need, with ids that no other chart of the page has."""

    def tidy(tag: re.Match[str]) -> str:
        return _IDS.sub(rf"\g<1>{name}-\g<2>", _NOISE.sub("", tag[0]))

    seen = _EMPTY.sub("", _UNSEEN.sub("", svg))
    return _ROOT.sub(r"<svg \1>", _TAG.sub(tidy, seen))
