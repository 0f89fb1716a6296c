"""Rows on which monitors are known to go wrong, through the rules that `monitor` uses.

Where a docstring says so, that is what another tool answered to rows like these (5,000 against 1,000).
"""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from tenure.domain.features import FeatureKind
from tenure.domain.measurements import MeasurementVerdict
from tenure.monitoring.alerts import findings_of
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.counting import count_features
from tenure.monitoring.drift import Ruler, measure_classes, measure_features, measure_scores
from tenure.monitoring.effects import measure_deciles, measure_weight
from tenure.stats.profile import reference_profile
from tenure.stores.duckdb import DuckDBEngine

ALERT, WARNING, OK = MeasurementVerdict.ALERT, MeasurementVerdict.WARNING, MeasurementVerdict.OK
FEW = MeasurementVerdict.NOT_ENOUGH_ROWS
RNG = np.random.default_rng(1)
THEN, NOW = RNG.normal(size=5_000), RNG.normal(size=1_000)
SHIFTED = RNG.normal(1, 1, 1_000)


@pytest.fixture(scope="module")
def engine():
    return DuckDBEngine()


@pytest.fixture
def monitored(engine):
    def of(then, now, *, called=None):
        """Every measurement of one feature `x`, of which the score is a step function."""
        kind = FeatureKind.NUMBER if np.asarray(then).dtype.kind == "f" else FeatureKind.CATEGORY
        before, after = (pa.table({"x": pa.array(part, from_pandas=True)}) for part in (then, now))
        reference = reference_profile(
            before,
            {"x": kind},
            classes=("0", "1"),
            probabilities=scores(len(then)),
            predicted=np.where(np.arange(len(then)) % 5 == 0, "1", "0"),
            importance={"x": 1.0},
        )
        said = called or ["1" if row % 5 == 0 else "0" for row in range(len(now))]
        scored = reference.scores_only().count(after, scores(len(now)), said)
        features = count_features(engine.table(after), reference, engine=engine)
        current = scored.with_features(features)
        ruler = Ruler(date(2024, 7, 1), current.n_rows, MonitorPolicy(), frozenset(reference.numbers))
        found = [
            *measure_features(reference, current, ruler),
            *measure_weight(reference, current, ruler),
            *measure_scores(reference, current, ruler),
            *measure_classes(reference, current, ruler),
            *measure_deciles(reference, current, ruler),
        ]
        list(findings_of(found))
        return {(m.feature, m.metric): m for m in found}

    return of


def scores(n):
    score = (np.arange(n) % 100) / 100
    return np.column_stack([1 - score, score])


def test_one_outlier_hides_no_drift(monitored):
    """Evidently 0.7.23: 999,361,695 (limit 0.1); without the outlier 1.03, without the shift 999,361,694."""
    wild = SHIFTED.copy()
    wild[0] = 1e12
    found = monitored(THEN, wild)
    assert found["x", "psi"].verdict is ALERT
    assert found["x", "psi"].value == pytest.approx(monitored(THEN, SHIFTED)["x", "psi"].value, abs=0.02)


def test_one_outlier_is_no_drift(monitored):
    """Evidently 0.7.23: drift, 999,361,694 (limit 0.1)."""
    wild = NOW.copy()
    wild[0] = 1e12
    found = monitored(THEN, wild)
    assert found["x", "psi"].verdict is OK
    assert found["x", "out_of_range"].verdict is OK
    assert found["x", "max"].value == 1e12


def test_eight_rows_judge_nothing(monitored):
    """Evidently 0.7.23, from the same distribution: drift, 0.37 (limit 0.1)."""
    found = monitored(THEN, RNG.normal(size=8))
    assert {m.verdict for m in found.values() if m.threshold is not None} == {FEW}


def test_ties_that_collapse_the_bins_still_show_a_flag_that_triples(monitored):
    """Evidently 0.7.23: drift, 0.168 (limit 0.1); at 20 % in the place of 30 it says drift, too (0.109)."""
    found = monitored(np.repeat([0.0, 1.0], [4_500, 500]), np.repeat([0.0, 1.0], [700, 300]))
    assert found["x", "psi"].verdict is ALERT
    assert found["x", "psi"].value == pytest.approx(
        (0.7 - 0.9) * np.log(0.7 / 0.9) + 0.2 * np.log(3), abs=0.01
    )


def test_a_period_that_is_all_null_is_an_alert_and_has_no_mean(monitored):
    """Evidently 0.7.23: no answer, ValueError."""
    found = monitored(THEN, np.full(1_000, np.nan))
    assert found["x", "null_increase"].verdict is ALERT
    assert found["x", "psi"].verdict is ALERT
    assert {found["x", metric].value for metric in ("mean", "std", "p50", "wasserstein", "mean_shift")} == {
        None
    }


def test_a_reference_that_is_all_null_is_left_by_a_feed_that_comes_back(monitored):
    found = monitored(np.full(5_000, np.nan), NOW)
    assert found["x", "psi"].verdict is ALERT
    assert found["x", "null_increase"].value == -1.0
    assert found["x", "null_increase"].verdict is OK


def test_a_model_that_says_one_class_only_is_an_alert_on_the_classes(monitored):
    """Evidently 0.7.23, of the classes as a column: drift, 0.276 (limit 0.1)."""
    found = monitored(THEN, NOW, called=["0"] * 1_000)
    assert found["1", "share_change"].verdict is ALERT
    assert found["1", "share"].value == 0.0


def test_an_unseen_category_of_few_rows_is_a_warning_though_no_drift(monitored):
    """Evidently 0.7.23: drift, 0.113 (limit 0.1), and no word that a category is new."""
    words = np.array(["a", "b", "c"] * 1_667)[:5_000]
    now = np.array((["a", "b", "c"] * 334)[:960] + ["pirate"] * 40)
    found = monitored(words, now)
    assert found["x", "psi"].verdict is not ALERT
    assert found["x", "new_category_share"].verdict is WARNING
    assert found["x", "new_category_share"].value == 0.04
    assert found["x", "score_effect"].value == pytest.approx(0.0, abs=0.01)


def test_infinite_values_leave_mean_and_drift_as_they_are(monitored):
    """Evidently 0.7.23: no drift, 0.058 (limit 0.1), and no word of infinite values."""
    wild = NOW.copy()
    wild[:5] = np.inf
    found = monitored(THEN, wild)
    assert found["x", "psi"].verdict is OK
    assert found["x", "mean"].value == pytest.approx(NOW[5:].mean())
    assert found["x", "out_of_range"].value >= 0.005


def test_a_constant_that_becomes_another_is_an_alert(monitored):
    """Evidently 0.7.23: drift, 0.83 (limit 0.1)."""
    found = monitored(np.full(5_000, 7.0), np.full(1_000, 8.0))
    assert found["x", "psi"].verdict is ALERT
    assert found["x", "out_of_range"].verdict is WARNING
    assert found["x", "mean_shift"].value is None
    assert monitored(np.full(5_000, 7.0), np.full(1_000, 7.0))["x", "psi"].value == 0.0


def test_half_of_the_rows_beyond_the_range_are_a_warning(monitored):
    found = monitored(THEN, np.concatenate([NOW[:500], NOW[500:] + 20]))
    assert found["x", "out_of_range"].value == pytest.approx(0.5, abs=0.01)
    assert found["x", "out_of_range"].verdict is WARNING


def test_spread_and_skew_are_measured_against_the_references(monitored):
    found = monitored(THEN, np.exp(NOW))
    values = np.exp(NOW)
    assert found["x", "std_shift"].value == pytest.approx(values.std(ddof=1) / THEN.std(ddof=1) - 1)
    skew = [float(((v - v.mean()) ** 3).mean() / v.std() ** 3) for v in (THEN, values)]
    assert found["x", "skew_shift"].value == pytest.approx(skew[1] - skew[0])
