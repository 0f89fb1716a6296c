import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import binomtest

from tenure.simulate import Lender, Simulation, simulate
from tenure.simulate.dirt import RULES, Dirt, soil

N = 7_200


def spoilt_cells(simulation: Simulation, spotless: Simulation, rule: Dirt) -> pd.Series:
    """Which cells bear the dirt of a rule, seen by comparing with the same lender without dirt."""
    dirty = simulation.tables[rule.source][rule.column].to_pandas()
    clean = spotless.tables[rule.source][rule.column].cast(pa.string()).to_pandas()
    match rule.kind:
        case "missing":
            return dirty.isna()
        case "placeholder":
            return dirty == rule.text
        case "trailing_mark":
            return dirty == clean + rule.text
        case "out_of_range":
            return pd.to_numeric(dirty, errors="coerce").between(*rule.between)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.column}-{rule.kind}-{rule.weight}")
def test_each_kind_of_dirt_is_there_at_its_share(rule: Dirt, calm: Simulation, spotless: Simulation) -> None:
    n_spoilt = int(spoilt_cells(calm, spotless, rule).sum())
    assert binomtest(n_spoilt, N, rule.weight * 0.02).pvalue > 1e-4


@pytest.mark.parametrize(
    ("source", "column"), sorted({(rule.source, rule.column) for rule in RULES}), ids=lambda name: name
)
def test_a_cell_is_spoilt_once_or_left_as_it_was(
    source: str, column: str, calm: Simulation, spotless: Simulation
) -> None:
    dirty = calm.tables[source][column].to_pandas()
    clean = spotless.tables[source][column].cast(pa.string()).to_pandas()
    rules = [rule for rule in RULES if (rule.source, rule.column) == (source, column)]
    n_reasons = sum(spoilt_cells(calm, spotless, rule).astype(int) for rule in rules)
    untouched = n_reasons == 0
    assert (n_reasons <= 1).all()
    assert (dirty[untouched] == clean[untouched]).all()


def test_more_dirt_spoils_the_same_cells_and_others() -> None:
    rows = pa.table({"Credit_Mix": ["Good"] * 1000})
    little, much = (
        soil(rows, source="financials", share=share, seed=1)["Credit_Mix"].to_numpy() == "_"
        for share in (0.01, 0.05)
    )
    assert little.sum() < much.sum()
    assert much[little].all()


def test_a_clean_lender_has_numbers_where_numbers_belong(spotless: Simulation) -> None:
    financials = spotless.tables["financials"].to_pandas()
    words = ("Customer_ID", "Type_of_Loan", "Credit_Mix", "Credit_History_Age", "Payment_of_Min_Amount")
    numbers = financials.drop(columns=[*words, "Payment_Behaviour", "snapshot_date"])
    assert all(np.issubdtype(kind, np.number) for kind in numbers.dtypes)
    assert not financials.drop(columns="Type_of_Loan").isna().any(axis=None)


def test_the_placeholders_of_the_real_files_are_all_there() -> None:
    tables = simulate(Lender(n_months=10, n_customers_per_month=300)).tables
    seen = {value for table in tables.values() for column in table.columns for value in _texts(column)}
    wanted = {"_______", "#F%$D@*&8", "_", "NM", "__10000__", "!@9#%8", "__-333333333333333333333333333__"}
    assert wanted <= seen
    assert {"-100", "-500", "-1"} <= seen


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    return column.unique().to_pylist() if pa.types.is_string(column.type) else []


def test_loans_in_words_name_as_many_as_are_counted(spotless: Simulation) -> None:
    financials = spotless.tables["financials"].to_pandas()
    named = financials.Type_of_Loan.fillna("").str.replace(" and ", " ")
    counts = named.map(lambda text: len([part for part in text.split(",") if part.strip()]))
    assert (counts == financials.Num_of_Loan).all()
    assert financials.Type_of_Loan[financials.Num_of_Loan == 2].str.contains(", and ").all()


def test_a_history_in_words_is_years_and_months(spotless: Simulation) -> None:
    words = spotless.tables["financials"]["Credit_History_Age"].to_pandas()
    parts = words.str.extract(r"^(\d+) Years and (\d+) Months$").astype(int)
    assert parts[1].between(0, 11).all()
    assert (parts[0] * 12 + parts[1]).between(1, 480).all()
