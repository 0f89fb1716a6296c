"""The draft of the simulated lender finds what the simulator planted, loads, and runs."""

from datetime import date
from importlib.resources import files as resources

import pytest

from tenure.cleaning import clean
from tenure.domain.artefacts import Validation
from tenure.domain.periods import Period
from tenure.drafting import draft_project, write_draft
from tenure.drafting.draft import Role
from tenure.features import build
from tenure.ingestion import ingest
from tenure.project import load_project
from tenure.simulate import Lender, RenamedColumn, simulate, write
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

LENDER = Lender(
    n_months=8, n_customers_per_month=120, n_follow_up_months=8, has_received_date=True, duplicate_share=0.03
)
RENAMED = RenamedColumn(
    start=date(2022, 12, 1), source="financials", column="Outstanding_Debt", name="Total_Debt"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The folder of a drafted project, with the label's query filled in."""
    folder = tmp_path_factory.mktemp("lender")
    write(simulate(LENDER, events=[RENAMED]), folder / "data")
    write_draft(draft_project(folder / "data", engine=DuckDBEngine(threads=2)), folder)
    label = resources("tenure.simulate").joinpath("template/sql/default_30dpd_6mob.sql").read_text()
    (folder / "sql" / "label.sql").write_text(label)
    return folder


@pytest.fixture(scope="module")
def found(project):
    return draft_project(project / "data", engine=DuckDBEngine(threads=2))


def test_monthly_files_are_one_source_each(found):
    assert {source.name: source.path for source in found.sources} == {
        name: f"{name}/{name}_*.csv" for name in ("attributes", "clickstream", "financials", "loan_ledger")
    }


def test_planted_dirt_is_repaired_by_the_drafted_rules(found):
    attributes, financials = found.source("attributes"), found.source("financials")
    assert attributes.column("Age").rule.strip == "_"
    assert attributes.column("SSN").rule.pii
    assert attributes.column("SSN").rule.null_values == ("#F%$D@*&8",)
    assert attributes.column("Occupation").rule.null_values == ("_______",)
    assert financials.column("Payment_of_Min_Amount").rule.null_values == ("NM",)
    assert financials.column("Payment_Behaviour").rule.null_values == ("!@9#%8",)
    assert financials.column("Amount_invested_monthly").rule.null_values == ("__10000__",)
    assert financials.column("Credit_History_Age").rule.type == "months"
    for source, column, honest in [
        (attributes, "Age", 70),
        (financials, "Interest_Rate", 36),
        (financials, "Num_of_Loan", 9),
    ]:
        low, high = source.column(column).rule.between
        assert low == 0
        assert honest <= high < 4 * honest


def test_the_loan_ledger_is_population_and_outcome(found):
    assert (found.population.source, found.population.keys) == ("loan_ledger", ("Customer_ID",))
    assert found.population.n_events == 8 * 120
    roles = {source.name: source.block.role for source in found.sources}
    assert roles == {
        "attributes": Role.ENTITY,
        "financials": Role.ENTITY,
        "clickstream": Role.HISTORY,
        "loan_ledger": Role.OUTCOMES,
    }


def test_a_renamed_column_may_be_missing_and_is_pointed_out(found):
    financials = found.source("financials")
    assert not financials.column("Outstanding_Debt").rule.required
    assert not financials.column("Total_Debt").rule.required
    assert any("renamed" in note for note in financials.notes)


def test_the_day_of_receipt_is_when_a_row_was_known(found):
    assert {source.key.known_at for source in found.sources} == {"received_date"}


def test_the_drafted_project_runs_from_raw_files_to_features_and_labels(project, tmp_path):
    settings, root = load_project(project)
    store, engine = DeltaStore(str(tmp_path)), DuckDBEngine()
    period = Period(date(2023, 5, 1), first=True)
    bronze = ingest(period, sources=settings.sources, root=root, store=store, engine=engine)
    silver = clean(bronze, Validation(period, ()), sources=settings.sources, store=store, engine=engine)
    gold = build(
        silver,
        sources=settings.sources,
        population=settings.population,
        label=settings.label,
        features=settings.features,
        root=root,
        store=store,
        engine=engine,
    )
    events = store.read("gold/features").to_pandas()
    labels = store.read("gold/labels").to_pandas()
    assert len(events) == 8 * 120
    assert not events.duplicated(["Customer_ID", "event_time"]).any()
    assert (events["known_at"] <= events["event_time"]).all()
    assert len(labels) == sum(month <= 11 for month in range(7, 15)) * 120, (
        "loans of July to November have matured"
    )
    assert set(labels["label"]) == {"0", "1"}
    assert events["attributes_Age"].between(18, 100).sum() >= 0.9 * len(events)
    assert not any("overdue" in name or "SSN" in name for name in events.columns)
    assert gold.keys == ("Customer_ID",)
