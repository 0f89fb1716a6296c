"""applicants, figures → the log-odds that a loan goes bad: the truth that a model is after.

A logistic score with what lenders know to matter, four interactions that no straight line can follow, what
only the clicks give away, and a part that nothing gives away. Figures enter through fixed centres and scales,
never through those of the sample, so that a shift of the figures is a shift of the risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from tenure.simulate.applicants import Applicants, bears_category
from tenure.simulate.arrays import Flags, Floats
from tenure.simulate.events import Event, NewCategory
from tenure.simulate.figures import Figures
from tenure.simulate.lender import Lender

INTERCEPT: Final = -1.55
"""Gives a default rate of about 24 % in calm times."""

WEIGHTS: Final = {
    "debt_to_income": 0.65,
    "utilisation": 0.3,
    "delay": 0.65,
    "history": -0.4,
    "bad_mix": 0.5,
    "good_mix": -0.5,
    "inquiries": 0.2,
    "click_level": 1.2,
    "click_trend": 1.0,
    "debt_and_utilisation": 0.4,
    "young_with_loans": 1.2,
    "late_and_trending": 0.6,
    "thin_and_searching": 1.2,
    "advance": 0.4,
    "luck": 0.3,
}
"""Log-odds for one standard deviation, or for being so."""


def standardised_debt(figures: Figures) -> Floats:
    """Logarithm of debt over income, about standard normal in calm times."""
    ratio: Floats = np.log(figures["Outstanding_Debt"] / figures["Annual_Income"])
    return (ratio + 3.5) / 0.95


def risk_terms(applicants: Applicants, figures: Figures) -> dict[str, Floats]:
    """Each term of the score before its weight, one element a customer."""
    debt = standardised_debt(figures)
    utilisation = (figures["Credit_Utilization_Ratio"] - 32.3) / 4.7
    delay = (figures["Delay_from_due_date"] - 19) / 11
    thin = figures["Credit_History_Months"] < 120
    return {
        "debt_to_income": debt,
        "utilisation": utilisation,
        "delay": delay,
        "history": (figures["Credit_History_Months"] - 210) / 85,
        "bad_mix": _flag(figures["Credit_Mix"] == 0),
        "good_mix": _flag(figures["Credit_Mix"] == 2),
        "inquiries": (figures["Num_Credit_Inquiries"] - 6) / 3.2,
        "click_level": applicants.click_level,
        "click_trend": applicants.click_trend,
        "debt_and_utilisation": debt * utilisation,
        "young_with_loans": _flag((applicants.age < 27) & (figures["Num_of_Loan"] >= 5)),
        "late_and_trending": delay * np.maximum(applicants.click_trend, 0),
        "thin_and_searching": _flag(thin & (figures["Num_Credit_Inquiries"] >= 8)),
        "advance": _flag(applicants.product == 1),
        "luck": applicants.luck,
    }


def score_risk(
    applicants: Applicants, figures: Figures, *, lender: Lender, events: Sequence[Event]
) -> Floats:
    """The log-odds of default of each customer in calm times, planted categories included."""
    log_odds = np.full(applicants.start.size, INTERCEPT)
    for name, term in risk_terms(applicants, figures).items():
        log_odds += WEIGHTS[name] * term
    for event in events:
        if isinstance(event, NewCategory):
            log_odds += event.log_odds * bears_category(lender, event, applicants.start)
    return log_odds


def _flag(condition: Flags) -> Floats:
    return condition.astype(np.float64)
