from datetime import date
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from tenure.domain.cuts import LabelCuts
from tenure.domain.measurements import MeasurementVerdict
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.drift import Ruler
from tenure.monitoring.performance import cohorts_of, evaluate_cohort, measure_calibration, measure_cohort

AS_OF, COHORT = date(2024, 7, 1), date(2024, 1, 1)
BUNDLE = SimpleNamespace(schema=SimpleNamespace(classes=("good", "bad"), threshold=0.5, cuts=None))


def scored(n=400, *, seed=0, lift=0.0):
    """Rows whose outcomes follow their scores, raised by `lift`."""
    generator = np.random.default_rng(seed)
    bad = generator.uniform(0.05, 0.6, n)
    outcome = generator.random(n) < np.clip(bad + lift, 0, 1)
    return pa.table(
        {
            "as_of": pa.array([COHORT] * n, pa.date32()),
            "model_version": [1] * n,
            "probabilities": [[1 - p, p] for p in bad],
            "label": ["bad" if y else "good" for y in outcome],
        }
    )


def calibration(rows):
    ruler = Ruler(AS_OF, rows.num_rows, MonitorPolicy())
    return next(iter(measure_calibration(rows, BUNDLE, COHORT, ruler)))


def test_outcomes_that_follow_the_scores_leave_no_gap():
    verdicts = [calibration(scored(seed=seed)).verdict for seed in range(50)]
    assert set(verdicts) == {MeasurementVerdict.OK}


def test_a_cohort_that_defaults_more_often_than_its_scores_said_is_an_alert():
    found = calibration(scored(lift=0.2))
    assert found.verdict is MeasurementVerdict.ALERT
    assert found.value == pytest.approx(0.2, abs=0.05)


def test_a_large_gap_on_few_rows_is_not_an_alert():
    assert calibration(scored(n=20, lift=0.3)).verdict is MeasurementVerdict.NOT_ENOUGH_ROWS


def test_accuracy_is_compared_with_that_of_the_test_rows():
    rows = scored()
    found = evaluate_cohort(rows, BUNDLE, COHORT)
    ruler = Ruler(AS_OF, rows.num_rows, MonitorPolicy())
    drop = next(m for m in measure_cohort(found, {"accuracy": 1.0}, ruler) if m.metric == "accuracy_drop")
    assert drop.value == pytest.approx(1 - found.value("accuracy"))
    assert drop.verdict is MeasurementVerdict.ALERT


def test_rows_scored_by_two_versions_are_two_cohorts():
    both = pa.concat_tables([scored(10), scored(10).set_column(1, "model_version", pa.array([2] * 10))])
    assert [(version, part.num_rows) for _, version, part in cohorts_of(both)] == [(1, 10), (2, 10)]


def test_a_number_is_classed_by_the_cuts_of_the_model_that_scored_it():
    rows = scored()
    numbers = pa.array(np.where(np.array(rows["label"].to_pylist()) == "bad", 900.0, 100.0))
    of_numbers = rows.set_column(rows.column_names.index("label"), "label", numbers)

    def model(edge):
        cuts = LabelCuts((edge,), ("good", "bad"))
        return SimpleNamespace(schema=SimpleNamespace(classes=cuts.classes, threshold=0.5, cuts=cuts))

    assert evaluate_cohort(of_numbers, model(500.0), COHORT) == evaluate_cohort(rows, BUNDLE, COHORT)
    ruler = Ruler(AS_OF, rows.num_rows, MonitorPolicy())
    (gap,) = measure_calibration(of_numbers, model(950.0), COHORT, ruler)
    assert gap.value == pytest.approx(-np.mean([share[1] for share in rows["probabilities"].to_pylist()]))
