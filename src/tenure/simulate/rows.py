"""applicants, figures, repayment → the four raw tables, still clean and complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenure.simulate.applicants import Applicants
from tenure.simulate.arrays import Floats, Integers
from tenure.simulate.clicks import draw_clicks
from tenure.simulate.figures import Figures
from tenure.simulate.grid import Grid, monthly_rows
from tenure.simulate.lender import N_INSTALMENTS, Lender
from tenure.simulate.months import Months, first_days
from tenure.simulate.repayment import Repayment
from tenure.simulate.shape import CUSTOMER, SNAPSHOT
from tenure.simulate.streams import stream
from tenure.simulate.words import (
    CREDIT_MIXES,
    FAMILY_NAMES,
    GIVEN_NAMES,
    LOAN_TYPES,
    MINIMUM_PAYMENTS,
    OCCUPATIONS,
    PAYMENT_BEHAVIOURS,
    PRODUCTS,
)

_ID_SPREAD: Final = 4
_FIRST_ID: Final = 0x1000


@dataclass(frozen=True, slots=True)
class RawSource:
    """The rows of one source, with what is known of each: whose it is, when it happened, when it came."""

    rows: pa.Table
    customer: Integers
    """Index of the customer, one element a row."""
    month: Months
    """Month of the snapshot."""
    received: Months
    """Month of the file in which it lies."""

    def take(self, index: Integers) -> RawSource:
        """The rows at these positions, in this order."""
        return RawSource(
            self.rows.take(pa.array(index)), self.customer[index], self.month[index], self.received[index]
        )

    def with_rows(self, rows: pa.Table) -> RawSource:
        """The same rows with other values."""
        return replace(self, rows=rows)


def customer_ids(lender: Lender) -> pa.Array:
    """An id a customer, ``CUS_0x1a2b``: unique, and in no order."""
    rng = stream(lender.seed, "customer ids")
    numbers = rng.permutation(lender.n_customers * _ID_SPREAD)[: lender.n_customers] + _FIRST_ID
    return pa.array([f"CUS_0x{number:x}" for number in numbers.tolist()])


def attribute_rows(lender: Lender, people: Applicants, ids: pa.Array) -> RawSource:
    """One row a customer: who they are, dated by the start of the loan."""
    rng = stream(lender.seed, "attributes")
    n = lender.n_customers
    columns = {
        CUSTOMER: ids,
        "Name": pc.binary_join_element_wise(_drawn(rng, GIVEN_NAMES, n), _drawn(rng, FAMILY_NAMES, n), " "),
        "Age": pa.array(people.age),
        "SSN": _social_security_numbers(rng, n),
        "Occupation": _words(OCCUPATIONS, people.occupation),
        "Product": _words(PRODUCTS, people.product),
    }
    return _at_start(columns, people)


def financial_rows(lender: Lender, people: Applicants, figures: Figures, ids: pa.Array) -> RawSource:
    """One row a customer: what they earn, owe and do, dated by the start of the loan."""
    rng = stream(lender.seed, "financials")
    columns = {name: _figure(values) for name, values in figures.items()}
    columns[CUSTOMER] = ids
    columns["Type_of_Loan"] = loan_types(figures["Num_of_Loan"].astype(np.int64), rng)
    columns["Credit_History_Age"] = history_in_words(figures["Credit_History_Months"].astype(np.int64))
    for name, words in (
        ("Credit_Mix", CREDIT_MIXES),
        ("Payment_of_Min_Amount", MINIMUM_PAYMENTS),
        ("Payment_Behaviour", PAYMENT_BEHAVIOURS),
    ):
        columns[name] = _words(words, figures[name].astype(np.int64))
    return _at_start(columns, people)


def click_rows(lender: Lender, people: Applicants, repayment: Repayment, ids: pa.Array) -> RawSource:
    """One row a customer and month, before and after the loan starts."""
    grid = monthly_rows(lender, first=-lender.n_click_months_before, last=lender.n_click_months_after)
    return _monthly(draw_clicks(people, repayment, grid, lender=lender), grid, ids)


def ledger_rows(lender: Lender, people: Applicants, repayment: Repayment, ids: pa.Array) -> RawSource:
    """One row a loan and instalment, 0 .. 10."""
    grid = monthly_rows(lender, first=0, last=N_INSTALMENTS)
    who, number = grid.customer, grid.on_book
    started = first_days(people.start)
    loan_ids = pc.binary_join_element_wise(ids, pc.strftime(started, "%Y_%m_%d"), "_")
    balance = repayment.amount[:, None] - np.cumsum(repayment.paid, axis=1)
    columns = {
        "loan_id": loan_ids.take(pa.array(who)),
        "loan_start_date": started.take(pa.array(who)),
        "tenure": pa.array(np.full(who.size, N_INSTALMENTS)),
        "installment_num": pa.array(number),
        "loan_amt": pa.array(repayment.amount[who]),
        "due_amt": pa.array(np.where(number > 0, repayment.due[who], 0.0)),
        "paid_amt": pa.array(repayment.paid[who, number]),
        "overdue_amt": pa.array(repayment.overdue[who, number]),
        "balance": pa.array(balance[who, number]),
    }
    return _monthly(columns, grid, ids)


def loan_types(n_loans: Integers, rng: np.random.Generator) -> pa.Array:
    """Loans held, in words: ``"Auto Loan, Home Loan, and Payday Loan"``; null for none."""
    text = _drawn(rng, LOAN_TYPES, n_loans.size)
    for position in range(1, int(n_loans.max(initial=0))):
        joint = pa.array(["", ", ", ", and "]).take(_joint(n_loans, position))
        word = pc.if_else(pa.array(position < n_loans), _drawn(rng, LOAN_TYPES, n_loans.size), "")
        text = pc.binary_join_element_wise(text, joint, word, "")
    return pc.if_else(pa.array(n_loans > 0), text, pa.scalar(None, pa.string()))


def history_in_words(months: Integers) -> pa.Array:
    """Lengths of time in words.

    Examples
    --------
    >>> history_in_words(np.array([129, 12])).to_pylist()
    ['10 Years and 9 Months', '1 Years and 0 Months']
    """
    years, rest = (pa.array(part).cast(pa.string()) for part in np.divmod(months, 12))
    return pc.binary_join_element_wise(years, " Years and ", rest, " Months", "")


def _joint(n_loans: Integers, position: int) -> pa.Array:
    return pa.array(np.sign(np.maximum(n_loans - position, 0)) + (n_loans - 1 == position) * 1)


def _social_security_numbers(rng: np.random.Generator, n: int) -> pa.Array:
    """Numbers of the right form; areas from 900 on belong to nobody."""
    area, group, serial = rng.integers((900, 10, 1000), (1000, 100, 10_000), size=(n, 3)).T
    parts = (pa.array(part).cast(pa.string()) for part in (area, group, serial))
    return pc.binary_join_element_wise(*parts, "-")


def _drawn(rng: np.random.Generator, words: Sequence[str], n: int) -> pa.Array:
    return _words(words, rng.integers(len(words), size=n))


def _words(words: Sequence[str], index: Integers) -> pa.Array:
    return pa.array(words).take(pa.array(index))


def _figure(values: Floats) -> pa.Array:
    """Whole numbers as integers, others as they are."""
    whole = values.astype(np.int64)
    return pa.array(whole if np.array_equal(whole, values) else values)


def _at_start(columns: dict[str, pa.Array], people: Applicants) -> RawSource:
    rows = pa.table({**columns, SNAPSHOT: first_days(people.start)})
    return RawSource(rows, np.arange(people.start.size), people.start, people.start)


def _monthly(columns: dict[str, pa.Array], grid: Grid, ids: pa.Array) -> RawSource:
    who = ids.take(pa.array(grid.customer))
    rows = pa.table({**columns, CUSTOMER: who, SNAPSHOT: first_days(grid.month)})
    return RawSource(rows, grid.customer, grid.month, grid.month)
