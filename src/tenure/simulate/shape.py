"""The shape of the raw files: sources, their columns in order, and who may be planted where."""

from __future__ import annotations

from typing import Final

from tenure.simulate.lender import Lender

ATTRIBUTES: Final = "attributes"
FINANCIALS: Final = "financials"
CLICKSTREAM: Final = "clickstream"
LOAN_LEDGER: Final = "loan_ledger"
SOURCES: Final = (ATTRIBUTES, FINANCIALS, CLICKSTREAM, LOAN_LEDGER)

CUSTOMER: Final = "Customer_ID"
SNAPSHOT: Final = "snapshot_date"
RECEIVED: Final = "received_date"

_FIXED_COLUMNS: Final = {
    ATTRIBUTES: (CUSTOMER, "Name", "Age", "SSN", "Occupation", "Product", SNAPSHOT),
    FINANCIALS: (
        CUSTOMER, "Annual_Income", "Monthly_Inhand_Salary", "Num_Bank_Accounts", "Num_Credit_Card",
        "Interest_Rate", "Num_of_Loan", "Type_of_Loan", "Delay_from_due_date", "Num_of_Delayed_Payment",
        "Changed_Credit_Limit", "Num_Credit_Inquiries", "Credit_Mix", "Outstanding_Debt",
        "Credit_Utilization_Ratio", "Credit_History_Age", "Payment_of_Min_Amount", "Total_EMI_per_month",
        "Amount_invested_monthly", "Payment_Behaviour", "Monthly_Balance", SNAPSHOT,
    ),
    LOAN_LEDGER: (
        "loan_id", CUSTOMER, "loan_start_date", "tenure", "installment_num", "loan_amt", "due_amt",
        "paid_amt", "overdue_amt", "balance", SNAPSHOT,
    ),
}  # fmt: skip

CATEGORY_COLUMNS: Final = {
    ATTRIBUTES: ("Occupation", "Product"),
    FINANCIALS: ("Credit_Mix", "Payment_of_Min_Amount", "Payment_Behaviour"),
}
"""Columns in which a new category can be planted."""

_WORD_COLUMNS: Final = frozenset(
    {CUSTOMER, "Name", "SSN", "loan_id", "loan_start_date", "Type_of_Loan", "Credit_History_Age", SNAPSHOT}
) | {column for columns in CATEGORY_COLUMNS.values() for column in columns}


def click_columns(lender: Lender) -> tuple[str, ...]:
    """Names of the click features: ``fe_1`` .. ``fe_n``."""
    return tuple(f"fe_{number}" for number in range(1, lender.n_click_features + 1))


def source_columns(lender: Lender, source: str) -> tuple[str, ...]:
    """Columns of a source in the order of its files, before anything is renamed.

    Examples
    --------
    >>> source_columns(Lender(n_click_features=2), "clickstream")
    ('fe_1', 'fe_2', 'Customer_ID', 'snapshot_date')
    """
    fixed = _FIXED_COLUMNS.get(source) or (*click_columns(lender), CUSTOMER, SNAPSHOT)
    return (*fixed, RECEIVED) if lender.has_received_date else fixed


def number_columns(lender: Lender, source: str) -> tuple[str, ...]:
    """Columns of a source that hold numbers, dirt aside."""
    words = _WORD_COLUMNS | {RECEIVED}
    return tuple(column for column in source_columns(lender, source) if column not in words)
