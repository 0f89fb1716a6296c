"""clean cells → what an export makes of some of them: the dirt of real files, kind by kind.

Each rule spoils its share of the cells of one column, and no cell is spoilt twice. A column with dirt is text
from then on, as it is in a CSV file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenure.simulate.arrays import Flags
from tenure.simulate.shape import ATTRIBUTES, FINANCIALS
from tenure.simulate.streams import stream

Kind = Literal["trailing_mark", "out_of_range", "placeholder", "missing"]


@dataclass(frozen=True, slots=True)
class Dirt:
    """One kind of dirt in one column."""

    source: str
    column: str
    kind: Kind
    text: str = ""
    """The mark after the value, or the placeholder in its place."""
    between: tuple[int, int] = (0, 0)
    """From and to, both included, where the value is out of range."""
    weight: float = 1.0
    """Times the lender's ``dirt_share``: the share of cells spoilt."""


def _marks(source: str, *columns: str) -> tuple[Dirt, ...]:
    return tuple(Dirt(source, column, "trailing_mark", "_", weight=2.0) for column in columns)


RULES: Final = (
    *_marks(ATTRIBUTES, "Age"),
    Dirt(ATTRIBUTES, "Age", "out_of_range", between=(-500, -500), weight=0.5),
    Dirt(ATTRIBUTES, "Age", "out_of_range", between=(110, 8_700)),
    Dirt(ATTRIBUTES, "SSN", "placeholder", "#F%$D@*&8", weight=2.0),
    Dirt(ATTRIBUTES, "Occupation", "placeholder", "_______", weight=3.0),
    *_marks(
        FINANCIALS, "Annual_Income", "Num_of_Loan", "Num_of_Delayed_Payment", "Outstanding_Debt"
    ),
    Dirt(FINANCIALS, "Annual_Income", "out_of_range", between=(1_000_000, 24_000_000), weight=0.5),
    Dirt(FINANCIALS, "Monthly_Inhand_Salary", "missing"),
    Dirt(FINANCIALS, "Num_Bank_Accounts", "out_of_range", between=(-1, -1), weight=0.25),
    Dirt(FINANCIALS, "Num_Bank_Accounts", "out_of_range", between=(20, 1_756)),
    Dirt(FINANCIALS, "Num_Credit_Card", "out_of_range", between=(20, 1_499)),
    Dirt(FINANCIALS, "Interest_Rate", "out_of_range", between=(40, 5_789)),
    Dirt(FINANCIALS, "Num_of_Loan", "out_of_range", between=(-100, -100)),
    Dirt(FINANCIALS, "Num_of_Loan", "out_of_range", between=(15, 1_495), weight=0.5),
    Dirt(FINANCIALS, "Num_of_Delayed_Payment", "out_of_range", between=(40, 4_300), weight=0.5),
    Dirt(FINANCIALS, "Num_of_Delayed_Payment", "missing", weight=2.0),
    Dirt(FINANCIALS, "Changed_Credit_Limit", "placeholder", "_"),
    Dirt(FINANCIALS, "Num_Credit_Inquiries", "out_of_range", between=(30, 2_554)),
    Dirt(FINANCIALS, "Credit_Mix", "placeholder", "_", weight=6.0),
    Dirt(FINANCIALS, "Credit_History_Age", "missing", weight=2.0),
    Dirt(FINANCIALS, "Payment_of_Min_Amount", "placeholder", "NM", weight=5.0),
    Dirt(FINANCIALS, "Total_EMI_per_month", "out_of_range", between=(20_000, 82_000)),
    Dirt(FINANCIALS, "Amount_invested_monthly", "placeholder", "__10000__", weight=2.0),
    Dirt(FINANCIALS, "Payment_Behaviour", "placeholder", "!@9#%8", weight=3.0),
    Dirt(
        FINANCIALS, "Monthly_Balance", "placeholder", "__-333333333333333333333333333__", weight=0.25
    ),
)  # fmt: skip


def soil(rows: pa.Table, *, source: str, share: float, seed: int) -> pa.Table:
    """The rows with the dirt of their source; without a `share` as they were.

    Parameters
    ----------
    share
        Share of the cells that a rule of weight 1 spoils.
    """
    for name in rows.column_names:
        rules = tuple(rule for rule in RULES if (rule.source, rule.column) == (source, name))
        if rules and share > 0:
            rng = stream(seed, f"dirt {source}.{name}")
            dirty = _soil_column(rows[name].combine_chunks(), rules, share, rng)
            rows = rows.set_column(rows.column_names.index(name), name, dirty)
    return rows


def _soil_column(
    values: pa.Array, rules: tuple[Dirt, ...], share: float, rng: np.random.Generator
) -> pa.Array:
    texts = values.cast(pa.string())
    draws = rng.random(len(values))
    low = 0.0
    for rule in rules:
        high = low + rule.weight * share
        texts = _spoil(texts, (draws >= low) & (draws < high), rule, rng)
        low = high
    return texts


def _spoil(texts: pa.Array, hit: Flags, rule: Dirt, rng: np.random.Generator) -> pa.Array:
    match rule.kind:
        case "trailing_mark":
            spoilt = pc.binary_join_element_wise(texts, rule.text, "")
        case "out_of_range":
            low, high = rule.between
            spoilt = pa.array(rng.integers(low, high + 1, size=len(texts))).cast(pa.string())
        case "placeholder":
            spoilt = pa.scalar(rule.text)
        case "missing":
            spoilt = pa.scalar(None, pa.string())
    return pc.if_else(pa.array(hit), spoilt, texts)
