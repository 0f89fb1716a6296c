from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot
import yaml

from tenure.domain.sources import Column, Source
from tenure.simulate import (
    HouseMarket,
    Lender,
    Simulation,
    simulate,
    simulate_houses,
    write,
    write_houses,
    write_project_files,
)
from tenure.simulate.shape import SOURCES, source_columns


@pytest.fixture
def project(tmp_path: Path) -> dict[str, Any]:
    write_project_files(tmp_path)
    loaded: dict[str, Any] = yaml.safe_load((tmp_path / "tenure.yaml").read_text(encoding="utf-8"))
    return loaded


def query(folder: Path, name: str) -> str:
    return (folder / "sql" / name).read_text(encoding="utf-8")


def test_the_files_named_in_the_project_file_are_written(project: dict[str, Any], tmp_path: Path) -> None:
    named = [project["population"]["sql"], project["label"]["sql"]]
    named += [block["sql"] for block in project["features"] if "sql" in block]
    assert all((tmp_path / name).is_file() for name in named)
    assert len(list((tmp_path / "sql").iterdir())) == len(named)


def test_the_project_declares_every_source_and_only_columns_that_it_has(project: dict[str, Any]) -> None:
    assert tuple(project["sources"]) == SOURCES
    for name, section in project["sources"].items():
        source = Source.model_validate(section)
        assert {*source.columns, *source.keys, source.event_time} <= set(source_columns(Lender(), name))


def test_the_paths_of_the_project_are_the_folders_that_are_written(
    project: dict[str, Any], tmp_path: Path
) -> None:
    write(simulate(Lender(n_months=1, n_customers_per_month=5)), tmp_path / "data")
    for section in project["sources"].values():
        assert list((tmp_path / section["path"]).glob("*.csv"))


def test_every_honest_value_lies_in_its_declared_range(project: dict[str, Any], spotless: Simulation) -> None:
    for source, section in project["sources"].items():
        for name, rules in section["columns"].items():
            column = Column.model_validate(rules)
            values = set(spotless.tables[source][name].to_pylist())
            if column.between:
                assert column.between[0] <= min(values) <= max(values) <= column.between[1], name
            if column.values:
                assert values <= set(column.values), name


def test_every_placeholder_is_declared_or_follows_from_the_type(
    project: dict[str, Any], calm: Simulation
) -> None:
    financials = project["sources"]["financials"]["columns"]
    mix = set(calm.tables["financials"]["Credit_Mix"].to_pylist())
    assert mix == {*financials["Credit_Mix"]["values"], *financials["Credit_Mix"]["null_values"]}
    behaviours = set(calm.tables["financials"]["Payment_Behaviour"].to_pylist())
    assert set(financials["Payment_Behaviour"]["null_values"]) < behaviours


def test_the_population_is_every_loan_on_the_day_it_starts(tmp_path: Path, calm: Simulation) -> None:
    write_project_files(tmp_path)
    with duckdb.connect() as connection:
        connection.register("loan_ledger", calm.tables["loan_ledger"])
        population = connection.sql(query(tmp_path, "applications.sql")).to_arrow_table()
    truth = calm.truth.select(["Customer_ID", "loan_start_date"]).rename_columns(
        ["Customer_ID", "event_time"]
    )
    assert population.sort_by("Customer_ID").equals(truth.sort_by("Customer_ID"))


def test_the_label_query_gives_the_label_of_the_simulation(tmp_path: Path, calm: Simulation) -> None:
    write_project_files(tmp_path)
    with duckdb.connect() as connection:
        connection.register("loan_ledger", calm.tables["loan_ledger"])
        labels = connection.sql(query(tmp_path, "default_30dpd_6mob.sql")).to_arrow_table()
    truth = calm.truth.sort_by("Customer_ID")
    labels = labels.sort_by("Customer_ID")
    assert labels["Customer_ID"].equals(truth["Customer_ID"])
    assert labels["label"].cast(pa.bool_()).equals(truth["is_default"])


def test_the_ratios_are_computed_from_what_was_known(tmp_path: Path, spotless: Simulation) -> None:
    write_project_files(tmp_path)
    rows = spotless.tables["financials"].to_pandas().rename(columns={"snapshot_date": "event_time"})
    years = rows.Credit_History_Age.str.extract(r"(\d+) Years and (\d+)").astype(int)
    rows["Credit_History_Age"] = years[0] * 12 + years[1]
    with duckdb.connect() as connection:
        connection.register("financials", rows)
        ratios = connection.sql(query(tmp_path, "ratios.sql")).df()
    assert ratios.debt_to_income.tolist() == (rows.Outstanding_Debt / rows.Annual_Income).tolist()
    assert (ratios.iloc[:, 2:] >= 0).all(axis=None)


@pytest.mark.parametrize("name", ["applications.sql", "default_30dpd_6mob.sql", "ratios.sql"])
def test_the_queries_can_be_said_in_the_dialect_of_another_engine(name: str, tmp_path: Path) -> None:
    write_project_files(tmp_path)
    (said,) = sqlglot.transpile(query(tmp_path, name), read="duckdb", write="spark")
    assert isinstance(sqlglot.parse_one(said, dialect="spark"), sqlglot.exp.Query)


def test_the_houses_have_a_project_of_their_own(tmp_path: Path) -> None:
    write_project_files(tmp_path, template="houses")
    path = write_houses(HouseMarket(n_months=1, n_listings_per_month=20), tmp_path / "data")
    project = yaml.safe_load((tmp_path / "tenure.yaml").read_text(encoding="utf-8"))
    section = project["sources"]["listings"]
    source = Source.model_validate(section)
    assert tmp_path / source.path == path
    listings = simulate_houses(HouseMarket(n_months=1, n_listings_per_month=20))
    assert {*source.columns, *source.keys, source.event_time} == set(listings.column_names)
    with duckdb.connect() as connection:
        connection.register("listings", listings)
        labels = connection.sql(query(tmp_path, "price_class.sql")).to_arrow_table()
        population = connection.sql(query(tmp_path, "listings.sql")).to_arrow_table()
    assert labels["label"].equals(listings["Fiyat Sınıfı"])
    assert population["event_time"].equals(listings["İlan Tarihi"])


def test_files_are_written_over_by_a_second_call(tmp_path: Path) -> None:
    first = write_project_files(tmp_path)
    (tmp_path / "tenure.yaml").write_text("project: other", encoding="utf-8")
    assert write_project_files(tmp_path) == first
    assert "cash-loans" in (tmp_path / "tenure.yaml").read_text(encoding="utf-8")
