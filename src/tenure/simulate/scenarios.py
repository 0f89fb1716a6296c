"""Ready-made plans: a lender and what happens to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from tenure.simulate.events import Event, FeedOutage, NewCategory, Recession, RenamedColumn
from tenure.simulate.lender import Lender
from tenure.simulate.months import add_months

FIRST_MONTH: Final = Lender().first_month


@dataclass(frozen=True, slots=True)
class Scenario:
    """A lender and its events: the arguments of `simulate`."""

    lender: Lender
    events: tuple[Event, ...] = ()


def stationary_scenario(
    *,
    n_customers_per_month: int = 300,
    n_months: int = 30,
    first_month: date = FIRST_MONTH,
    seed: int = 0,
) -> Scenario:
    """A lender to whom nothing happens: whoever finds drift here is wrong."""
    return Scenario(
        Lender(
            n_months=n_months, n_customers_per_month=n_customers_per_month, first_month=first_month, seed=seed
        )
    )


def recession_scenario(
    *, n_customers_per_month: int = 300, first_month: date = FIRST_MONTH, seed: int = 7
) -> Scenario:
    """The lender of the demo: 30 months of loans, and four things that lenders live through.

    ==========  ====================================================================================
    months in   what happens
    ==========  ====================================================================================
    12          a new product, ``Buy_Now_Pay_Later``, taken by 15 % from then on
    14, 15      the core system is upgraded: ``Outstanding_Debt`` comes as ``OutstandingDebt``
    17 on       a recession, to the end
    26, 27      the click feed is down: nobody has clicks
    ==========  ====================================================================================

    Loans of the recession have matured labels from month 23 on, so that a model trained on them can prove
    itself before the data ends.
    """
    lender = Lender(
        n_months=30, n_customers_per_month=n_customers_per_month, first_month=first_month, seed=seed
    )
    month = [add_months(first_month, number) for number in range(lender.n_months)]
    events = (
        NewCategory(start=month[12]),
        RenamedColumn(start=month[14], end=month[16]),
        Recession(start=month[17]),
        FeedOutage(start=month[26], end=month[28]),
    )
    return Scenario(lender, events)
