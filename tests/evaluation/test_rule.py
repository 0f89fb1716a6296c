from dataclasses import replace
from datetime import date

import pytest

from tenure.domain.decisions import Difference
from tenure.domain.evaluations import Direction, Evaluation, Metric
from tenure.domain.models import ModelVersion
from tenure.evaluation.config import GatePolicy
from tenure.evaluation.probe import Probe
from tenure.evaluation.rule import Comparison, Evidence, decide_promotion

AS_OF = date(2024, 7, 1)
NEW = ModelVersion("loans", 2, "b" * 64, AS_OF)
OLD = ModelVersion("loans", 1, "a" * 64, date(2024, 1, 1))
TEST = Evaluation(
    "test",
    1000,
    (("no", 700), ("yes", 300)),
    (
        Metric("f1", 0.60),
        Metric("precision", 0.5),
        Metric("recall", 0.75),
        Metric("brier", 0.15, Direction.LOWER),
    ),
)
GOOD = Evidence(
    as_of=AS_OF,
    candidate=NEW,
    champion=None,
    test=TEST,
    n_test_rows=1000,
    audited=True,
    probe=Probe(answered=True, message="same answers", latency_ms=0.05),
    comparison=None,
)


def against(candidate=0.60, champion=0.55, low=0.01, high=0.09, metric="f1", **changes):
    difference = Difference(metric, candidate, champion, low, high, 900)
    return replace(GOOD, champion=OLD, comparison=replace(Comparison(900, 100, difference), **changes))


def judge(evidence, **policy):
    return decide_promotion(evidence, policy=GatePolicy.model_validate(policy))


def refused_by(verdict):
    assert verdict.passed == all(reason.favours for reason in verdict.reasons)
    return {reason.rule for reason in verdict.reasons if not reason.favours}


def reason(verdict, rule):
    return next(r for r in verdict.reasons if r.rule == rule)


def test_with_nobody_in_office_a_sound_candidate_passes_and_every_condition_is_listed():
    verdict = judge(GOOD, minimum={"f1": 0.6})
    assert verdict.passed
    assert [r.rule for r in verdict.reasons] == [
        "audit",
        "clean process",
        "latency",
        "test rows",
        "minimum f1",
        "champion",
    ]


@pytest.mark.parametrize(
    ("metric", "limit", "passes"),
    [
        ("recall", 0.75, True),
        ("recall", 0.7501, False),
        ("brier", 0.15, True),
        ("brier", 0.1499, False),
        ("roc_auc", 0.1, False),
    ],
)
def test_a_minimum_holds_at_its_limit_and_fails_beyond_it_or_where_it_was_not_measured(metric, limit, passes):
    verdict = judge(GOOD, minimum={metric: limit})
    assert verdict.passed is passes
    assert reason(verdict, f"minimum {metric}").threshold == limit


def test_two_percent_better_is_relative_to_the_champion():
    assert judge(against(candidate=0.561, champion=0.55)).passed
    verdict = judge(against(candidate=0.5609, champion=0.55))
    assert refused_by(verdict) == {"beat champion"}
    assert reason(verdict, "beat champion").threshold == pytest.approx(0.561)


def test_of_two_that_are_alike_the_champion_stays_even_when_nothing_more_is_asked():
    policy = {"beat_champion": {"by": 0, "interval": "reported"}}
    assert refused_by(judge(against(0.55, 0.55, -0.02, 0.02), **policy)) == {"beat champion"}
    assert judge(against(0.5501, 0.55, -0.02, 0.02), **policy).passed


def test_a_gain_whose_interval_reaches_nothing_is_luck_unless_the_interval_is_only_reported():
    evidence = against(low=-0.001)
    verdict = judge(evidence)
    assert refused_by(verdict) == {"interval"}
    assert reason(verdict, "interval").value == -0.001
    reported = judge(evidence, beat_champion={"interval": "reported"})
    assert reported.passed
    assert "-0.0010 to +0.0900" in reason(reported, "beat champion").message


def test_where_less_is_better_less_beats_the_champion():
    policy = {"beat_champion": {"metric": "brier", "by": "10%"}}
    assert judge(against(0.135, 0.15, -0.02, -0.01, metric="brier"), **policy).passed
    assert refused_by(judge(against(0.136, 0.15, -0.02, -0.01, metric="brier"), **policy)) == {
        "beat champion"
    }
    assert refused_by(judge(against(0.12, 0.15, -0.02, 0.001, metric="brier"), **policy)) == {"interval"}
    assert not judge(against(0.18, 0.15, 0.02, 0.04, metric="brier"), **policy).passed


def test_a_share_of_a_negative_champion_still_asks_for_more():
    policy = {"beat_champion": {"metric": "gini", "by": "10%"}}
    assert not judge(against(-0.19, -0.2, 0.001, 0.02, metric="gini"), **policy).passed
    assert judge(against(-0.17, -0.2, 0.001, 0.06, metric="gini"), **policy).passed


@pytest.mark.parametrize(
    ("evidence", "rule"),
    [
        (replace(GOOD, audited=False), "audit"),
        (replace(GOOD, probe=Probe(answered=False, message="no answer")), "clean process"),
        (replace(GOOD, probe=Probe(answered=True, message="", latency_ms=50.1)), "latency"),
        (replace(GOOD, n_test_rows=999), "same test rows"),
        (replace(GOOD, test=replace(TEST, n_rows=99), n_test_rows=99), "test rows"),
        (against(n_rows=99), "shared rows"),
        (against(difference=None), "beat champion"),
        (against(obstacle="the candidate's task is another"), "comparable"),
    ],
)
def test_each_condition_alone_refuses_the_candidate(evidence, rule):
    assert refused_by(judge(evidence)) == {rule}


def test_a_latency_within_budget_is_not_part_of_the_verdict_so_that_it_is_the_same_on_every_run():
    slow, quick = (
        replace(GOOD, probe=Probe(answered=True, message="same answers", latency_ms=ms)) for ms in (40, 0.04)
    )
    assert judge(slow) == judge(quick)


def test_no_budget_asks_for_no_latency():
    slow = replace(GOOD, probe=Probe(answered=True, message="", latency_ms=1e6))
    assert judge(slow, latency_ms=None).passed


def test_the_verdict_carries_the_difference_and_both_versions():
    verdict = judge(against())
    assert (verdict.candidate, verdict.champion, verdict.as_of) == (NEW, OLD, AS_OF)
    assert verdict.difference.low == 0.01


def test_rows_left_out_because_of_the_champion_are_told():
    assert "100 left out" in reason(judge(against()), "shared rows").message


def test_every_message_carries_its_numbers():
    verdict = judge(against(), minimum={"recall": 0.6})
    assert "0.7500 on 1,000 test rows (at least 0.6)" in reason(verdict, "minimum recall").message
    assert "0.6000, the champion's 0.5500 on the same 900 rows" in reason(verdict, "beat champion").message
