from datetime import date
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from tenure.domain.costs import CostPolicy
from tenure.domain.cuts import LabelCuts
from tenure.domain.measurements import MeasurementVerdict
from tenure.domain.periods import PeriodUnit
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.drift import Ruler
from tenure.monitoring.performance import (
    Cohort,
    cohorts_of,
    evaluate_cohort,
    measure_calibration,
    measure_cohort,
    measure_maturity,
    measure_value,
)

AS_OF, COHORT = date(2024, 7, 1), date(2024, 1, 1)
SCHEMA = SimpleNamespace(classes=("good", "bad"), threshold=0.5, cuts=None, positive_class="bad")
BUNDLE = SimpleNamespace(schema=SCHEMA)


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


def cohort_of(rows, *, n_scored=None):
    return Cohort(COHORT, 1, rows, n_scored or rows.num_rows)


def ruler_of(rows):
    return Ruler(AS_OF, rows.num_rows, MonitorPolicy())


def measured(measurements):
    return {each.metric: each for each in measurements}


def calibration(rows):
    return measured(measure_calibration(cohort_of(rows), BUNDLE, ruler_of(rows)))["calibration_gap"]


def accuracy_drop(rows, *, accuracy, n_test):
    reference = {"test": {"accuracy": accuracy}, "rows": {"test": {"n_rows": n_test}}}
    found = evaluate_cohort(cohort_of(rows), BUNDLE)
    return measured(measure_cohort(found, reference, ruler_of(rows)))["accuracy_drop"]


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
    drop = accuracy_drop(rows, accuracy=0.99, n_test=1000)
    now = evaluate_cohort(cohort_of(rows), BUNDLE).value("accuracy")
    assert drop.value == pytest.approx((0.99 - now) / 0.99)
    assert drop.verdict is MeasurementVerdict.ALERT


def test_a_drop_that_chance_explains_is_no_alert():
    rows = scored(60)
    now = evaluate_cohort(cohort_of(rows), BUNDLE).value("accuracy")
    drop = accuracy_drop(rows, accuracy=now + 0.06, n_test=60)
    assert drop.value > MonitorPolicy().accuracy_drop
    assert drop.verdict is MeasurementVerdict.OK


def test_a_metric_stands_between_its_bounds():
    rows = scored()
    found = measured(measure_cohort(evaluate_cohort(cohort_of(rows), BUNDLE), {}, ruler_of(rows)))
    for name in ("roc_auc", "accuracy", "brier"):
        assert found[f"{name}_low"].value < found[name].value < found[f"{name}_high"].value


def test_rows_scored_by_two_versions_are_two_cohorts():
    both = pa.concat_tables([scored(10), scored(10).set_column(1, "model_version", pa.array([2] * 10))])
    cohorts = list(cohorts_of(both, {(COHORT, 1): 40, (COHORT, 2): 10}))
    assert [(each.version, each.rows.num_rows, each.n_scored) for each in cohorts] == [
        (1, 10, 40),
        (2, 10, 10),
    ]


def test_a_cohort_says_how_old_it_is_and_how_much_of_it_has_matured():
    rows = scored(100)
    found = measured(measure_maturity(cohort_of(rows, n_scored=400), ruler_of(rows), unit=PeriodUnit.MONTH))
    assert found["periods_since"].value == 6
    assert found["matured_share"].value == 0.25


def test_the_value_of_the_calls_is_told_by_the_cost_table():
    rows = pa.table(
        {
            "probabilities": [[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.2, 0.8]],
            "label": ["good", "bad", "bad", "good"],
        }
    )
    costs = CostPolicy(false_positive=50, false_negative=4000)
    found = measured(measure_value(cohort_of(rows), BUNDLE, costs, ruler_of(rows)))
    assert found["cost_per_row"].value == (4000 + 50) / 4
    # to call everybody costs 2 x 50, nobody 2 x 4000
    assert found["benefit_per_row"].value == 100 / 4 - 4050 / 4


def test_without_a_cost_table_no_value_is_told():
    rows = scored(10)
    assert list(measure_value(cohort_of(rows), BUNDLE, None, ruler_of(rows))) == []


def test_outcomes_that_rise_with_the_score_are_stable_in_order():
    rows = scored(5000)
    found = measured(measure_calibration(cohort_of(rows), BUNDLE, ruler_of(rows)))
    assert found["rank_stability"].value > 0.9
    assert found["calibration_error"].value < 0.05
    few = measured(measure_calibration(cohort_of(scored(15)), BUNDLE, ruler_of(rows)))
    assert few["rank_stability"].value is None


def test_a_number_is_classed_by_the_cuts_of_the_model_that_scored_it():
    rows = scored()
    numbers = pa.array(np.where(np.array(rows["label"].to_pylist()) == "bad", 900.0, 100.0))
    of_numbers = rows.set_column(rows.column_names.index("label"), "label", numbers)

    def model(edge):
        cuts = LabelCuts((edge,), ("good", "bad"))
        return SimpleNamespace(schema=SimpleNamespace(classes=cuts.classes, threshold=0.5, cuts=cuts))

    assert evaluate_cohort(cohort_of(of_numbers), model(500.0)) == evaluate_cohort(cohort_of(rows), BUNDLE)
    found = measured(measure_calibration(cohort_of(of_numbers), model(950.0), ruler_of(rows)))
    mean = np.mean([share[1] for share in rows["probabilities"].to_pylist()])
    assert found["calibration_gap"].value == pytest.approx(-mean)
