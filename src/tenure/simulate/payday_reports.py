"""payday customers → reports of a bureau of frauds: inquiries, indicators, matches and a score."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from tenure.simulate.arrays import Floats, Integers
from tenure.simulate.payday_loans import Customers
from tenure.simulate.payday_words import (
    INDICATOR,
    INDICATORS,
    INQUIRIES,
    INQUIRY,
    MANY_INQUIRIES,
    MATCHES,
    MOST_NUMBERS,
    TOTAL,
    VERIFICATION,
)
from tenure.simulate.streams import stream

REPORT: Final = "underwritingid"
_NAME_CODES: Final = {"partial": ("A8", "(A8) Match to Last Name only"), "mismatch": ("", "")}


def draw_reports(ids: pa.Array, customer: Integers, customers: Customers, *, seed: int) -> pa.Table:
    """One row a report, of the customer that it is about. Numbers are written as ``8.0``, flags as ``True``.

    Parameters
    ----------
    ids
        What the reports are called.
    customer
        Whom each of them is about.
    """
    rng = stream(seed, "payday reports")
    n = customer.size
    hunger = customers.hunger[customer] + 0.35 * rng.standard_normal(n)
    mismatch = customers.mismatch[customer] + 0.5 * rng.standard_normal(n)
    noise = rng.standard_normal(n)
    score = np.clip(np.round(640 - 105 * (0.85 * customers.risk[customer] + 0.5 * noise)), 200, 980)
    inquiries = _inquiries(hunger, rng)
    columns = {f"{INQUIRY}{name}": pa.array(values) for name, values in inquiries.items()}
    columns |= _indicators(mismatch, inquiries["thirtydaysago"], rng)
    columns |= _verification(mismatch, rng)
    columns["clearfraudscore"] = pa.array(score)
    columns[REPORT] = ids
    return pa.table(columns)


def _inquiries(hunger: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """Counts that grow with their window; the inquiry of the report itself is in all of them."""
    counts: dict[str, Floats] = {}
    before, total = 0.0, np.ones(hunger.size)
    for name, days in sorted(INQUIRIES, key=lambda each: each[1]):
        total = total + rng.poisson(1.1 * (days**0.45 - before**0.45) * np.exp(0.55 * hunger))
        counts[name], before = total, days
    return {name: counts[name] for name, _ in INQUIRIES}


def _indicators(mismatch: Floats, in_30_days: Floats, rng: np.random.Generator) -> dict[str, pa.Array]:
    n = mismatch.size
    flags = {MANY_INQUIRIES: in_30_days > 8}
    for name, share, slope in INDICATORS:
        if share is not None:
            log_odds = np.log(share / (1 - share)) + 1.6 * slope * mismatch
            flags[name] = rng.random(n) < 1 / (1 + np.exp(-log_odds))
    total = np.sum(list(flags.values()), axis=0).astype(np.float64)
    cells = {name: _flags(values) for name, values in flags.items()}
    cells |= {TOTAL: pa.array(total), MOST_NUMBERS: pa.array(1.0 + rng.poisson(0.2, size=n))}
    empty = pa.nulls(n, pa.string())
    return {f"{INDICATOR}{name}": cells.get(name, empty) for name, _, _ in INDICATORS}


def _verification(mismatch: Floats, rng: np.random.Generator) -> dict[str, pa.Array]:
    n = mismatch.size
    empty = pa.nulls(n, pa.string())
    address = _match(mismatch + 0.8 * rng.standard_normal(n), 0.2, 1.1)
    overall = _match(mismatch + 0.6 * rng.standard_normal(n), 0.0, 1.6)
    number = _match(0.3 * mismatch + rng.standard_normal(n), 1.9, 2.6)
    birth = _match(0.3 * mismatch + rng.standard_normal(n), 1.6, 2.4)
    mobile = rng.random(n) < 0.8
    phone = np.where(mobile, 3, rng.integers(4, size=n))
    codes = [_NAME_CODES.get(MATCHES[place], ("", "")) for place in address]
    reasons = (pa.array([code or None for code, _ in codes]), pa.array([said or None for _, said in codes]))
    cells = {
        "ssnnamematch": _texts(number),
        "nameaddressmatch": _texts(address),
        "phonematchtype": pa.array(np.where(mobile, "M", "R")),
        "ssnnamereasoncodedescription": empty,
        "phonematchresult": _texts(phone),
        "nameaddressreasoncodedescription": reasons[1],
        "phonematchtypedescription": pa.array(np.where(mobile, "(M) Mobile Phone", "(R) Residential")),
        "overallmatchresult": _texts(overall),
        "phonetype": empty,
        "ssndobreasoncode": empty,
        "ssnnamereasoncode": empty,
        "nameaddressreasoncode": reasons[0],
        "ssndobmatch": _texts(birth),
        "overallmatchreasoncode": pa.array(np.array([1.0, 6.0, 11.0])[overall]),
    }
    return {f"{VERIFICATION}{name}": values for name, values in cells.items()}


def _match(distance: Floats, partial: float, mismatch: float) -> Integers:
    """Index into `MATCHES`: further apart is worse."""
    return np.digitize(distance, (partial, mismatch)).astype(np.int64)


def _texts(places: Integers) -> pa.Array:
    return pa.array(MATCHES).take(pa.array(places))


def _flags(values: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pa.Array:
    return pa.array(np.where(values, "True", "False"))
