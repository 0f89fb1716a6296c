"""payday lender → its loans: customers with hidden traits, who come back, and how each loan ends."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from tenure.simulate.arrays import Flags, Floats, Integers
from tenure.simulate.payday_words import (
    ALL_LEADS,
    AMOUNT_SHARES,
    AMOUNTS,
    FREQUENCIES,
    LEADS,
    RATE_SHARES,
    RATES,
    RETURNING,
    STATES,
)
from tenure.simulate.streams import stream

_FIRST_LOAN_SHARE: Final = 0.0565
"""First loans paid out, for each application of any kind."""
_COMES_BACK_SHARE: Final = 0.55
"""Of those who paid off, the share that asks for another loan."""
_BASE: Final = 0.7
_MAX_ROUNDS: Final = 12
SENT_TO_COLLECTION_DAYS: Final = 35
"""After the instalment that was missed first."""


@dataclass(frozen=True, slots=True)
class Customers:
    """One element a customer; the traits are standard normal and independent."""

    risk: Floats
    """What shows in every loan of a customer, and in the score of a report."""
    hunger: Floats
    """For credit: what the inquiries count."""
    mismatch: Floats
    """Of name, address and telephone."""
    state: Integers
    frequency: Integers


@dataclass(frozen=True, slots=True)
class Funded:
    """One element a loan that was paid out, in the order in which they were asked for."""

    customer: Integers
    applied: Floats
    """Days since the lender's first."""
    n_before: Integers
    """Loans of the customer that were paid off before."""
    lead: Integers
    """Index into `ALL_LEADS`."""
    rate: Floats
    """Yearly, in percent."""
    amount: Floats
    log_odds: Floats
    """Of going bad, from what can be known when the loan is asked for."""
    is_bad: Flags
    first_due: Floats
    """Days since the lender's first."""
    n_instalments: Integers
    last_instalment: Integers
    """From 1: the first that was missed of a bad loan, the last that was paid of a good one."""
    settled: Floats
    """The day at which its outcome was known, in days since the lender's first."""


def draw_customers(n: int, *, seed: int) -> Customers:
    """The customers that may ever apply."""
    rng = stream(seed, "payday customers")
    risk, hunger, mismatch = rng.standard_normal((3, n))
    weights = 1.0 / np.arange(2, len(STATES) + 2)
    shares = [each.share for each in FREQUENCIES]
    return Customers(
        risk=risk,
        hunger=hunger,
        mismatch=mismatch,
        state=rng.choice(len(STATES), size=n, p=weights / weights.sum()),
        frequency=rng.choice(len(FREQUENCIES), size=n, p=np.array(shares) / sum(shares)),
    )


def draw_funded(customers: Customers, *, n_loans: int, n_days: int, seed: int) -> Funded:
    """The loans that are paid out: a first one each, and others after those that were paid off."""
    rng = stream(seed, "payday funded")
    n_first = round(_FIRST_LOAN_SHARE * n_loans)
    customer = rng.permutation(customers.risk.size)[:n_first]
    applied = n_days * rng.beta(1.35, 1.0, size=n_first)
    rounds = []
    for n_before in range(_MAX_ROUNDS):
        loans = _draw_round(customers, customer, applied, n_before, rng)
        rounds.append(loans)
        again = ~loans.is_bad & (rng.random(customer.size) < _COMES_BACK_SHARE)
        applied = loans.settled + 2 + rng.exponential(25, size=customer.size)
        again &= applied < n_days
        customer, applied = customer[again], applied[again]
        if not customer.size:
            break
    return _in_order(rounds)


def _draw_round(
    customers: Customers, customer: Integers, applied: Floats, n_before: int, rng: np.random.Generator
) -> Funded:
    n = customer.size
    lead = rng.choice(len(LEADS), size=n, p=_lead_shares())
    if n_before:
        lead = np.where(rng.random(n) < 0.7, ALL_LEADS.index(RETURNING), lead)
    rate = rng.choice(RATES, size=n, p=RATE_SHARES)
    amount = rng.choice(AMOUNTS, size=n, p=AMOUNT_SHARES)
    log_odds = _score(customers, customer, lead, rate, n_before)
    is_bad = rng.random(n) < 1 / (1 + np.exp(-log_odds))
    days = np.array([each.days for each in FREQUENCIES])[customers.frequency[customer]]
    n_instalments = np.array([each.n_instalments for each in FREQUENCIES])[customers.frequency[customer]]
    missed = np.minimum(rng.geometric(0.25, size=n), n_instalments)
    early = np.where(rng.random(n) < 0.35, rng.integers(1, n_instalments + 1), n_instalments)
    last = np.where(is_bad, missed, early)
    first_due = applied + 8 + rng.integers(10, size=n)
    settled = first_due + (last - 1) * days + np.where(is_bad, SENT_TO_COLLECTION_DAYS, 3)
    before = np.full(n, n_before)
    return Funded(
        customer,
        applied,
        before,
        lead,
        rate,
        amount,
        log_odds,
        is_bad,
        first_due,
        n_instalments,
        last,
        settled,
    )


def _score(customers: Customers, customer: Integers, lead: Integers, rate: Floats, n_before: int) -> Floats:
    """Log-odds of going bad. Levels of states and rates are the same whatever the seed."""
    of_state = 0.4 * stream(0, "payday states").standard_normal(len(STATES))
    score: Floats = (
        _BASE
        + 1.4 * customers.risk[customer]
        + 0.9 * customers.hunger[customer]
        + 0.85 * customers.mismatch[customer]
        + of_state[customers.state[customer]]
        + np.array([each.log_odds for each in FREQUENCIES])[customers.frequency[customer]]
        + np.array([each.log_odds for each in ALL_LEADS])[lead]
        + 0.002 * (rate - 450)
        - 0.15 * min(n_before, 3)
    )
    return score


def _lead_shares() -> Floats:
    shares = np.array([each.share for each in LEADS])
    normed: Floats = shares / shares.sum()
    return normed


def _in_order(rounds: list[Funded]) -> Funded:
    together = {each.name: np.concatenate([getattr(r, each.name) for r in rounds]) for each in fields(Funded)}
    order = np.argsort(together["applied"], kind="stable")
    return Funded(**{name: values[order] for name, values in together.items()})
