"""The words of a payday lender's three tables: columns, codes and statuses, as such lenders write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often a salary comes, and with it an instalment."""

    code: str
    share: float
    days: int
    """Between two instalments."""
    n_instalments: int
    log_odds: float


@dataclass(frozen=True, slots=True)
class Lead:
    """Where an applicant came from."""

    code: str
    share: float
    """Of first loans."""
    cost: int
    log_odds: float


FREQUENCIES: Final = (
    Frequency("B", 0.62, 14, 11, 0.0),
    Frequency("W", 0.24, 7, 22, 0.15),
    Frequency("M", 0.07, 30, 5, -0.2),
    Frequency("S", 0.055, 15, 10, 0.0),
    Frequency("I", 0.015, 14, 11, -0.7),
)

LEADS: Final = (
    Lead("bvMandatory", 0.52, 6, 0.45),
    Lead("lead", 0.25, 25, 0.1),
    Lead("organic", 0.17, 0, -0.6),
    Lead("prescreen", 0.04, 0, -0.2),
    Lead("california", 0.01, 0, -0.6),
    Lead("express", 0.004, 10, -0.3),
    Lead("instant-offer", 0.003, 0, 0.0),
    Lead("lionpay", 0.003, 0, -0.8),
)
RETURNING: Final = Lead("rc_returning", 0.0, 0, -0.35)
"""Of customers who come back after a loan that they paid off."""
ALL_LEADS: Final = (*LEADS, RETURNING)

STATES: Final = (
    "OH", "IL", "TX", "WI", "MO", "MI", "CA", "IN", "FL", "NC", "VA", "PA", "TN", "NJ", "SC", "KY",
    "CO", "NV", "WA", "CT", "MN", "AZ", "KS", "OK", "LA", "GA", "UT", "NM", "MS", "AL", "IA",
    "DE", "ID", "NE", "RI", "SD", "ND", "WY", "AK", "HI",
)  # fmt: skip

RATES: Final = (590.0, 360.0, 449.99, 645.5, 199.0, 290.0, 681.0)
RATE_SHARES: Final = (0.48, 0.2, 0.1, 0.08, 0.06, 0.04, 0.04)
AMOUNTS: Final = (300.0, 350.0, 400.0, 500.0, 600.0, 700.0, 800.0, 1000.0, 1500.0, 2000.0)
AMOUNT_SHARES: Final = (0.18, 0.1, 0.17, 0.25, 0.1, 0.05, 0.06, 0.05, 0.03, 0.01)

GOOD: Final = ("Paid Off Loan", "Pending Paid Off")
BAD: Final = (
    "External Collection",
    "Internal Collection",
    "Returned Item",
    "Settlement Paid Off",
    "Settled Bankruptcy",
    "Charged Off Paid Off",
    "Settlement Pending Paid Off",
    "Charged Off",
)
OPEN: Final = "New Loan"
VOIDED: Final = (
    "CSR Voided New Loan",
    "Credit Return Void",
    "Customer Voided New Loan",
    "Voided New Loan",
)
NEVER: Final = ("Withdrawn Application", "Rejected", "Pending Application Fee", "Pending Rescind")
"""Of applications that no money was paid for."""

RETURN_CODES: Final = ("R01", "R02", "R08", "R10", "R16", "R20", "C05")
RETURN_SHARES: Final = (0.66, 0.09, 0.1, 0.05, 0.05, 0.03, 0.02)

_ROOT: Final = ".underwritingdataclarity.clearfraud."
INQUIRIES: Final = (
    ("thirtydaysago", 30.0),
    ("twentyfourhoursago", 1.0),
    ("oneminuteago", 1 / 1440),
    ("onehourago", 1 / 24),
    ("ninetydaysago", 90.0),
    ("sevendaysago", 7.0),
    ("tenminutesago", 1 / 144),
    ("fifteendaysago", 15.0),
    ("threesixtyfivedaysago", 365.0),
)
"""Column and window in days."""
INQUIRY: Final = f"{_ROOT}clearfraudinquiry."
INDICATOR: Final = f"{_ROOT}clearfraudindicator."
VERIFICATION: Final = f"{_ROOT}clearfraudidentityverification."

TOTAL: Final = "totalnumberoffraudindicators"
MANY_INQUIRIES: Final = "morethan3inquiriesinthelast30days"
MOST_NUMBERS: Final = "maxnumberofssnswithanybankaccount"
INDICATORS: Final = (
    ("inquiryonfilecurrentaddressconflict", 0.15, 0.5),
    (TOTAL, None, 0.0),
    ("telephonenumberinconsistentwithaddress", 0.55, 0.3),
    ("inquiryageyoungerthanssnissuedate", 0.002, 0.0),
    ("onfileaddresscautious", 0.01, 0.3),
    ("inquiryaddressnonresidential", 0.04, 0.2),
    ("onfileaddresshighrisk", 0.002, 0.0),
    ("ssnreportedmorefrequentlyforanother", 0.01, 0.6),
    ("currentaddressreportedbytradeopenlt90days", 0.02, 0.2),
    ("inputssninvalid", 0.002, 0.0),
    ("inputssnissuedatecannotbeverified", 0.02, 0.3),
    ("inquiryaddresscautious", 0.01, 0.3),
    (MANY_INQUIRIES, None, 0.0),
    ("onfileaddressnonresidential", 0.02, 0.1),
    ("creditestablishedpriortossnissuedate", 0.01, 0.1),
    ("driverlicenseformatinvalid", None, 0.0),
    ("inputssnrecordedasdeceased", 0.001, 0.0),
    ("inquiryaddresshighrisk", 0.002, 0.0),
    ("inquirycurrentaddressnotonfile", 0.2, 0.6),
    ("bestonfilessnissuedatecannotbeverified", 0.02, 0.2),
    ("highprobabilityssnbelongstoanother", 0.005, 0.5),
    (MOST_NUMBERS, None, 0.0),
    ("bestonfilessnrecordedasdeceased", 0.001, 0.0),
    ("currentaddressreportedbynewtradeonly", 0.01, 0.1),
    ("creditestablishedbeforeage18", 0.03, 0.1),
    ("telephonenumberinconsistentwithstate", 0.12, 0.3),
    ("driverlicenseinconsistentwithonfile", None, 0.0),
    ("workphonepreviouslylistedascellphone", 0.14, 0.2),
    ("workphonepreviouslylistedashomephone", 0.01, 0.1),
)
"""Column, share of true, and by how much a mismatched identity raises its log-odds. Without a share it is
counted from others, or empty: reports say nothing of driving licences."""
MATCHES: Final = ("match", "partial", "mismatch", "unavailable")
