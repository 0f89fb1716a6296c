"""payday loans → the rows of their payments: instalments, those missed, and plans of the collectors."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenure.errors import SimulationError
from tenure.simulate.arrays import Flags, Floats, Integers
from tenure.simulate.payday_loans import Customers, Funded
from tenure.simulate.payday_words import FREQUENCIES, RETURN_CODES, RETURN_SHARES
from tenure.simulate.streams import stream

CHECKED: Final = "Checked"
REJECTED: Final = "Rejected"
CANCELLED: Final = "Cancelled"
PENDING: Final = "Pending"
_PLAN_SHARE: Final = 0.4
"""Of bad loans, those that a plan was agreed for."""

Words = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Payments:
    """One element a row, by loan and day."""

    loan: Integers
    """Index into the funded loans."""
    number: Integers
    """Of the instalment, from 1."""
    is_collection: Flags
    day: Floats
    """Whole days since the lender's first."""
    principal: Floats
    fees: Floats
    status: Words
    code: Words
    """Of the bank that returned it; empty where none did."""


def draw_payments(
    loans: Funded, customers: Customers, *, n_payments: int, n_days: int, seed: int
) -> Payments:
    """All rows of all loans as they stand on the last day: exactly `n_payments`.

    What is left over the instalments and the plans are rows of instalments that were planned anew: cancelled.

    Raises
    ------
    SimulationError
        If instalments and plans alone are more.
    """
    rng = stream(seed, "payday payments")
    parts = [_instalments(loans, customers, rng), _plans(loans, rng)]
    n_left = n_payments - sum(part.loan.size for part in parts)
    if n_left < 0:
        raise SimulationError(
            f"`n_payments` is {n_payments:,}; the loans alone have {n_payments - n_left:,}",
            problems=(f"`n_payments` must be at least {n_payments - n_left:,}",),
        )
    again = rng.integers(parts[0].loan.size, size=n_left)
    planned = _take(parts[0], again)
    void = _words(CANCELLED, n_left), _words("", n_left)
    parts.append(
        Payments(
            planned.loan, planned.number, planned.is_collection, planned.day + 1, planned.principal,
            planned.fees, *void,
        )
    )  # fmt: skip
    rows = _as_of(_join(parts), n_days)
    return _take(rows, np.lexsort((rows.day, rows.loan)))


def _instalments(loans: Funded, customers: Customers, rng: np.random.Generator) -> Payments:
    """Bad loans miss one, most of them the next one, too; good ones end with the last one paid."""
    loan, number = _expand(loans.n_instalments)
    last, is_bad = loans.last_instalment[loan], loans.is_bad[loan]
    days = np.array([each.days for each in FREQUENCIES])[customers.frequency[loans.customer[loan]]]
    twice = (rng.random(loans.customer.size) < 0.6)[loan]
    missed = is_bad & ((number == last) | ((number == last + 1) & twice))
    paid = np.where(is_bad, number < last, number <= last)
    slipped = paid & (number < last) & (rng.random(loan.size) < 0.03)
    status = np.where(paid & ~slipped, CHECKED, np.where(missed | slipped, REJECTED, CANCELLED))
    principal, fees = _amortise(loans.amount[loan], loans.rate[loan], days, loans.n_instalments[loan], number)
    day: Floats = np.floor(loans.first_due[loan]) + (number - 1) * days
    return Payments(
        loan, number, np.zeros(loan.size, bool), day, principal, fees, status, _codes(status, rng)
    )


def _plans(loans: Funded, rng: np.random.Generator) -> Payments:
    """A plan with the collectors: a few equal amounts, every second week, about half of them paid."""
    agreed = np.flatnonzero(loans.is_bad & (rng.random(loans.customer.size) < _PLAN_SHARE))
    place, number = _expand(1 + rng.poisson(3, size=agreed.size))
    loan = agreed[place]
    share = rng.uniform(0.05, 0.2, size=agreed.size)[place]
    status = rng.choice([CHECKED, REJECTED, CANCELLED], size=loan.size, p=[0.5, 0.2, 0.3])
    day: Floats = np.floor(loans.settled[loan]) + 10 + 14 * number
    principal = np.round(loans.amount[loan] * share, 2)
    collected = np.ones(loan.size, bool)
    fees = np.zeros(loan.size)
    return Payments(loan, number, collected, day, principal, fees, status, _codes(status, rng))


def _amortise(
    amount: Floats, rate: Floats, days: Integers, n: Integers, number: Integers
) -> tuple[Floats, Floats]:
    """Principal and fees of each instalment of an annuity."""
    per_period = rate / 100 * days / 365
    instalment = amount * per_period / (1 - (1 + per_period) ** -n)
    principal = (instalment - amount * per_period) * (1 + per_period) ** (number - 1)
    return np.round(principal, 2), np.round(instalment - principal, 2)


def _codes(status: Words, rng: np.random.Generator) -> Words:
    codes = rng.choice(RETURN_CODES, size=status.size, p=RETURN_SHARES)
    return np.where(status == REJECTED, codes, "")


def _as_of(rows: Payments, n_days: int) -> Payments:
    """What lies after the last day has not happened yet."""
    ahead = (rows.day >= n_days) & (rows.status != CANCELLED)
    status = np.where(ahead, PENDING, rows.status)
    code = np.where(ahead, "", rows.code)
    return Payments(
        rows.loan, rows.number, rows.is_collection, rows.day, rows.principal, rows.fees, status, code
    )


def _expand(counts: Integers) -> tuple[Integers, Integers]:
    """Place and number, from 1, of as many rows as each place has."""
    place = np.repeat(np.arange(counts.size), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return place, np.arange(place.size) - first + 1


def _words(word: str, n: int) -> Words:
    return np.full(n, word, dtype="U9")


def _take(rows: Payments, places: Integers) -> Payments:
    return Payments(*(getattr(rows, each.name)[places] for each in fields(Payments)))


def _join(parts: list[Payments]) -> Payments:
    return Payments(
        *(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Payments))
    )
