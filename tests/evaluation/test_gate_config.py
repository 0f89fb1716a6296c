import pytest
from pydantic import ValidationError

from tenure.evaluation.config import BeatChampion, GatePolicy


@pytest.mark.parametrize(
    ("written", "share"), [("2%", 0.02), ("0.5 %", 0.005), (" 12% ", 0.12), (0.02, 0.02), (0, 0.0)]
)
def test_a_share_is_written_in_percent_or_as_a_number(written, share):
    assert BeatChampion(by=written).by == pytest.approx(share)


@pytest.mark.parametrize("written", [2, "200%", "-2%", -0.1, "two", "2"])
def test_a_share_that_cannot_be_meant_is_refused(written):
    with pytest.raises(ValidationError):
        BeatChampion(by=written)


def test_the_section_of_the_design_reads_as_it_is_written():
    policy = GatePolicy.model_validate(
        {
            "minimum": {"precision": 0.5, "recall": 0.6},
            "beat_champion": {"metric": "f1", "by": "2%"},
        }
    )
    assert policy.minimum == {"precision": 0.5, "recall": 0.6}
    assert policy.beat_champion.interval == "required"


@pytest.mark.parametrize(
    "section",
    [
        {"minimum": {"f2": 0.5}},
        {"beat_champion": {"metric": "profit"}},
        {"beat_champoin": {}},
        {"min_rows": 0},
        {"latency_ms": 0},
        {"beat_champion": {"interval": "maybe"}},
    ],
)
def test_what_the_gate_does_not_know_is_refused(section):
    with pytest.raises(ValidationError):
        GatePolicy.model_validate(section)


def test_an_unknown_metric_is_told_with_those_there_are():
    with pytest.raises(ValidationError, match="roc_auc, gini, ks"):
        GatePolicy(minimum={"f2": 0.5})
