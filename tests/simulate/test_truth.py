import json
from datetime import date
from pathlib import Path

import pytest

from tenure.simulate import (
    Event,
    FeedOutage,
    LateRows,
    Lender,
    NewCategory,
    Planted,
    Recession,
    RenamedColumn,
    Shift,
    UnitChange,
    read_planted,
    recession_scenario,
    simulate,
    write_truth,
)
from tenure.simulate.dirt import RULES

START, END = date(2022, 8, 1), date(2022, 9, 1)
EVENTS: tuple[tuple[Event, str, tuple[str, ...], float], ...] = (
    (FeedOutage(start=START, end=END, covered_share=0.4), "clickstream", (), 0.6),
    (NewCategory(start=START, end=END, share=0.3), "attributes", ("Product",), 0.3),
    (RenamedColumn(start=START, end=END), "financials", ("Outstanding_Debt", "OutstandingDebt"), 1.0),
    (
        UnitChange(start=START, end=END, column="Interest_Rate", factor=12),
        "financials",
        ("Interest_Rate",),
        12,
    ),
    (Shift(start=START, end=END, column="Interest_Rate", size=-2), "financials", ("Interest_Rate",), -2),
    (LateRows(start=START, end=END, share=0.7), "clickstream", (), 0.7),
)
SMALL = Lender(n_months=3, n_customers_per_month=20)


@pytest.mark.parametrize(("event", "source", "columns", "size"), EVENTS, ids=lambda x: getattr(x, "kind", ""))
def test_what_was_planted_can_be_read_back(
    event: Event, source: str, columns: tuple[str, ...], size: float, tmp_path: Path
) -> None:
    write_truth(simulate(SMALL, events=[event]), tmp_path)
    (line,) = read_planted(tmp_path)
    assert line == Planted(event.kind, source, columns, START, END, line.size, line.effect)
    assert line.size == pytest.approx(size)
    assert line.effect


def test_an_event_without_an_end_has_none_in_the_truth(tmp_path: Path) -> None:
    write_truth(simulate(SMALL, events=[Recession(start=START)]), tmp_path)
    features, labels = read_planted(tmp_path)
    assert (features.source, labels.source) == ("financials", "loan_ledger")
    assert features.end is None
    assert labels.end is None


def test_a_stationary_lender_has_an_empty_list(tmp_path: Path) -> None:
    write_truth(simulate(SMALL), tmp_path)
    assert read_planted(tmp_path) == ()


def test_the_truth_names_the_lender_the_dirt_and_the_default_shares(tmp_path: Path) -> None:
    simulation = simulate(SMALL)
    truth = json.loads(write_truth(simulation, tmp_path).read_text(encoding="utf-8"))
    assert truth["lender"]["seed"] == SMALL.seed
    assert truth["lender"]["first_month"] == "2022-07-01"
    assert len(truth["dirt"]) == len(RULES)
    rows = simulation.truth.to_pandas()
    for month, share in truth["default_share"].items():
        of_month = rows[rows.loan_start_date == date.fromisoformat(f"{month}-01")]
        assert share == pytest.approx(of_month.is_default.mean(), abs=1e-4)
    assert list(truth["default_share"]) == ["2022-07", "2022-08", "2022-09"]


def test_the_scenario_of_the_demo_plants_a_product_a_rename_a_recession_and_an_outage() -> None:
    scenario = recession_scenario(n_customers_per_month=10)
    kinds = [line.what for event in scenario.events for line in event.planted()]
    assert kinds == ["new_category", "renamed_column", "recession", "recession", "feed_outage"]
    starts = [event.start for event in scenario.events]
    assert starts == sorted(starts)
    assert scenario.lender.n_months == 30


def test_the_recession_of_the_demo_lasts_long_enough_for_its_labels_to_mature() -> None:
    scenario = recession_scenario()
    (recession,) = (event for event in scenario.events if isinstance(event, Recession))
    last_start = scenario.lender.start_months[-1].astype(date)
    n_months = (last_start.year - recession.start.year) * 12 + last_start.month - recession.start.month
    assert n_months >= 6 + 6
