"""Months as numbers: the one clock of the simulated lender, `datetime64[M]` arrays."""

from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Months = NDArray[np.datetime64]


def month_of(day: date) -> np.datetime64:
    """Return the month a day lies in.

    Examples
    --------
    >>> month_of(date(2024, 2, 29))
    np.datetime64('2024-02')
    """
    return np.datetime64(day, "M")


def month_range(first: date, n_months: int) -> Months:
    """Return `n_months` consecutive months from the one `first` lies in.

    Examples
    --------
    >>> month_range(date(2023, 11, 1), 3).tolist()
    [datetime.date(2023, 11, 1), datetime.date(2023, 12, 1), datetime.date(2024, 1, 1)]
    """
    return month_of(first) + np.arange(n_months)


def add_months(day: date, n_months: int) -> date:
    """Return the first day of the month `n_months` after (or before) the one `day` lies in.

    Examples
    --------
    >>> add_months(date(2023, 11, 1), 3)
    datetime.date(2024, 2, 1)
    """
    moved: date = (month_of(day) + np.timedelta64(n_months, "M")).astype(date)
    return moved


def first_days(months: Months) -> pa.Array:
    """Return the first day of each month, as an Arrow `date32` array."""
    return pa.array(months.astype("datetime64[D]"), pa.date32())
