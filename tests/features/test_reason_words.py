"""The words in which applicants are told of features: from the project file to the feature columns."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest
from pydantic import ValidationError

from tenure.bundle import FeatureSpec
from tenure.domain.sources import Column, ReasonWords, Source
from tenure.errors import ProjectError
from tenure.features import CrossBlock, SourceBlock, SqlBlock
from tenure.training.explaining import wordings_of

EVENT = datetime(2024, 3, 1)
PEOPLE = [{"id": "a", "event_time": EVENT}]
BEFORE = {"_event_time": datetime(2024, 2, 1), "_known_at": datetime(2024, 2, 1)}
HIGH_DEBT = ReasonWords(high="Debt is high against income", missing="Debt is not known")
LEDGER = (
    Source(
        path="l",
        keys=("id", "t"),
        event_time="t",
        columns={"debt": Column(words="outstanding debt", reason=HIGH_DEBT), "pay": Column(words="salary")},
    ),
    [{"id": "a", "debt": 5.0, "pay": 3.0, **BEFORE}],
    {"id": pa.string(), "debt": pa.float64(), "pay": pa.float64()},
)
BLOCKS = [SourceBlock(source="ledger", windows=("3 months", "all"), aggregates=("mean", "max"))]


def wordings(computed, blocks=BLOCKS):
    _, columns = computed(PEOPLE, {"ledger": LEDGER}, blocks)
    specs = [FeatureSpec(column.name, column.kind, ("x",) if column.kind == "category" else ())
             for column in columns]  # fmt: skip
    return {spec.name: wording for spec, wording in zip(specs, wordings_of(specs, columns), strict=True)}


def test_every_feature_of_a_column_has_its_reason_and_they_are_one_cause(computed):
    found = {name: each for name, each in wordings(computed).items() if "debt" in name}
    assert len(found) == 4
    assert {each.cause for each in found.values()} == {"Debt is high against income; ; Debt is not known"}
    assert {each.told(9.0, 1.0) for each in found.values()} == {"Debt is high against income"}
    assert {each.told(None, 1.0) for each in found.values()} == {"Debt is not known"}
    low = found["ledger_debt_mean_3m"].told(0.5, 1.0)
    assert low == "Mean of outstanding debt over the 3 months before: lower than usual"


def test_features_of_a_column_without_a_reason_are_one_cause_each_in_its_own_words(computed):
    found = {name: each for name, each in wordings(computed).items() if "pay" in name}
    assert {each.cause for each in found.values()} == {"ledger.pay"}
    told = {each.told(9.0, 1.0) for each in found.values()}
    assert "Largest of salary so far: higher than usual" in told
    assert len(told) == 4


def test_a_query_and_a_cross_have_reasons_of_their_own(computed):
    query = SqlBlock(
        select="SELECT id, event_time, 2.0 AS burden, 1.0 AS other_ratio FROM population",
        reasons={"burden": "Payments are high against income"},
    )
    cross = CrossBlock(cross=("burden", "other_ratio"), reason="Burden and ratio together")
    found = wordings(computed, [query, cross])
    told = {name: each.told(9.0, 1.0) for name, each in found.items()}
    assert told == {
        "burden": "Payments are high against income",
        "other_ratio": "Other ratio: higher than usual",
        "burden_x_other_ratio": "Burden and ratio together",
    }


def test_a_reason_for_a_column_that_a_query_does_not_give_says_what_was_probably_meant(computed):
    query = SqlBlock(
        select="SELECT id, event_time, 2.0 AS burden FROM population", reasons={"burdon": "Too much"}
    )
    with pytest.raises(ProjectError, match="`burdon`, which `reasons` names; did you mean `burden`"):
        wordings(computed, [query])


def test_a_reason_is_a_text_or_texts_by_value_and_nothing_else():
    assert Column.model_validate({"reason": "Debt"}).reason == "Debt"
    assert Column.model_validate({"reason": {"high": "Debt"}}).reason == ReasonWords(high="Debt")
    with pytest.raises(ValidationError):
        Column.model_validate({"reason": {"hihg": "Debt"}})
