import numpy as np
import pyarrow as pa
import pytest

from tenure.domain.protected import UNKNOWN_GROUP
from tenure.domain.sources import Column, Source
from tenure.domain.tables import FEATURES, PROTECTED
from tenure.evaluation.config import FairnessPolicy
from tenure.evaluation.fairness import Treatment, check_fairness
from tenure.stats.evaluate import Outcomes

from .test_judging import JUDGED, SPLIT, reason, refused_by, run

PEOPLE = {"people": Source(path="people.csv", keys=("id",), columns={"sex": Column(protected=True)})}


def treatment(groups, called, codes=None):
    """Rows that are called 1 (bad) or 0 (good)."""
    called = np.asarray(called)
    codes = np.zeros(called.size, dtype=np.int64) if codes is None else np.asarray(codes)
    probabilities = np.column_stack([1 - called, called]).astype(float)
    return Treatment("people_sex", np.array(groups, dtype=object), Outcomes(codes, probabilities), ("0", "1"))


def rates(n_each, **approved):
    """So many rows of each group, of which a share is approved (called 0)."""
    groups = [name for name in approved for _ in range(n_each)]
    called = [int(place >= share * n_each) for share in approved.values() for place in range(n_each)]
    return treatment(groups, called)


def judged(*treatments, **policy):
    return list(check_fairness(treatments, policy=FairnessPolicy(**policy)))


def test_below_four_fifths_is_refused_with_its_numbers():
    (found,) = judged(rates(400, f=0.6, m=0.9))
    assert not found.favours
    assert found.value == pytest.approx(2 / 3)
    assert "impact ratio of `f` against `m`" in found.message
    assert "95 % interval" in found.message


def test_above_four_fifths_passes():
    (found,) = judged(rates(400, f=0.8, m=0.9))
    assert found.favours


def test_a_difference_that_may_be_luck_refuses_only_who_asks_for_that():
    few = rates(60, f=0.45, m=0.6)
    assert [r.favours for r in judged(few)] == [True]
    assert "holds equal treatment" in judged(few)[0].message
    assert [r.favours for r in judged(few, certain=False)] == [False]


def test_the_worst_of_many_groups_decides():
    (found,) = judged(rates(400, a=0.9, b=0.85, c=0.5))
    assert "`c` against `a`" in found.message


def test_small_and_unknown_groups_are_told_and_not_compared():
    both = rates(400, f=0.9, m=0.9)
    groups = np.concatenate([both.groups, ["x"] * 5, [UNKNOWN_GROUP] * 200])
    called = np.concatenate([both.outcomes.predicted, np.ones(205, dtype=int)])
    (found,) = judged(treatment(groups, called))
    assert found.favours
    assert "too few rows of `x`" in found.message


def test_one_group_only_is_said_to_be_nothing_to_compare():
    (found,) = judged(treatment(["f"] * 100, [0] * 100))
    assert "nothing can be compared" in found.message


def test_nobody_approved_is_not_measured():
    (found,) = judged(rates(100, f=0.0, m=0.0))
    assert "cannot be measured" in found.message


def test_gaps_of_recall_and_false_positive_rate_are_those_of_the_confusion_tables():
    codes = [1] * 200 + [0] * 200 + [1] * 200 + [0] * 200
    called = [1] * 180 + [0] * 20 + [1] * 20 + [0] * 180 + [1] * 120 + [0] * 80 + [1] * 60 + [0] * 140
    groups = ["a"] * 400 + ["b"] * 400
    policy = {"min_impact_ratio": None, "max_tpr_gap": 0.1, "max_fpr_gap": 0.3}
    recall, false_alarms = judged(treatment(groups, called, codes), **policy)
    assert recall.value == pytest.approx(120 / 200 - 180 / 200)
    assert not recall.favours
    assert false_alarms.value == pytest.approx(60 / 200 - 20 / 200)
    assert false_alarms.favours


def protect(world, groups):
    """Write a protected attribute beside the features."""
    identity = world.store.read(FEATURES).select(["id", "event_time", "known_at"])
    world.store.replace(PROTECTED, identity.append_column("people_sex", pa.array(groups)), as_of=JUDGED)


def test_a_candidate_that_treats_groups_unlike_is_refused_by_the_gate(filled):
    rows = filled.store.read(FEATURES)
    told_by_x0 = np.where(np.asarray(rows["x0"]) > 0, "f", "m")
    protect(filled, told_by_x0)
    version = filled.register("candidate", weights=(1.6, 0.5), split=SPLIT)
    verdict = run(filled, filled.candidate(version, SPLIT), sources=PEOPLE)
    assert refused_by(verdict) == {"fairness people_sex impact ratio"}
    fair = np.where(np.arange(rows.num_rows) % 2 == 0, "f", "m")
    protect(filled, fair)
    verdict = run(filled, filled.candidate(version, SPLIT), sources=PEOPLE)
    assert reason(verdict, "fairness people_sex impact ratio").favours
    assert verdict.passed


def test_bands_make_the_groups_of_a_protected_number(filled):
    rows = filled.store.read(FEATURES)
    ages = pa.array(np.where(np.asarray(rows["x0"]) > 0, 70.0, 30.0))
    identity = rows.select(["id", "event_time", "known_at"])
    filled.store.replace(PROTECTED, identity.append_column("people_age", ages), as_of=JUDGED)
    age = Column(protected=True, bands=(25, 62))
    sources = {"people": Source(path="people.csv", keys=("id",), columns={"age": age})}
    version = filled.register("candidate", weights=(1.6, 0.5), split=SPLIT)
    verdict = run(filled, filled.candidate(version, SPLIT), sources=sources)
    told = reason(verdict, "fairness people_age impact ratio").message
    assert "`62 and over` against `25 to 62`" in told


def test_an_attribute_that_is_known_of_nobody_refuses_and_is_not_passed_over(filled):
    version = filled.register("candidate", weights=(1.6, 0.5), split=SPLIT)
    verdict = run(filled, filled.candidate(version, SPLIT), sources=PEOPLE)
    assert refused_by(verdict) == {"fairness people_sex"}
    assert "known of no test row" in reason(verdict, "fairness people_sex").message
