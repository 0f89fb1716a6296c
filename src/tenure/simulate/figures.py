"""applicants → the numbers of an application: noisy views of the hidden traits.

Ranges and medians are of the order of consumer-credit files in teaching use; none is copied from one.
"""

from __future__ import annotations

import numpy as np

from tenure.simulate.applicants import Applicants, occupation_income
from tenure.simulate.arrays import Floats
from tenure.simulate.streams import stream

Figures = dict[str, Floats]
"""Columns of the financials as numbers, whole ones rounded; categories as indices into their words."""


def draw_figures(applicants: Applicants, *, seed: int) -> Figures:
    """The numbers of each application, one element a customer."""
    rng = stream(seed, "figures")
    noise = rng.standard_normal((16, applicants.start.size))
    figures = _income(applicants, noise[0:2]) | _borrowing(applicants, noise[2:8])
    figures |= _conduct(applicants, noise[8:12])
    return figures | _habits(applicants, figures, noise[12:16])


def _whole(values: Floats, low: float, high: float) -> Floats:
    clipped: Floats = np.clip(np.rint(values), low, high)
    return clipped


def _cents(values: Floats, low: float, high: float) -> Floats:
    clipped: Floats = np.clip(values, low, high).round(2)
    return clipped


def _income(people: Applicants, noise: Floats) -> Figures:
    log_income = 10.55 + 0.5 * people.affluence + occupation_income(people) + 0.2 * noise[0]
    income = _cents(np.exp(log_income), 6_000, 250_000)
    salary = _cents(income / 12 * (1 + 0.02 * noise[1]), 300, 25_000)
    return {"Annual_Income": income, "Monthly_Inhand_Salary": salary}


def _borrowing(people: Applicants, noise: Floats) -> Figures:
    stress = people.stress
    return {
        "Num_Bank_Accounts": _whole(5 + 1.2 * stress + 1.3 * noise[0], 0, 11),
        "Num_Credit_Card": _whole(5.4 + 1.1 * stress + 1.4 * noise[1], 0, 11),
        "Num_of_Loan": _whole(3.4 + 1.3 * stress + 1.5 * noise[2], 0, 9),
        "Num_Credit_Inquiries": _whole(6 + 2.2 * stress + 2.4 * noise[3], 0, 17),
        "Outstanding_Debt": _cents(np.exp(7.05 + 0.6 * stress + 0.4 * noise[4]), 1, 12_000),
        "Credit_Utilization_Ratio": _cents(32.3 + 3.6 * stress + 3.0 * noise[5], 20, 50),
    }


def _conduct(people: Applicants, noise: Floats) -> Figures:
    grade = people.discipline - people.stress
    history = 210 + 4.0 * (people.age - 38) + 55 * people.discipline + 45 * noise[3]
    return {
        "Delay_from_due_date": _whole(19 - 9 * people.discipline + 3 * people.stress + 6 * noise[0], -5, 67),
        "Num_of_Delayed_Payment": _whole(13 - 4 * people.discipline + 3 * noise[1], 0, 28),
        "Interest_Rate": _whole(14.5 - 3.8 * grade + 3.5 * noise[2], 1, 34),
        "Credit_Mix": np.digitize(grade, (-1.1, 0.8)).astype(np.float64),
        "Credit_History_Months": _whole(history, 1, 480),
    }


def _habits(people: Applicants, figures: Figures, noise: Floats) -> Figures:
    salary = figures["Monthly_Inhand_Salary"]
    instalments = figures["Num_of_Loan"] * np.exp(3.2 + 0.35 * people.affluence + 0.4 * noise[0])
    spends_much = people.affluence + noise[1] > 0.1
    return {
        "Changed_Credit_Limit": _cents(10 + 6.5 * noise[2], -6.5, 37),
        "Payment_of_Min_Amount": (people.discipline + 0.8 * noise[3] < 0.3).astype(np.float64),
        "Total_EMI_per_month": _cents(np.minimum(instalments, 0.6 * salary), 0, 5_000),
        "Amount_invested_monthly": _cents(np.exp(4.6 + 0.5 * people.affluence + 0.6 * noise[2]), 0, 2_000),
        "Payment_Behaviour": 3.0 * spends_much + np.digitize(people.affluence - noise[3], (-0.2, 1.1)),
        "Monthly_Balance": _cents(
            360 + 120 * people.affluence - 50 * people.stress + 70 * noise[0], 1, 1_600
        ),
    }
