"""Log odds ↔ points: how a scorecard is read on paper.

Siddiqi, "Credit Risk Scorecards", Wiley 2006, chapter 6: ``score = offset + factor · ln(odds)``, the odds
being against the event, so that a safe row has many points.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from tenure.training.algorithms.binning import Binning
from tenure.training.config import ScorecardPolicy

DIGITS = 6
"""Decimals of a point: the model counts with what stands on paper, and nothing finer."""
HEADER = ("feature", "bin", "low", "high", "rows", "events", "event_rate", "woe", "points")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """How log odds become points.

    Examples
    --------
    >>> scale = Scale.of(ScorecardPolicy())  # 600 points at 50 to 1, 20 more where odds double
    >>> round(scale.factor, 4), round(scale.offset, 4)
    (28.8539, 487.1229)
    >>> [round(float(scale.offset + scale.factor * np.log(odds)), 6) for odds in (50, 100, 25)]
    [600.0, 620.0, 580.0]
    """

    factor: float
    offset: float

    @classmethod
    def of(cls, policy: ScorecardPolicy) -> Scale:
        """The scale on which `policy.odds` have `policy.points`."""
        factor = policy.points_to_double / np.log(2)
        return cls(float(factor), float(policy.points - factor * np.log(policy.odds)))

    def points(self, woe: Floats, *, coefficient: float, intercept: float, n: int) -> Floats:
        """The points of a characteristic's bins, one of `n` that share offset and intercept.

        ``(offset − factor · intercept) / n + factor · coefficient · woe``, where
        ``intercept − Σ coefficient · woe`` are the log odds of the event; rounded to `DIGITS`.
        """
        base = (self.offset - self.factor * intercept) / n
        return np.round(base + self.factor * coefficient * woe, DIGITS)

    def log_odds(self, score: Floats) -> Floats:
        """The log odds of the event of rows with that many points."""
        return (self.offset - score) / self.factor

    def probability(self, score: Floats) -> Floats:
        """The probability of the event of rows with that many points.

        Examples
        --------
        >>> Scale.of(ScorecardPolicy()).probability(np.array([600.0])).round(6).tolist()  # 1 / 51
        [0.019608]
        """
        shares: Floats = expit(self.log_odds(score))
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class Characteristic:
    """A column of the scorecard: its bins and the points of each."""

    column: int
    """Of the matrix."""
    name: str
    binning: Binning
    coefficient: float
    points: Floats


def scorecard_csv(characteristics: Iterable[Characteristic]) -> bytes:
    """The scorecard as a table, one row per bin: all it takes to score a row by hand.

    A value is in the bin if ``low ≤ value < high``; an empty field is no limit. Null has a bin of its own.
    """
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(HEADER)
    for each in characteristics:
        writer.writerows(_lines(each))
    return sheet.getvalue().encode()


def _lines(each: Characteristic) -> list[tuple[str | int, ...]]:
    edges = [str(edge).removesuffix(".0") for edge in each.binning.edges]
    limits = list(zip(["", *edges], [*edges, ""], strict=True))
    told = [*(_told(low, high) for low, high in limits), "null"]
    counts = zip(each.binning.rows.tolist(), each.binning.events.tolist(), strict=True)
    return [
        (
            each.name,
            bin_,
            low,
            high,
            rows,
            events,
            f"{events / rows:.6f}" if rows else "",
            f"{woe:.6f}",
            f"{points:.{DIGITS}f}",
        )
        for bin_, (low, high), (rows, events), woe, points in zip(
            told, [*limits, ("", "")], counts, each.binning.woe, each.points, strict=True
        )
    ]


def _told(low: str, high: str) -> str:
    """A bin in words.

    Examples
    --------
    >>> [_told("", "3.5"), _told("3.5", "8.0"), _told("8.0", ""), _told("", "")]
    ['below 3.5', '3.5 to below 8.0', '8.0 and more', 'any value']
    """
    if low and high:
        return f"{low} to below {high}"
    if not low and not high:
        return "any value"
    return f"{low} and more" if low else f"below {high}"
