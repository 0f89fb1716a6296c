"""The cash-loan tables, against a reading of the same files in pandas."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tenure.domain.artefacts import Silver
from tenure.domain.findings import found
from tenure.domain.sources import Source
from tenure.domain.tables import silver
from tenure.stores.delta import DeltaStore

RULES = {
    "Annual_Income": {"type": "number", "strip": "_", "between": (0, 1_000_000)},
    "Num_of_Loan": {"type": "integer", "strip": "_", "between": (0, 50)},
    "Interest_Rate": {"type": "integer", "between": (0, 100)},
    "Num_Credit_Inquiries": {"type": "integer"},
    "Credit_Mix": {"type": "category", "null_values": ("_",), "values": ("Good", "Standard", "Bad")},
    "Credit_History_Age": {"type": "months"},
    "Amount_invested_monthly": {"type": "number", "strip": "_"},
    "Monthly_Balance": {"type": "number", "strip": "_", "between": (0, 1e6)},
}
ENDS = ("2023-03-01", "2023-04-01")


def _sources() -> dict[str, Source]:
    path, event_time = "features_financials.csv", "snapshot_date"
    return {"financials": Source(path=path, keys=("Customer_ID",), event_time=event_time, columns=RULES)}


@pytest.fixture
def months(shared_data: Path, run: Callable[..., Silver]) -> list[Silver]:
    return [run(end, _sources(), root=shared_data / "cs611") for end in ENDS]


@pytest.fixture
def raw(shared_data: Path) -> pd.DataFrame:
    frame = pd.read_csv(shared_data / "cs611" / "features_financials.csv", dtype=str, keep_default_na=False)
    return frame[frame["snapshot_date"] <= ENDS[-1]].sort_values("Customer_ID", ignore_index=True)


def _expected(column: pd.Series, rule: dict[str, object]) -> pd.Series:
    stripped = column.str.strip(f" {rule.get('strip', '')}")
    if rule["type"] == "category":
        return stripped.where(stripped.isin(rule["values"]))
    if rule["type"] == "months":
        return stripped.map(lambda text: sum(map(int.__mul__, map(int, re.findall(r"\d+", text)), (12, 1))))
    numbers = stripped.map(lambda text: float(text) if text else float("nan"))
    low, high = rule.get("between", (-float("inf"), float("inf")))
    return numbers.where(numbers.between(low, high))


@pytest.mark.parametrize("name", RULES)
def test_every_column_is_what_pandas_makes_of_it(
    months: list[Silver], raw: pd.DataFrame, store: DeltaStore, name: str
) -> None:
    cleaned = store.read(silver("financials")).to_pandas().sort_values("Customer_ID", ignore_index=True)
    assert len(cleaned) == len(raw) == sum(month.slices[0].n_rows for month in months)
    expected, actual = _expected(raw[name], RULES[name]), cleaned[name]
    assert (expected.isna() == actual.isna()).all()
    assert (expected.dropna().to_numpy() == actual.dropna().to_numpy()).all()


def test_the_repairs_are_those_that_pandas_counts(months: list[Silver], raw: pd.DataFrame) -> None:
    counts: dict[tuple[str, str], int] = {}
    for repair in (repair for month in months for repair in month.repairs):
        counts[repair.column, repair.kind] = counts.get((repair.column, repair.kind), 0) + repair.n_values
    income = raw["Annual_Income"].str.strip("_").astype(float)
    is_in_range = income.between(0, 1_000_000)
    assert counts["Annual_Income", "out_of_range"] == (~is_in_range).sum()
    assert counts["Annual_Income", "stripped"] == (raw["Annual_Income"].str.endswith("_") & is_in_range).sum()
    assert counts["Credit_Mix", "null_value"] == (raw["Credit_Mix"] == "_").sum()
    assert (
        counts["Amount_invested_monthly", "stripped"]
        == raw["Amount_invested_monthly"].str.startswith("_").sum()
    )
    assert ("Num_Credit_Inquiries", "unreadable") not in counts  # '11.0' is an integer


def test_the_tables_have_neither_copies_nor_conflicts(months: list[Silver]) -> None:
    assert [finding.code for month in months for finding in found(month.findings)] == []
