"""What the lender is: its size, its calendar, its dirt. One frozen value decides every row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from tenure.simulate.months import Months, month_range

N_INSTALMENTS: Final = 10
MAX_DIRT_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Lender:
    """A lender of cash loans: one loan a customer, ten instalments, all on the first of a month."""

    n_months: int = 30
    """Months in which loans start."""
    n_customers_per_month: int = 300
    """Loans that start in each of them."""
    first_month: date = date(2022, 7, 1)
    """First day of the month of the first loans."""
    n_follow_up_months: int = N_INSTALMENTS
    """Months of ledger and clicks after the month of the last loans: 10 completes every loan, 0 is what lies
    in the files on the day on which the last loans start."""
    n_click_features: int = 8
    """Columns ``fe_1`` .. ``fe_n`` of the clickstream."""
    n_click_months_before: int = 6
    """Months of clicks before the month of a customer's loan."""
    n_click_months_after: int = 6
    """Months of clicks after it, at most 10."""
    dirt_share: float = 0.02
    """In [0, 0.05]: the share of a column's cells that one kind of dirt of weight 1 spoils."""
    duplicate_share: float = 0.0
    """In [0, 1]: the share of rows of attributes and financials that are sent twice, letter for letter."""
    has_received_date: bool = False
    """Whether each row carries ``received_date``: the month of the file that it came in."""
    seed: int = 0
    """Not negative. Decides every draw."""

    @property
    def n_customers(self) -> int:
        """Customers in all."""
        return self.n_months * self.n_customers_per_month

    @property
    def start_months(self) -> Months:
        """Months in which loans start."""
        return month_range(self.first_month, self.n_months)

    @property
    def n_observed_months(self) -> int:
        """Months from the first loans to the last rows of ledger and clicks."""
        return self.n_months + self.n_follow_up_months


def lender_problems(lender: Lender) -> tuple[str, ...]:
    """What is wrong with a lender, in words; empty when nothing is.

    Examples
    --------
    >>> lender_problems(Lender())
    ()
    >>> lender_problems(Lender(n_months=0, dirt_share=0.5))
    ('`n_months` is 0; it must be at least 1', '`dirt_share` is 0.5; it must lie in [0, 0.05]')
    """
    lows = {"n_months": 1, "n_customers_per_month": 1, "n_click_features": 1}
    lows |= dict.fromkeys(("n_follow_up_months", "n_click_months_before", "seed"), 0)
    problems = [
        f"`{name}` is {getattr(lender, name)}; it must be at least {low}"
        for name, low in lows.items()
        if getattr(lender, name) < low
    ]
    highs = {"n_click_months_after": N_INSTALMENTS, "dirt_share": MAX_DIRT_SHARE, "duplicate_share": 1}
    problems += [
        f"`{name}` is {getattr(lender, name)}; it must lie in [0, {high}]"
        for name, high in highs.items()
        if not 0 <= getattr(lender, name) <= high
    ]
    if lender.first_month.day != 1:
        problems.append(f"`first_month` is {lender.first_month}; it must be the first day of a month")
    return tuple(problems)
