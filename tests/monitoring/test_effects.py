"""What drift means to the model."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from tenure.bundle.encoding import FeatureSpec
from tenure.bundle.sensitivity import measure_sensitivity, spread_rows
from tenure.domain.features import FeatureKind
from tenure.domain.measurements import Scope
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.drift import Ruler
from tenure.monitoring.effects import (
    compare_sensitivity,
    drift_severity,
    measure_deciles,
    measure_weight,
    score_effect,
)
from tenure.stats.profile import reference_profile

AS_OF = date(2024, 7, 1)
KINDS = dict.fromkeys(("strong", "weak"), FeatureKind.NUMBER)


def rows_of(n, seed, *, strong=0.0, weak=0.0):
    """Two independent numbers; the score is linear in them, 0.05 and 0.01 per standard deviation."""
    rng = np.random.default_rng(seed)
    table = pa.table({"strong": rng.normal(strong, 1, n), "weak": rng.normal(weak, 1, n)})
    score = 0.5 + 0.05 * table["strong"].to_numpy() + 0.01 * table["weak"].to_numpy()
    return table, np.column_stack([1 - score, score]), np.where(score > 0.5, "1", "0")


@pytest.fixture(scope="module")
def then():
    table, probabilities, predicted = rows_of(20_000, 1)
    return reference_profile(
        table,
        KINDS,
        classes=("0", "1"),
        probabilities=probabilities,
        predicted=predicted,
        importance={"strong": 0.8, "weak": 0.2},
    )


def measured(then, **shifts):
    now = then.empty_like().count(*rows_of(20_000, 2, **shifts))
    ruler = Ruler(AS_OF, now.n_rows, MonitorPolicy(), frozenset(then.numbers))
    found = [*measure_weight(then, now, ruler), *measure_deciles(then, now, ruler)]
    return {(m.feature, m.metric): m for m in found}


def test_the_effect_is_how_far_the_mean_score_really_moved(then):
    """0.5 standard deviations of a feature at 0.05 each move the score by 0.025, of a spread of 0.051."""
    found = measured(then, strong=0.5)
    assert found["strong", "score_effect"].value == pytest.approx(0.025 / 0.051, rel=0.06)
    assert found["weak", "score_effect"].value == pytest.approx(0.0, abs=0.01)


def test_the_effect_has_the_sign_of_the_move(then):
    assert measured(then, strong=-0.5)["strong", "score_effect"].value < -0.4


def test_equal_drift_is_graver_where_the_model_listens(then):
    found = measured(then, strong=1.0, weak=1.0)
    grave = [found[name, "severity"].value for name in ("strong", "weak")]
    assert 0 < grave[1] < grave[0] < 1
    assert grave[0] > 2 * grave[1]


def test_rows_where_the_reference_has_none_are_taken_for_average():
    assert score_effect((50, 50, 0), (0, 0, 10), (10.0, 30.0, 0.0)) == 0.0


def test_severity_is_bounded_and_grows_in_each_of_its_parts():
    plain = drift_severity(0.3, limit=0.25, importance=0.1, score_effect=0.1)
    assert drift_severity(0.4, limit=0.25, importance=0.1, score_effect=0.1) > plain
    assert drift_severity(0.3, limit=0.25, importance=0.2, score_effect=0.1) > plain
    assert drift_severity(0.3, limit=0.25, importance=0.1, score_effect=-0.2) > plain
    assert drift_severity(1e9, limit=0.25, importance=1.0, score_effect=50.0) <= 1.0
    assert np.isnan(drift_severity(float("nan"), limit=0.25, importance=1.0, score_effect=0.0))


def test_the_mean_of_a_decile_is_measured_against_the_references(then):
    """The deciles are of the score, so a shift of `weak` alone moves `weak` in all of them by as much."""
    found = measured(then, weak=0.5)
    shifts = [found["weak", f"mean_shift {d}"].value for d in range(1, 11)]
    assert shifts == pytest.approx([0.5] * 10, abs=0.12)
    assert {found["weak", f"mean {d}"].scope for d in range(1, 11)} == {Scope.DECILE}
    assert sum(found["weak", f"mean {d}"].n for d in range(1, 11)) == 20_000


def test_the_sensitivity_of_a_linear_score_is_as_its_weights():
    """Of independent normal columns |change| is proportional to the weight."""
    specs = [FeatureSpec(name, FeatureKind.NUMBER) for name in ("a", "b", "c")]
    matrix = np.random.default_rng(1).normal(size=(5_000, 3)).astype(np.float32)
    found = measure_sensitivity(lambda m: m @ np.array([[0.6], [0.3], [0.1]]), matrix, specs, ["a", "b", "c"])
    assert list(found.values()) == pytest.approx([0.6, 0.3, 0.1], abs=0.02)


def test_a_category_is_shifted_with_all_of_its_columns():
    specs = [FeatureSpec("n", FeatureKind.NUMBER), FeatureSpec("job", FeatureKind.CATEGORY, ("x", "y"))]
    matrix = np.array([[0, 1, 0], [0, 0, 1]], np.float32)
    assert measure_sensitivity(lambda m: m @ [[1], [0.2], [-0.2]], matrix, specs, ["n", "job"]) == {
        "n": 0.0,
        "job": 1.0,
    }


def test_a_constant_score_and_one_row_have_no_sensitivity():
    specs = [FeatureSpec("a", FeatureKind.NUMBER)]
    assert (
        measure_sensitivity(lambda m: np.ones((len(m), 1)), np.ones((9, 1), np.float32), specs, ["a"]) == {}
    )
    assert measure_sensitivity(lambda m: m, np.ones((1, 1), np.float32), specs, ["a"]) == {}


def test_the_rows_asked_about_are_spread_over_all_of_them():
    rows = spread_rows(np.arange(1_200, dtype=np.float32))
    assert len(rows) == 400
    assert rows[-1] == 1_197


def test_a_turned_order_of_importance_has_a_rank_correlation_of_minus_one():
    ruler = Ruler(AS_OF, 100, MonitorPolicy())
    found = list(compare_sensitivity({"a": 0.6, "b": 0.3, "c": 0.1}, {"a": 0.1, "b": 0.3, "c": 0.6}, ruler))
    values = {(m.feature, m.metric): m.value for m in found}
    assert values["a", "importance_shift"] == pytest.approx(-0.5)
    assert values["features", "importance_rank_correlation"] == pytest.approx(-1.0)


def test_two_features_have_no_rank_correlation():
    ruler = Ruler(AS_OF, 100, MonitorPolicy())
    found = compare_sensitivity({"a": 0.6, "b": 0.4}, {"a": 0.5, "b": 0.5}, ruler)
    assert {m.metric for m in found} == {"importance_now", "importance_shift"}
