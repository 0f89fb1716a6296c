import json
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats as scipy_stats

from tenure.bundle.canonical import canonical_json
from tenure.domain.features import FeatureKind
from tenure.domain.measurements import MeasurementVerdict, Scope
from tenure.monitoring.alerts import findings_of
from tenure.monitoring.config import MonitorPolicy
from tenure.monitoring.drift import Ruler, measure_classes, measure_features, measure_scores, watched_scores
from tenure.stats.profile import Profile, reference_profile

AS_OF = date(2024, 7, 1)
CLASSES = ("0", "1")
KINDS = {"income": FeatureKind.NUMBER, "job": FeatureKind.CATEGORY}


def rows_of(n, *, seed, shift=0.0, jobs=("a", "b", "c"), null_share=0.0):
    generator = np.random.default_rng(seed)
    income = generator.normal(shift, 1, n)
    income[generator.random(n) < null_share] = np.nan
    table = pa.table(
        {"income": pa.array(income, from_pandas=True), "job": pa.array(generator.choice(jobs, n))}
    )
    score = 1 / (1 + np.exp(-generator.normal(shift - 1, 1, n)))
    return table, np.column_stack([1 - score, score]), np.where(score > 0.4, "1", "0")


def reference(n=5_000, seed=1):
    table, probabilities, predicted = rows_of(n, seed=seed)
    return reference_profile(
        table,
        KINDS,
        classes=CLASSES,
        probabilities=probabilities,
        predicted=predicted,
        importance={"income": 3.0, "job": 1.0},
    )


def current(then, n=1_000, seed=2, **changes):
    return then.empty_like().count(*rows_of(n, seed=seed, **changes))


def measured(then, now, policy=None):
    ruler = Ruler(AS_OF, now.n_rows, policy or MonitorPolicy(), frozenset(then.numbers))
    found = [*measure_features(then, now, ruler), *measure_scores(then, now, ruler)]
    return found + list(measure_classes(then, now, ruler))


def one(measurements, feature, metric):
    return next(m for m in measurements if (m.feature, m.metric) == (feature, metric))


def alerts(measurements):
    return {(m.feature, m.metric) for m in measurements if m.verdict is MeasurementVerdict.ALERT}


def test_rows_like_the_reference_raise_no_alert():
    then = reference()
    assert alerts(measured(then, current(then))) == set()


def test_false_alarms_of_small_periods_stay_at_the_nominal_rate():
    """At a rate of 1 %, three or more of 60 periods have a chance of 2 %."""
    then = reference()
    raised = [bool(alerts(measured(then, current(then, n=60, seed=100 + seed)))) for seed in range(60)]
    assert sum(raised) <= 2


def test_a_shift_of_one_standard_deviation_is_an_alert_on_feature_and_score():
    then = reference()
    found = measured(then, current(then, shift=1.0))
    assert {("income", "psi"), ("score", "psi"), ("score", "kl")} <= alerts(found)
    assert ("job", "psi") not in alerts(found)


def test_the_mean_shift_is_in_standard_deviations_of_the_reference():
    then = reference()
    assert one(
        measured(then, current(then, n=20_000, shift=0.5)), "income", "mean_shift"
    ).value == pytest.approx(0.5, abs=0.05)


def test_eight_rows_are_not_enough_for_any_verdict():
    then = reference()
    found = measured(then, current(then, n=8, shift=5.0))
    judged = [m for m in found if m.threshold is not None]
    assert judged
    assert {m.verdict for m in judged} == {MeasurementVerdict.NOT_ENOUGH_ROWS}


def test_one_outlier_does_not_hide_a_drift():
    then = reference()
    table, probabilities, predicted = rows_of(1_000, seed=3, shift=1.0)
    values = table["income"].to_numpy().copy()
    values[0] = 1e12
    wild = then.empty_like().count(table.set_column(0, "income", pa.array(values)), probabilities, predicted)
    tame = current(then, seed=3, shift=1.0)
    psi = [one(measured(then, now), "income", "psi").value for now in (tame, wild)]
    assert psi[1] == pytest.approx(psi[0], abs=0.02)


def test_a_feed_outage_is_an_alert_on_nulls_and_on_psi():
    then = reference()
    found = measured(then, current(then, null_share=1.0))
    assert {("income", "null_increase"), ("income", "psi")} <= alerts(found)
    assert one(found, "income", "null_share").value == 1.0
    assert one(found, "income", "mean").value is None


def test_a_category_the_reference_never_saw_is_named():
    then = reference()
    now = current(then, jobs=("a", "b", "c", "pirate"))
    found = one(measured(then, now), "job", "new_category_share")
    assert found.verdict is MeasurementVerdict.WARNING
    assert found.value == pytest.approx(0.25, abs=0.05)
    assert now.categories["job"].new == ("pirate",)


def test_a_feature_that_is_gone_counts_as_null():
    then = reference()
    table, probabilities, predicted = rows_of(500, seed=4)
    now = then.empty_like().count(table.drop_columns(["job"]), probabilities, predicted)
    assert one(measured(then, now), "job", "null_share").value == 1.0


def test_two_batches_measure_as_one():
    then = reference()
    table, probabilities, predicted = rows_of(1_000, seed=5)
    whole = then.empty_like().count(table, probabilities, predicted)
    parts = then.empty_like()
    for part in (slice(0, 300), slice(300, 1_000)):
        rows = table.slice(part.start, part.stop - part.start)
        parts = parts.count(rows, probabilities[part], predicted[part])
    for a, b in zip(measured(then, whole), measured(then, parts), strict=True):
        assert (a.feature, a.metric, a.verdict) == (b.feature, b.metric, b.verdict)
        assert a.value == pytest.approx(b.value, rel=1e-9, nan_ok=True)


def test_mean_std_and_skew_agree_with_scipy():
    then = reference()
    table, probabilities, predicted = rows_of(700, seed=6)
    found = measured(then, then.empty_like().count(table, probabilities, predicted))
    values = table["income"].to_numpy()
    assert one(found, "income", "mean").value == pytest.approx(values.mean())
    assert one(found, "income", "std").value == pytest.approx(values.std(ddof=1))
    assert one(found, "income", "skew").value == pytest.approx(scipy_stats.skew(values))


def test_the_false_discovery_rate_holds_over_many_features():
    """200 features without drift, 40 periods: hardly ever is one of them called significant."""
    names = [f"f{i}" for i in range(200)]
    kinds = dict.fromkeys(names, FeatureKind.NUMBER)
    generator = np.random.default_rng(7)

    def block(n):
        table = pa.table({name: generator.normal(size=n) for name in names})
        return table, np.tile([0.5, 0.5], (n, 1)), np.array(["0"] * n)

    table, probabilities, predicted = block(1_000)
    then = reference_profile(
        table, kinds, classes=CLASSES, probabilities=probabilities, predicted=predicted, importance={}
    )
    policy = MonitorPolicy(psi=0.001, psi_warning=0.0005, significance=0.05)
    raised = 0
    for _ in range(40):
        now = then.empty_like().count(*block(200))
        ruler = Ruler(AS_OF, 200, policy, frozenset(names))
        raised += any(
            m.verdict is MeasurementVerdict.ALERT and m.metric == "psi"
            for m in measure_features(then, now, ruler)
        )
    assert raised <= 6


def test_a_change_of_class_shares_is_an_alert_only_when_large_and_significant():
    then = reference()
    table, probabilities, _predicted = rows_of(1_000, seed=8)
    flipped = then.empty_like().count(table, probabilities, np.array(["1"] * 1_000))
    assert {("0", "share_change"), ("1", "share_change")} <= alerts(measured(then, flipped))


def test_every_alert_becomes_a_finding_with_its_numbers():
    then = reference()
    found = measured(then, current(then, shift=1.0))
    codes = {finding.code for finding in findings_of(found)}
    assert {"MON001", "MON002"} <= codes
    assert all("limit" in finding.message for finding in findings_of(found))


def test_a_profile_survives_json():
    then = current(reference(), null_share=1.0)
    assert Profile.from_json(then.to_json(), classes=CLASSES) == then


def test_scores_stay_in_the_order_of_the_classes_though_the_keys_of_a_file_are_sorted():
    rows = pa.table({"x": np.arange(100.0)})
    likely = np.linspace(0.6, 0.9, 100)
    probabilities, predicted = np.stack([1 - likely, likely], axis=1), np.array(["default"] * 100)
    then = reference_profile(
        rows, {}, classes=("paid", "default"), probabilities=probabilities, predicted=predicted, importance={}
    )
    read = Profile.from_json(json.loads(canonical_json(then.to_json())), classes=("paid", "default"))
    assert read.scores["default"].mean == pytest.approx(0.75)
    assert read.empty_like().count(rows, probabilities, predicted) == then
    assert watched_scores(read) == ["default"]


def test_importance_is_made_to_sum_to_one():
    assert sum(reference().importance.values()) == pytest.approx(1.0)


def test_three_classes_have_a_score_each():
    generator = np.random.default_rng(9)
    probabilities = generator.dirichlet([1, 1, 1], 500)
    table, _, _ = rows_of(500, seed=10)
    classes = ("low", "mid", "high")
    predicted = np.array(classes)[probabilities.argmax(axis=1)]
    then = reference_profile(
        table, KINDS, classes=classes, probabilities=probabilities, predicted=predicted, importance={}
    )
    found = measured(then, then.empty_like().count(table, probabilities, predicted))
    assert {m.feature for m in found if m.scope is Scope.SCORE} == {f"score {name}" for name in classes}
    assert {m.feature for m in found if m.scope is Scope.CLASS} == set(classes)


def long_tailed(n, seed, *, n_new=0):
    """Employers, most of them rare; the last rows have ones that nobody ever had."""
    weights = 1 / np.arange(1, 601) ** 1.1
    codes = np.random.default_rng(seed).choice(600, n, p=weights / weights.sum())
    names = [f"employer {code}" for code in codes[n_new:]] + [f"new {place % 7}" for place in range(n_new)]
    score = np.full((n, 2), 0.5)
    return pa.table({"income": pa.array(np.zeros(n)), "job": pa.array(names)}), score, np.full(n, "0")


def of_long_tail(n_new, n=500):
    table, probabilities, predicted = long_tailed(2_000, 0)
    then = reference_profile(
        table,
        KINDS,
        classes=CLASSES,
        probabilities=probabilities,
        predicted=predicted,
        importance={"job": 1.0},
    )
    return measured(then, then.empty_like().count(*long_tailed(n, 1, n_new=n_new)))


@pytest.mark.parametrize("n", [60, 500, 5_000])
def test_rare_categories_are_new_in_every_period_and_no_warning(n):
    found = of_long_tail(0, n=n)
    share = one(found, "job", "new_category_share")
    assert share.value > 0.01
    assert {
        one(found, "job", name).verdict for name in ("psi", "new_category_share", "cardinality_ratio")
    } == {MeasurementVerdict.OK}


def test_more_new_categories_than_a_long_tail_has_are_a_warning_beyond_their_threshold():
    share = one(of_long_tail(60), "job", "new_category_share")
    assert share.verdict is MeasurementVerdict.WARNING
    assert share.value > share.threshold > 0.01
