from datetime import date

import pytest

from tenure.errors import SimulationError, TenureError
from tenure.simulate import (
    Event,
    FeedOutage,
    LateRows,
    Lender,
    NewCategory,
    Recession,
    RenamedColumn,
    Shift,
    UnitChange,
    simulate,
)
from tenure.simulate.plan import event_problems

START = date(2023, 1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_months": 0},
        {"n_customers_per_month": 0},
        {"n_click_features": 0},
        {"n_follow_up_months": -1},
        {"n_click_months_before": -1},
        {"n_click_months_after": 11},
        {"dirt_share": 0.06},
        {"duplicate_share": 1.5},
        {"first_month": date(2023, 1, 15)},
        {"seed": -1},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_lender_that_cannot_be_is_refused_with_the_field_and_its_value(wrong: dict[str, object]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(SimulationError, match=f"`{name}` is {value}"):
        simulate(Lender(**wrong))


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Recession(start=START, end=START), "ends .* before it has begun"),
        (FeedOutage(start=START, source="clicks"), "no source `clicks`"),
        (FeedOutage(start=START, covered_share=1.0), "`covered_share` is 1.0"),
        (NewCategory(start=START, column="Name"), "only for Occupation, Product"),
        (NewCategory(start=START, source="loan_ledger"), "only for none"),
        (NewCategory(start=START, share=0.0), "`share` is 0.0"),
        (RenamedColumn(start=START, column="Debt"), "not possible for `financials.Debt`"),
        (RenamedColumn(start=START, column="Customer_ID"), "not possible for `financials.Customer_ID`"),
        (RenamedColumn(start=START, name="Interest_Rate"), "already has a column `Interest_Rate`"),
        (UnitChange(start=START, column="Credit_Mix", factor=12), "not possible for `financials.Credit_Mix`"),
        (Shift(start=START, source="clickstream", column="fe_9", size=1), "only for fe_1, .* fe_8"),
        (LateRows(start=START, share=1.2), "`share` is 1.2"),
        (LateRows(start=START, n_months=0), "`n_months` is 0"),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_an_event_that_cannot_be_is_refused_with_what_is_possible(event: Event, said: str) -> None:
    with pytest.raises(SimulationError, match=said):
        simulate(Lender(), events=[event])


def test_every_problem_is_reported_at_once() -> None:
    events = [FeedOutage(start=START, source="clicks"), LateRows(start=START, share=2)]
    with pytest.raises(SimulationError) as caught:
        simulate(Lender(n_months=0, seed=-1), events=events)
    assert len(caught.value.problems) == 4
    assert caught.value.hint
    assert isinstance(caught.value, TenureError)
    assert isinstance(caught.value, ValueError)


def test_a_column_is_renamed_once_only() -> None:
    events = [RenamedColumn(start=START, name="Debt"), RenamedColumn(start=START, name="debt")]
    assert "is renamed 2 times" in event_problems(Lender(), events)[0]


def test_a_plan_that_can_be_has_no_problems() -> None:
    events = [
        Recession(start=START),
        NewCategory(start=START, source="financials", column="Credit_Mix", category="Unknown"),
        Shift(start=START, source="attributes", column="Age", size=1),
        UnitChange(start=START, source="loan_ledger", column="loan_amt", factor=1000),
    ]
    assert event_problems(Lender(), events) == ()
