from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn import metrics as sk

from tenure.stats.evaluate import Outcomes
from tenure.training.choosing import choose_threshold, validation_score
from tenure.training.config import ModelConfig, ThresholdPolicy, TuningMetric

RNG = np.random.default_rng(2)
SCORE = RNG.random(300).round(3)
CODES = (RNG.random(300) < SCORE).astype(np.int64)
BINARY = Outcomes(CODES, np.column_stack([1 - SCORE, SCORE]))


def policy(**rule: object) -> ThresholdPolicy:
    return ThresholdPolicy.model_validate(rule)


def test_the_default_threshold_has_the_highest_f1_of_all() -> None:
    threshold = choose_threshold(BINARY, policy())
    chosen = sk.f1_score(CODES, threshold <= SCORE)
    best = max(sk.f1_score(CODES, cut <= SCORE) for cut in np.unique(SCORE))
    assert chosen == pytest.approx(best)


def test_a_minimum_recall_is_reached_with_the_best_precision_there_is() -> None:
    threshold = choose_threshold(BINARY, policy(min_recall=0.8))
    assert sk.recall_score(CODES, threshold <= SCORE) >= 0.8
    cuts = [cut for cut in np.unique(SCORE) if sk.recall_score(CODES, cut <= SCORE) >= 0.8]
    best = max(sk.precision_score(CODES, cut <= SCORE) for cut in cuts)
    assert sk.precision_score(CODES, threshold <= SCORE) == pytest.approx(best)


def test_a_dear_false_negative_lowers_the_threshold() -> None:
    even = choose_threshold(BINARY, policy(cost={"false_positive": 1, "false_negative": 1}))
    dear = choose_threshold(BINARY, policy(cost={"false_positive": 1, "false_negative": 9}))
    assert even is not None
    assert dear is not None
    assert dear < even


def test_three_classes_have_no_threshold() -> None:
    table = RNG.dirichlet([1, 1, 1], size=50)
    assert choose_threshold(Outcomes(RNG.integers(0, 3, 50), table), policy()) is None


def test_scores_are_oriented_so_that_higher_is_better() -> None:
    assert validation_score(BINARY, TuningMetric.BRIER, policy()) == pytest.approx(
        -sk.brier_score_loss(CODES, SCORE)
    )
    assert validation_score(BINARY, TuningMetric.ROC_AUC, policy()) == pytest.approx(
        sk.roc_auc_score(CODES, SCORE)
    )


def test_a_metric_that_needs_a_threshold_is_taken_at_the_one_that_would_be_chosen() -> None:
    rule = policy(min_recall=0.9)
    threshold = choose_threshold(BINARY, rule)
    expected = sk.f1_score(CODES, threshold <= SCORE)
    assert validation_score(BINARY, TuningMetric.F1, rule) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"threshold": {"maximise": "f1", "min_recall": 0.5}}, "give one of"),
        ({"algorithms": ["xgboost", "xgboost"]}, "names xgboost more than once"),
        ({"algorithms": ["catboost"]}, "Input should be 'xgboost'"),
        ({"imbalance": "oversample"}, "'none' or 'class_weight'"),
        ({"tuning": {"trials": 0}}, "greater than or equal to 1"),
        ({"trees": 5}, "Extra inputs"),
        ({"task": "multiclass", "positive": "bad"}, "the task is multiclass"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ModelConfig.model_validate(settings)
