"""What is guessed of the real tables, and that the guess runs."""

import csv
from datetime import date

import pytest
import yaml

from tenure.cleaning import clean
from tenure.domain.artefacts import Validation
from tenure.domain.periods import Period
from tenure.drafting import draft_project, render_draft, write_draft
from tenure.drafting.draft import Role
from tenure.features import build
from tenure.ingestion import ingest
from tenure.project import load_project
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

LABEL = """
WITH month_6 AS (
    SELECT
        Customer_ID, loan_start_date, snapshot_date,
        CAST(ceil(overdue_amt / due_amt) AS INTEGER) AS n_missed
    FROM lms_loan_daily
    WHERE installment_num = 6
)
SELECT
    Customer_ID,
    loan_start_date AS event_time,
    CASE
        WHEN snapshot_date - CAST(snapshot_date - n_missed * INTERVAL '1' MONTH AS DATE) >= INTERVAL 30 DAYS
            THEN 1
        ELSE 0
    END AS label
FROM month_6
"""


def thin_out(source, target, keep):
    """A copy of a folder of CSVs with the rows that `keep` wants."""
    target.mkdir()
    for path in source.glob("*.csv"):
        with path.open(newline="") as rows, (target / path.name).open("w", newline="") as copy:
            reader, writer = csv.reader(rows), csv.writer(copy)
            header = next(reader)
            writer.writerow(header)
            writer.writerows(row for row in reader if keep(dict(zip(header, row, strict=True))))
    return target


@pytest.fixture(scope="module")
def loans(shared_data, tmp_path_factory):
    """One in eight customers of cs611."""
    folder = tmp_path_factory.mktemp("cs611")
    return thin_out(
        shared_data / "cs611", folder / "data", lambda row: int(row["Customer_ID"].split("x")[1], 16) % 8 == 0
    )


@pytest.fixture(scope="module")
def found(loans):
    return draft_project(loans, engine=DuckDBEngine(threads=2))


def test_keys_times_and_roles_of_the_loans_are_found(found):
    seen = {s.name: (s.keys, s.key.event_time, s.block.role) for s in found.sources}
    assert seen == {
        "features_attributes": (("Customer_ID",), "snapshot_date", Role.ENTITY),
        "features_financials": (("Customer_ID",), "snapshot_date", Role.ENTITY),
        "feature_clickstream": (("Customer_ID",), "snapshot_date", Role.HISTORY),
        "lms_loan_daily": (("loan_id",), "snapshot_date", Role.OUTCOMES),
    }
    assert (found.population.source, found.population.event_time) == ("lms_loan_daily", "loan_start_date")
    assert found.population.keys == ("Customer_ID",)
    assert {c.split(":")[0] for c in found.label.candidates} == {
        "lms_loan_daily.paid_amt",
        "lms_loan_daily.overdue_amt",
        "lms_loan_daily.balance",
    }


@pytest.mark.parametrize(
    ("column", "most", "least_dirt"),
    [
        ("Interest_Rate", 34, 5_000),
        ("Num_of_Loan", 9, 1_000),
        ("Num_Bank_Accounts", 11, 1_000),
        ("Annual_Income", 180_000, 5e6),
    ],
)
def test_absurd_numbers_of_the_loans_are_outside_and_the_others_inside(found, column, most, least_dirt):
    _, high = found.source("features_financials").column(column).rule.between
    assert most <= high < least_dirt


def test_the_dirt_of_the_loans_is_named(found):
    rules = {c.name: c.rule for s in found.sources for c in s.columns}
    assert rules["Age"].strip == rules["Annual_Income"].strip == rules["Num_of_Loan"].strip == "_"
    assert rules["SSN"].null_values == ("#F%$D@*&8",)
    assert rules["Occupation"].null_values == ("_______",)
    assert rules["Credit_Mix"].null_values == ("_",)
    assert rules["Payment_of_Min_Amount"].null_values == ("NM",)
    assert rules["Payment_Behaviour"].null_values == ("!@9#%8",)
    assert rules["Amount_invested_monthly"].null_values == ("__10000__",)
    assert rules["Credit_History_Age"].type == "months"
    assert rules["Type_of_Loan"].type == "text"
    assert {name for name, rule in rules.items() if rule.pii} == {"Name", "SSN"}


def run_first_period(folder, store, engine):
    settings, root = load_project(folder)
    period = Period(date(2023, 8, 1), first=True)
    bronze = ingest(period, sources=settings.sources, root=root, store=store, engine=engine)
    silver = clean(bronze, Validation(period, ()), sources=settings.sources, store=store, engine=engine)
    return build(
        silver,
        sources=settings.sources,
        population=settings.population,
        label=settings.label,
        features=settings.features,
        root=root,
        store=store,
        engine=engine,
    )


def test_the_loans_run_once_the_label_is_written(loans, found, tmp_path):
    write_draft(found, tmp_path / "project")
    (tmp_path / "project" / "sql" / "label.sql").write_text(LABEL)
    store = DeltaStore(str(tmp_path / "datamart"))
    gold = run_first_period(tmp_path / "project", store, DuckDBEngine())
    with (loans / "features_attributes.csv").open(newline="") as rows:
        starts = [row["snapshot_date"] for row in csv.DictReader(rows)]
    assert gold.features.n_rows == sum(start <= "2023-08-01" for start in starts)
    assert gold.labels.n_rows == sum(start <= "2023-02-01" for start in starts)
    labels = store.read("gold/labels").to_pandas()["label"].astype(int)
    assert labels.mean() == pytest.approx(0.288, abs=0.08)


def test_before_the_label_is_written_everything_runs_and_nothing_is_labelled(found, tmp_path):
    write_draft(found, tmp_path / "project")
    gold = run_first_period(tmp_path / "project", DeltaStore(str(tmp_path / "datamart")), DuckDBEngine())
    assert gold.features.n_rows > 0
    assert gold.labels.n_rows == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cs611", "home_credit", "housing_turkey", "moneylion"])
def test_every_real_folder_gives_a_draft_that_loads(shared_data, tmp_path, name):
    found = draft_project(shared_data / name, engine=DuckDBEngine(threads=2))
    write_draft(found, tmp_path / "project")
    project, _ = load_project(tmp_path / "project")
    assert project.sources


@pytest.mark.slow
def test_tables_around_an_application_are_reached_from_it(shared_data):
    found = draft_project(shared_data / "home_credit", engine=DuckDBEngine(threads=2))
    assert (found.population.source, found.label.column) == ("application_train", "TARGET")
    assert found.source("bureau_balance").block.through == "bureau"
    assert found.source("application_test").block.role is Role.UNLINKED
    relative = {s.name: s.block.relative_time.column for s in found.sources if s.block.relative_time}
    assert relative == {
        "POS_CASH_balance": "MONTHS_BALANCE",
        "bureau": "DAYS_CREDIT",
        "bureau_balance": "MONTHS_BALANCE",
        "credit_card_balance": "MONTHS_BALANCE",
        "previous_application": "DAYS_DECISION",
    }
    assert found.source("application_train").column("DAYS_EMPLOYED").rule.null_values == ("365243",)


def test_a_single_table_of_turkish_listings_is_drafted(shared_data, tmp_path):
    source = shared_data / "housing_turkey"
    folder = thin_out(source, tmp_path / "data", lambda row: int(row["Unnamed: 0"]) % 40 == 0)
    found = draft_project(folder, engine=DuckDBEngine())
    listings = found.sources[0]
    assert listings.column("Isıtma Tipi").type == "category"
    assert listings.column("Mahalle").type == "text"
    assert listings.column("Brüt Metrekare").type == "integer"
    assert found.population.event_time is None
    assert "no column says when" in yaml.dump(render_draft(found))
