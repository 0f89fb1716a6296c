from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from tenure.bundle.scaling import scaling_record
from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.drift import Ruler
from tenure.monitoring.estimates import estimated, measure_estimates, measure_surprises
from tenure.monitoring.performance import Cohort, evaluate_cohort
from tenure.stats.scaling import fit_scaling

AS_OF, COHORT = date(2024, 7, 1), date(2024, 1, 1)
BUNDLE = SimpleNamespace(
    schema=SimpleNamespace(classes=("good", "bad"), threshold=0.4, cuts=None, positive_class="bad"),
    metrics={},
)


def cohort(n=600, *, seed=0, flipped=0.0):
    """Outcomes follow the scores, but for a share of the rows, where they are drawn from 1 - score."""
    generator = np.random.default_rng(seed)
    score = generator.beta(1, 2, n)
    meant = np.where(generator.random(n) < flipped, 1 - score, score)
    labels = np.where(generator.random(n) < meant, "bad", "good")
    return Cohort(COHORT, 1, pa.table({"probabilities": [[1 - p, p] for p in score], "label": labels}), n)


def surprises(of):
    ruler = Ruler(AS_OF, of.rows.num_rows, MonitorPolicy())
    return {m.metric: m for m in measure_surprises(of, BUNDLE, evaluate_cohort(of, BUNDLE), ruler)}


def test_the_estimate_of_a_cohort_stands_between_its_bounds_and_is_no_performance():
    scores = cohort().probabilities
    found = list(measure_estimates(scores, BUNDLE, AS_OF, Ruler(AS_OF, len(scores), MonitorPolicy())))
    values = {m.metric: m.value for m in found}
    assert {m.scope for m in found} == {Scope.ESTIMATE}
    assert {m.feature for m in found} == {"2024-07-01"}
    assert values["roc_auc_low"] < values["roc_auc"] < values["roc_auc_high"]


def test_scores_that_meant_what_they_said_surprise_nobody():
    verdicts = [surprises(cohort(seed=seed))["roc_auc_error"].verdict for seed in range(40)]
    assert set(verdicts) == {MeasurementVerdict.OK}


def test_the_error_is_the_truth_less_the_estimate():
    of = cohort(flipped=0.3)
    ruler = Ruler(AS_OF, 600, MonitorPolicy())
    estimate = {m.metric: m.value for m in measure_estimates(of.probabilities, BUNDLE, COHORT, ruler)}
    truth = evaluate_cohort(of, BUNDLE).value("roc_auc")
    assert surprises(of)["roc_auc_error"].value == pytest.approx(truth - estimate["roc_auc"])


def test_an_estimate_that_failed_is_an_alert_and_says_by_how_much():
    found = surprises(cohort(flipped=0.3))["roc_auc_error"]
    assert found.verdict is MeasurementVerdict.ALERT
    assert found.value < -MonitorPolicy().estimate_error


def test_a_large_error_on_few_rows_is_not_an_alert():
    found = surprises(cohort(30, flipped=0.8))["roc_auc_error"]
    assert found.verdict is MeasurementVerdict.NOT_ENOUGH_ROWS


def test_a_model_too_sure_is_estimated_by_what_its_held_out_rows_said():
    of = cohort(5000)
    odds = np.log(of.probabilities[:, 1] / of.probabilities[:, 0])
    sure = 1 / (1 + np.exp(-3 * odds))
    said = replace(of, rows=of.rows.set_column(0, "probabilities", [[[1 - p, p] for p in sure]]))
    fitted = fit_scaling(of.rows["label"].to_numpy() == "bad", said.probabilities)
    scaled = SimpleNamespace(schema=BUNDLE.schema, metrics={"scaling": scaling_record(fitted)})
    truth = evaluate_cohort(said, BUNDLE)
    for metric in ("roc_auc", "brier", "log_loss"):
        assert estimated(said.probabilities, scaled)[metric].estimate == pytest.approx(
            truth.value(metric), rel=0.05
        )
    assert estimated(said.probabilities, BUNDLE)["roc_auc"].estimate > truth.value("roc_auc") + 0.1
