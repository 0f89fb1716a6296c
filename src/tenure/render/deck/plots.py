"""Charts of a report and of a deck → plots of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from tenure.render import charts
from tenure.render.deck.asking import Answer
from tenure.render.deck.facts import LEAST_PERIODS, Facts
from tenure.render.deck.model import Absence, Figure, Plot
from tenure.render.history import History
from tenure.render.theme import CONFIG

MAX_DRIFTED = 12
"""Features of the heat map of a page."""


def plot(
    name: str,
    caption: str,
    told: str,
    chart: Any,
    sources: Sequence[Answer],
    *,
    why_not: str,
    weight: float = 1.0,
) -> Figure:
    """A chart as a figure; where there is none, why."""
    if chart is None:
        return Absence(caption, why_not)
    specification = chart.to_dict() | {"config": CONFIG}
    return Plot(name, caption, told, specification, tuple(a.query for a in sources), weight)


def recent(history: History) -> History:
    """The history whose charts have room for numbers: the last periods only."""
    return replace(history, periods=history.periods[-LEAST_PERIODS:], drift=_of_recent(history))


def axis(facts: Facts, days: Sequence[date]) -> Any:
    """The axis of periods, as on every other chart."""
    return charts.period_axis([day for day in facts.history.periods if days and day >= min(days)])


def _of_recent(history: History) -> Any:
    kept = set(history.periods[-LEAST_PERIODS:])
    points = [point for point in history.drift if point.as_of in kept]
    names = charts.most_drifted(points, MAX_DRIFTED)
    return tuple(point for point in points if point.feature in names)
