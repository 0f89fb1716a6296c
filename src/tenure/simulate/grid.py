"""Which customer has a row in which month: the rows of monthly sources, in the order of the calendar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tenure.simulate.arrays import Integers
from tenure.simulate.lender import Lender
from tenure.simulate.months import Months


@dataclass(frozen=True, slots=True)
class Grid:
    """One element a row, by month and within a month by customer."""

    customer: Integers
    """Index of the customer."""
    on_book: Integers
    """Months since the loan started; negative before."""
    month: Months


def monthly_rows(lender: Lender, *, first: int, last: int) -> Grid:
    """The rows of a source with one row a customer and month, from `first` to `last` months on book.

    Months after the last observed one have no rows.

    Examples
    --------
    >>> lender = Lender(n_months=2, n_customers_per_month=1, n_follow_up_months=1)
    >>> grid = monthly_rows(lender, first=-1, last=2)
    >>> grid.customer.tolist(), grid.on_book.tolist()
    ([0, 0, 1, 0, 1, 0, 1], [-1, 0, -1, 1, 0, 2, 1])
    """
    axes = np.meshgrid(np.arange(lender.n_months), np.arange(first, last + 1), indexing="ij")
    cohort, on_book = (axis.ravel() for axis in axes)
    calendar = cohort + on_book
    order = np.lexsort((cohort, calendar))
    order = order[calendar[order] < lender.n_observed_months]
    size = lender.n_customers_per_month
    customer = (cohort[order, None] * size + np.arange(size)).ravel()
    month = lender.start_months[0] + np.repeat(calendar[order], size)
    return Grid(customer=customer, on_book=np.repeat(on_book[order], size), month=month)
