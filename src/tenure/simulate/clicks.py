"""applicants, repayment → the clickstream: weak signals in loud noise, month after month.

One month says little; the mean of the months before the loan says much; and the months after it say who
stopped paying. So windows are worth building, and a mean over all months looks into the future.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from tenure.simulate.applicants import Applicants
from tenure.simulate.arrays import Floats
from tenure.simulate.grid import Grid
from tenure.simulate.lender import Lender
from tenure.simulate.repayment import Repayment
from tenure.simulate.shape import click_columns
from tenure.simulate.streams import stream

CENTRE: Final = 100.0
NOISE: Final = 90.0
LEVEL: Final = 45.0
"""Clicks for one standard deviation of the hidden level."""
TREND: Final = 20.0
"""Clicks a month, up to the loan, for one standard deviation of the hidden trend."""
DISTRESS: Final = 45.0
"""Clicks in a month in which the customer is behind with the loan."""


def draw_clicks(
    applicants: Applicants, repayment: Repayment, grid: Grid, *, lender: Lender
) -> dict[str, pa.Array]:
    """The click features of each row of the grid, as 32-bit integers.

    Of each four features two carry the level (one upwards, one downwards), one the trend, one nothing but
    noise; all of them carry distress once the customer is behind.
    """
    rng = stream(lender.seed, "clicks")
    distress = DISTRESS * _is_behind(repayment, grid)
    level = LEVEL * applicants.click_level[grid.customer]
    trend = TREND * applicants.click_trend[grid.customer] * (np.minimum(grid.on_book, 0) + 3)
    signals = (level + distress, -level - distress, trend + distress, distress)
    return {
        name: _clicks(signals[position % len(signals)], rng)
        for position, name in enumerate(click_columns(lender))
    }


def _is_behind(repayment: Repayment, grid: Grid) -> Floats:
    behind: Floats = (repayment.overdue > 0).astype(np.float64)
    return np.where(grid.on_book > 0, behind[grid.customer, np.maximum(grid.on_book, 0)], 0.0)


def _clicks(signal: Floats, rng: np.random.Generator) -> pa.Array:
    noise = rng.standard_normal(signal.size, dtype=np.float32)
    return pa.array(np.rint(CENTRE + signal + NOISE * noise).astype(np.int32))
