"""Who applies: hidden traits, and what can be read off a person. Everything else follows from these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tenure.simulate.arrays import Flags, Floats, Integers
from tenure.simulate.events import Event, NewCategory, Recession, is_active
from tenure.simulate.lender import Lender
from tenure.simulate.months import Months
from tenure.simulate.streams import stream
from tenure.simulate.words import OCCUPATIONS, PRODUCTS

_OCCUPATION_INCOME: Final = np.linspace(-0.35, 0.35, len(OCCUPATIONS))
_PRODUCT_SHARES: Final = (0.5, 0.2, 0.2, 0.1)
_RECESSION: Final = {"affluence": -0.5, "stress": 0.6, "discipline": -0.45}


@dataclass(frozen=True, slots=True)
class Applicants:
    """One element a customer, ordered by the month in which the loan starts.

    Traits are standard normal in calm times and independent of each other.
    """

    start: Months
    affluence: Floats
    stress: Floats
    """Debt and appetite for more of it."""
    discipline: Floats
    """Paying on time."""
    click_level: Floats
    """What the level of the clicks gives away."""
    click_trend: Floats
    """What their trend before the loan gives away."""
    luck: Floats
    """What no column gives away."""
    age: Integers
    occupation: Integers
    """Index into `OCCUPATIONS`."""
    product: Integers
    """Index into `PRODUCTS`."""


def draw_applicants(lender: Lender, events: Sequence[Event]) -> Applicants:
    """The customers of a lender, with the traits that a recession gives to those who start in it."""
    start = np.repeat(lender.start_months, lender.n_customers_per_month)
    n = start.size
    rng = stream(lender.seed, "applicants")
    affluence, stress, discipline, level, trend, luck, years = rng.standard_normal((7, n))
    downturn = recession_size(events, start)
    return Applicants(
        start=start,
        affluence=affluence + _RECESSION["affluence"] * downturn,
        stress=stress + _RECESSION["stress"] * downturn,
        discipline=discipline + _RECESSION["discipline"] * downturn,
        click_level=level,
        click_trend=trend,
        luck=luck,
        age=np.clip(np.rint(38 + 11 * years), 18, 75).astype(np.int64),
        occupation=rng.integers(len(OCCUPATIONS), size=n),
        product=rng.choice(len(PRODUCTS), size=n, p=_PRODUCT_SHARES),
    )


def recession_size(events: Sequence[Event], months: Months) -> Floats:
    """For each month, the sizes of the recessions that hold in it, added up; 0 in calm times."""
    size = np.zeros(months.shape)
    for event in events:
        if isinstance(event, Recession):
            size += event.size * is_active(event, months)
    return size


def occupation_income(applicants: Applicants) -> Floats:
    """What the occupation adds to the logarithm of the income: from -0.35 to 0.35."""
    effect: Floats = _OCCUPATION_INCOME[applicants.occupation]
    return effect


def bears_category(lender: Lender, event: NewCategory, start: Months) -> Flags:
    """For each customer, whether a planted category replaces what they would have had."""
    draws = stream(lender.seed, f"category {event.source}.{event.column} {event.category}").random(start.size)
    return is_active(event, start) & (draws < event.share)
