"""log-odds of default → how each loan is paid, instalment by instalment, and which of them default.

A customer who is up to date misses an instalment with a chance that follows from the log-odds; one who is
behind pays everything at once with a chance that falls the longer it lasts, or nothing, or half of what fell
due. The label is the one that a risk department reads off the ledger::

    instalments missed = ceil(overdue / due)
    first missed date  = snapshot - that many months
    days past due      = snapshot - first missed date
    default            = 30 or more days past due at month 6

So one missed instalment is 30 or 31 days, but only 28 or 29 on the first of March: of loans that start in
September those that have missed the sixth instalment alone are no defaults. That is the rule's doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tenure.simulate.applicants import recession_size
from tenure.simulate.arrays import Flags, Floats, Integers
from tenure.simulate.events import Event
from tenure.simulate.lender import N_INSTALMENTS
from tenure.simulate.months import Months
from tenure.simulate.streams import stream

LABEL_INSTALMENT: Final = 6
DAYS_TO_DEFAULT: Final = 30

LOAN_AMOUNTS: Final = (4_000.0, 6_000.0, 8_000.0, 10_000.0, 15_000.0)
_AMOUNT_SHARES: Final = (0.15, 0.2, 0.25, 0.3, 0.1)

_FIRST_MISS: Final = (0.12, 0.28, 0.26, 0.17, 0.11, 0.06, 0.04, 0.03, 0.02, 0.02)
"""How the chance of going bad spreads over the instalments: it adds up to 1 at the sixth."""
_CURE: Final = (0.30, 0.12, 0.04)
"""Chance of paying everything after one, two, and three or more missed instalments."""
_HALF: Final = 0.08
"""Chance that a payment that is not made in full is made by half."""
_RECESSION_LOG_ODDS: Final = 0.35
_RECESSION_DEBT_LOG_ODDS: Final = 0.6


@dataclass(frozen=True, slots=True)
class Repayment:
    """How the loans were paid. Matrices have a row a loan and a column an instalment, 0 .. 10."""

    amount: Floats
    paid: Floats
    overdue: Floats

    @property
    def due(self) -> Floats:
        """What falls due with each instalment from the first on, one element a loan."""
        return self.amount / N_INSTALMENTS

    @property
    def missed(self) -> Integers:
        """Instalments missed at each instalment: the overdue amount over what falls due, rounded up."""
        return np.ceil(self.overdue / self.due[:, None]).astype(np.int64)


def draw_repayment(
    log_odds: Floats, debt: Floats, start: Months, *, events: Sequence[Event], seed: int
) -> Repayment:
    """How loans with these log-odds are paid; recessions bear on the months in which instalments fall due.

    Parameters
    ----------
    log_odds, debt, start
        One element a loan: the log-odds in calm times, standardised debt over income, the month it starts.
    """
    n = log_odds.size
    rng = stream(seed, "repayment")
    amount = rng.choice(LOAN_AMOUNTS, size=n, p=_AMOUNT_SHARES)
    paid, overdue = np.zeros((n, N_INSTALMENTS + 1)), np.zeros((n, N_INSTALMENTS + 1))
    due = amount / N_INSTALMENTS
    for number in range(1, N_INSTALMENTS + 1):
        downturn = recession_size(events, start + number)
        strained = log_odds + downturn * (
            _RECESSION_LOG_ODDS + _RECESSION_DEBT_LOG_ODDS * np.maximum(debt, 0)
        )
        behind = np.ceil(overdue[:, number - 1] / due).astype(np.int64)
        pays_all, pays_half = _decide(strained, behind, number, rng.random((2, n)))
        owed = overdue[:, number - 1] + due
        paid[:, number] = np.where(pays_all, owed, np.where(pays_half, due / 2, 0))
        overdue[:, number] = owed - paid[:, number]
    return Repayment(amount=amount, paid=paid, overdue=overdue)


def is_default(repayment: Repayment, start: Months) -> Flags:
    """The label of each loan, by the rule at the head of this module."""
    snapshot = start + LABEL_INSTALMENT
    first_missed = snapshot - repayment.missed[:, LABEL_INSTALMENT].astype("timedelta64[M]")
    past_due = snapshot.astype("datetime64[D]") - first_missed.astype("datetime64[D]")
    label: Flags = past_due >= np.timedelta64(DAYS_TO_DEFAULT, "D")
    return label


def miss_chance(log_odds: Floats, number: int) -> Floats:
    """Chance that one who is up to date misses this instalment.

    The chance of going bad within six months is that of the log-odds, spread over the instalments so that
    ``prod(1 - chance_k for k in 1..6) = 1 - 1 / (1 + exp(-log_odds))``.
    """
    survival = -np.logaddexp(0, log_odds)
    chance: Floats = -np.expm1(survival * _FIRST_MISS[number - 1])
    return chance


def _decide(log_odds: Floats, behind: Integers, number: int, draws: Floats) -> tuple[Flags, Flags]:
    cure = np.asarray(_CURE)[np.clip(behind, 1, len(_CURE)) - 1]
    chance = np.where(behind == 0, 1 - miss_chance(log_odds, number), cure)
    return draws[0] < chance, draws[1] < _HALF
