"""payday loans and the applications around them → the rows of the table of loans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from tenure.simulate.arrays import Flags, Floats, Integers
from tenure.simulate.payday_lender import PaydayLender
from tenure.simulate.payday_loans import Customers, Funded
from tenure.simulate.payday_payments import PENDING, Payments, Words
from tenure.simulate.payday_words import (
    ALL_LEADS,
    AMOUNT_SHARES,
    AMOUNTS,
    BAD,
    FREQUENCIES,
    GOOD,
    LEADS,
    NEVER,
    OPEN,
    RATE_SHARES,
    RATES,
    STATES,
    VOIDED,
)
from tenure.simulate.payday_writing import as_decimals, as_flags, timestamps
from tenure.simulate.streams import stream

_NEVER_SHARES: Final = (0.84, 0.155, 0.004, 0.001)
_VOIDED_SHARE: Final = 0.06
"""Of loans that were paid out: others were voided within days."""
_OF_BORROWERS: Final = 0.08
"""Of the other applications, those of customers who have a loan at some time."""
_SAME_REPORT_DAYS: Final = 30
_BAD_SHARES: Final = {
    "External Collection": 0.7,
    "Internal Collection": 0.24,
    "Settlement Paid Off": 0.035,
    "Settled Bankruptcy": 0.018,
    "Charged Off Paid Off": 0.006,
    "Charged Off": 0.001,
}
_EMPTY: Final = ("payFrequency", "apr", "loanAmount", "originallyScheduledPaymentAmount")


@dataclass(frozen=True, slots=True)
class Applications:
    """One element an application, in the order in which they came."""

    customer: Integers
    applied: Floats
    """Days since the lender's first."""
    funded: Integers
    """Index of the loan that was paid out; -1 where none was."""
    status: Words
    """Of those that were not paid out."""
    has_report: Flags

    def reports(self) -> tuple[Integers, Integers]:
        """The report of each application, -1 where it has none; and the application each was made for."""
        order = np.lexsort((self.applied, self.customer))
        order = order[self.has_report[order]]
        customer, applied = self.customer[order], self.applied[order]
        begins = np.ones(order.size, bool)
        begins[1:] = (np.diff(customer) != 0) | (np.diff(applied) > _SAME_REPORT_DAYS)
        report = np.full(self.customer.size, -1)
        report[order] = np.cumsum(begins) - 1
        return report, order[begins]


def draw_applications(
    loans: Funded, n_customers: int, *, n_loans: int, n_days: int, seed: int
) -> Applications:
    """All applications: those that became loans, and as many others as are asked for."""
    rng = stream(seed, "payday applications")
    n_funded = loans.customer.size
    n = n_loans - n_funded
    customer = np.where(
        rng.random(n) < _OF_BORROWERS,
        loans.customer[rng.integers(n_funded, size=n)],
        rng.integers(n_customers, size=n),
    )
    applied = n_days * rng.beta(1.35, 1.0, size=n)
    voided = rng.random(n) < _VOIDED_SHARE * n_funded / n
    status = np.where(voided, rng.choice(VOIDED, size=n), rng.choice(NEVER, size=n, p=_NEVER_SHARES))
    together = np.concatenate([loans.applied, applied])
    order = np.argsort(together, kind="stable")
    has_report = np.concatenate([rng.random(n_funded) < 0.84, rng.random(n) < 0.6])
    return Applications(
        customer=np.concatenate([loans.customer, customer])[order],
        applied=together[order],
        funded=np.concatenate([np.arange(n_funded), np.full(n, -1)])[order],
        status=np.concatenate([np.full(n_funded, ""), status])[order],
        has_report=has_report[order],
    )


def loan_rows(
    asked: Applications,
    loans: Funded,
    customers: Customers,
    payments: Payments,
    reports: pa.Array,
    *,
    lender: PaydayLender,
) -> pa.Table:
    """The table of loans as it stands on the last day."""
    rng = stream(lender.seed, "payday loan rows")
    n = asked.customer.size
    paid_out = asked.funded >= 0
    loan = np.where(paid_out, asked.funded, 0)
    originated = paid_out | np.isin(asked.status, VOIDED)
    amount = np.where(paid_out, loans.amount[loan], rng.choice(AMOUNTS, size=n, p=AMOUNT_SHARES))
    rate = np.where(paid_out, loans.rate[loan], rng.choice(RATES, size=n, p=RATE_SHARES))
    lead = np.where(paid_out, loans.lead[loan], _leads(n, rng))
    frequency = customers.frequency[asked.customer]
    status = np.where(paid_out, _outcomes(loans, lender.n_days, rng)[loan], asked.status)
    moment = timestamps(asked.applied + rng.uniform(0.1, 0.9, size=n), lender.first_day, unit="us")
    first = _first_payments(loans, payments, rng)[loan]
    rows = pa.table(
        {
            "loanId": pa.array([f"LL-I-{number:08d}" for number in _numbers(n, rng)]),
            "anon_ssn": _customer_names(customers.risk.size, lender.seed).take(pa.array(asked.customer)),
            "payFrequency": pa.array([each.code for each in FREQUENCIES]).take(pa.array(frequency)),
            "apr": pa.array(rate),
            "applicationDate": timestamps(asked.applied, lender.first_day, unit="us"),
            "originated": as_flags(originated),
            "originatedDate": pa.array(moment.to_numpy(zero_copy_only=False), mask=~originated),
            "nPaidOff": pa.array(_paid_off_before(asked, loans).astype(np.float64)),
            "approved": as_flags(originated),
            "isFunded": pa.array((paid_out | (asked.status == "Credit Return Void")).astype(np.int64)),
            "loanStatus": pa.array(status),
            "loanAmount": pa.array(amount),
            "originallyScheduledPaymentAmount": pa.array(_scheduled(amount, rate, frequency)),
            "state": pa.array(STATES).take(pa.array(customers.state[asked.customer])),
            "leadType": pa.array([each.code for each in ALL_LEADS]).take(pa.array(lead)),
            "leadCost": pa.array([each.cost for each in ALL_LEADS]).take(pa.array(lead)),
            "fpStatus": pa.array(first, mask=~paid_out),
            "clarityFraudId": reports,
            "hasCF": pa.array(asked.has_report.astype(np.int64)),
        }
    )
    return _with_gaps(as_decimals(rows), lender.dirt_share, lender.seed)


def _outcomes(loans: Funded, n_days: int, rng: np.random.Generator) -> Words:
    """The status of each loan on the last day: open until it is settled; what is fresh has its own words."""
    n = loans.customer.size
    bad = rng.choice(list(_BAD_SHARES), size=n, p=list(_BAD_SHARES.values()))
    bad = np.where(loans.settled > n_days - 40, BAD[2], bad)
    good = np.where(loans.settled > n_days - 10, GOOD[1], GOOD[0])
    return np.where(loans.settled > n_days, OPEN, np.where(loans.is_bad, bad, good))


def _first_payments(loans: Funded, payments: Payments, rng: np.random.Generator) -> Words:
    """How the first instalment went."""
    places = np.flatnonzero((payments.number == 1) & ~payments.is_collection)
    first = np.full(loans.customer.size, "No Payments", dtype="U11")
    first[payments.loan[places[::-1]]] = payments.status[places[::-1]]
    first[first == PENDING] = "No Payments"
    return np.where(rng.random(first.size) < 0.01, "No Schedule", first)


def _paid_off_before(asked: Applications, loans: Funded) -> Integers:
    """Loans of the same customer that were paid off before the application."""
    apart = 10 * (asked.applied.max() + 365)
    good = ~loans.is_bad
    ends = np.sort(loans.customer[good] * apart + loans.settled[good])
    low = np.searchsorted(ends, asked.customer * apart)
    n_before: Integers = np.searchsorted(ends, asked.customer * apart + asked.applied) - low
    return n_before


def _scheduled(amount: Floats, rate: Floats, frequency: Integers) -> Floats:
    """All instalments of the annuity together."""
    days = np.array([each.days for each in FREQUENCIES])[frequency]
    n = np.array([each.n_instalments for each in FREQUENCIES])[frequency]
    per_period = rate / 100 * days / 365
    total: Floats = np.round(n * amount * per_period / (1 - (1 + per_period) ** -n), 2)
    return total


def _leads(n: int, rng: np.random.Generator) -> Integers:
    shares = np.array([each.share for each in LEADS])
    return rng.choice(len(LEADS), size=n, p=shares / shares.sum())


def _numbers(n: int, rng: np.random.Generator) -> Integers:
    """Numbers of applications: ascending, with gaps."""
    return 1_000 + np.cumsum(rng.integers(1, 360, size=n))


def _customer_names(n: int, seed: int) -> pa.Array:
    """Names of 32 hexadecimal digits."""
    halves = stream(seed, "payday names").integers(2**63, size=(n, 2)).tolist()
    return pa.array([f"{one:016x}{two:016x}" for one, two in halves])


def _with_gaps(rows: pa.Table, share: float, seed: int) -> pa.Table:
    for name in _EMPTY:
        gone = stream(seed, f"dirt payday.{name}").random(rows.num_rows) < share
        values = rows[name].combine_chunks().to_numpy(zero_copy_only=False)
        rows = rows.set_column(rows.column_names.index(name), name, pa.array(values, pa.string(), mask=gone))
    return rows
