"""A payday lender: loans, their payments, and reports on fraud, as three tables that join one to many.

A table of loans holds every application, most of which were withdrawn; payments are many a loan, with plans
of the collectors among them; a report belongs to one loan or to several of one customer (``clarityFraudId``
= ``underwritingid``). What came after a loan had started stands beside what was known before: the trap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from tenure.errors import SimulationError
from tenure.simulate.arrays import Floats, Integers
from tenure.simulate.payday_lender import PaydayLender, check_payday_lender
from tenure.simulate.payday_loans import Customers, Funded, draw_customers, draw_funded
from tenure.simulate.payday_payments import PENDING, Payments, draw_payments
from tenure.simulate.payday_reports import draw_reports
from tenure.simulate.payday_rows import Applications, draw_applications, loan_rows
from tenure.simulate.payday_writing import as_decimals, as_flags, timestamps
from tenure.simulate.streams import stream
from tenure.simulate.writing import write_csv

PAYDAY_FILES: Final = ("loan.csv", "payment.csv", "clarity.csv")
_LOANS, _PAYMENTS, _REPORTS = PAYDAY_FILES


@dataclass(frozen=True, slots=True)
class PaydayBook:
    """What a payday lender's systems hold, and the truth behind it."""

    tables: Mapping[str, pa.Table]
    """Rows by file name."""
    truth: pa.Table
    """One row a loan that was paid out, never written: ``loanId``, ``log_odds`` of going bad, ``is_bad``, and
    ``settled_days`` from the application to the day its outcome was known."""


def simulate_payday(lender: PaydayLender | None = None) -> PaydayBook:
    """The three tables of a payday lender.

    The same lender gives the same tables to the last byte.

    Raises
    ------
    SimulationError
        If a count is too small, or there are more reports asked for than applications that have one.

    Examples
    --------
    >>> book = simulate_payday(PaydayLender(n_loans=1_000, n_payments=1_500, n_reports=90))
    >>> {file: rows.num_rows for file, rows in book.tables.items()}
    {'loan.csv': 1000, 'payment.csv': 1500, 'clarity.csv': 90}
    """
    lender = lender or PaydayLender()
    check_payday_lender(lender)
    customers = draw_customers(lender.n_loans, seed=lender.seed)
    loans = draw_funded(customers, n_loans=lender.n_loans, n_days=lender.n_days, seed=lender.seed)
    payments = draw_payments(
        loans, customers, n_payments=lender.n_payments, n_days=lender.n_days, seed=lender.seed
    )
    asked = draw_applications(
        loans, customers.risk.size, n_loans=lender.n_loans, n_days=lender.n_days, seed=lender.seed
    )
    ids, reports = _reports(asked, customers, lender)
    rows = loan_rows(asked, loans, customers, payments, ids, lender=lender)
    names = rows["loanId"].combine_chunks().take(pa.array(np.argsort(_funded_first(asked))))
    funded = names.slice(0, loans.customer.size)
    tables = {_LOANS: rows, _PAYMENTS: _payment_rows(payments, funded, lender), _REPORTS: reports}
    return PaydayBook(tables, _truth(loans, funded))


def write_payday(lender: PaydayLender, folder: Path) -> list[Path]:
    """The paths of the files written: ``loan.csv``, ``payment.csv`` and ``clarity.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file, rows in simulate_payday(lender).tables.items():
        write_csv(rows, folder / file)
        written.append(folder / file)
    return written


def _funded_first(asked: Applications) -> Integers:
    """A key that puts funded applications first, in the order of the funded loans."""
    return np.where(asked.funded >= 0, asked.funded, asked.funded.size + np.arange(asked.funded.size))


def _reports(asked: Applications, customers: Customers, lender: PaydayLender) -> tuple[pa.Array, pa.Table]:
    """What each application calls its report, and the reports that are there.

    An application within 30 days of another one of the same customer has its report. Reports of loans that
    were paid out come first; those of the others are there for a part of them only.
    """
    rng = stream(lender.seed, "payday report ids")
    report, first = asked.reports()
    names = _object_ids(asked.applied[first], lender.first_day, rng)
    is_funded = np.zeros(first.size, bool)
    is_funded[report[(asked.funded >= 0) & (report >= 0)]] = True
    order = np.argsort(~is_funded + rng.random(first.size) * 0.5, kind="stable")
    if first.size < lender.n_reports:
        problem = f"`n_reports` is {lender.n_reports:,}; applications have {first.size:,}"
        raise SimulationError(f"the payday lender cannot be simulated: {problem}", problems=(problem,))
    kept = np.sort(order[: lender.n_reports])
    rows = draw_reports(names.take(pa.array(kept)), asked.customer[first[kept]], customers, seed=lender.seed)
    places = pa.array(report, mask=report < 0)
    return names.take(places), as_decimals(rows)


def _object_ids(days: Floats, first_day: date, rng: np.random.Generator) -> pa.Array:
    """Names of 24 hexadecimal digits that begin with the second in which they were given."""
    epoch = np.datetime64(first_day, "s").astype(np.int64) + (days * 86_400).astype(np.int64)
    tails = rng.integers(16**12, size=days.size)
    return pa.array([f"{second:08x}e4b0{tail:012x}" for second, tail in zip(epoch, tails, strict=True)])


def _payment_rows(payments: Payments, names: pa.Array, lender: PaydayLender) -> pa.Table:
    amount = np.round(payments.principal + payments.fees, 2)
    code = pa.array(payments.code, mask=payments.code == "")
    silent = stream(lender.seed, "payday payments silent").random(payments.loan.size) < 0.002
    status = pa.array(payments.status, mask=silent & (payments.status != PENDING))
    return as_decimals(
        pa.table(
            {
                "loanId": names.take(pa.array(payments.loan)),
                "installmentIndex": pa.array(payments.number),
                "isCollection": as_flags(payments.is_collection),
                "paymentDate": timestamps(payments.day + 5 / 24, lender.first_day, unit="s"),
                "principal": pa.array(payments.principal),
                "fees": pa.array(payments.fees),
                "paymentAmount": pa.array(amount),
                "paymentStatus": status,
                "paymentReturnCode": code,
            }
        )
    )


def _truth(loans: Funded, names: pa.Array) -> pa.Table:
    settled = np.ceil(loans.settled - loans.applied).astype(np.int64)
    return pa.table(
        {
            "loanId": names,
            "log_odds": loans.log_odds,
            "is_bad": loans.is_bad,
            "settled_days": settled,
        }
    )
