from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tenure.bundle import load_bundle
from tenure.domain.cuts import LabelCuts
from tenure.domain.models import Span, Split
from tenure.domain.tables import FEATURES
from tenure.errors import BundleError, BundleIntegrityError
from tenure.evaluation import judge
from tenure.evaluation.config import GatePolicy
from tenure.evaluation.probe import Probe
from tenure.testing import softmax_onnx

JUDGED = date(2024, 7, 1)
BEFORE = date(2024, 1, 1)
N_PER_MONTH = 150


def month(number):
    return date(2023, number, 1)


def span(first, last):
    return Span(month(first), month(last), (last - first + 1) * N_PER_MONTH)


SPLIT = Split(train=span(1, 7), validation=span(8, 9), test=span(10, 12))
EARLIER = Split(train=span(1, 3), validation=span(4, 4), test=span(5, 6))
GOOD, FAIR, POOR = (1.6, 0.5), (0.6, 0.6), (0.0, 1.0)


@pytest.fixture(autouse=True)
def probe(request, monkeypatch):
    """Most tests are not about the clean process, which takes half a second to start."""
    if "clean_process" not in request.node.name:
        sound = Probe(answered=True, message="same answers", latency_ms=0.1)
        monkeypatch.setattr("tenure.evaluation.stage.run_probe", lambda *_: sound)


@pytest.fixture
def decide(filled):
    """The gate's verdict on a candidate with these weights, by the default policy or another."""

    def decide_on(weights=GOOD, split=SPLIT, policy=None, seed=0, **bundle):
        version = filled.register("candidate", weights=weights, split=split, **bundle)
        return run(filled, filled.candidate(version, split), policy, seed)

    return decide_on


def run(world, candidate, policy=None, seed=0, sources=None):
    return judge(
        candidate,
        gate=GatePolicy.model_validate(policy or {}),
        sources=sources or {},
        seed=seed,
        registry=world.registry,
        store=world.store,
        engine=world.engine,
    )


def reason(verdict, rule):
    return next(r for r in verdict.reasons if r.rule == rule)


def refused_by(verdict):
    return {r.rule for r in verdict.reasons if not r.favours}


def test_with_nobody_in_office_a_sound_candidate_passes_on_its_own_test_rows_and_in_a_clean_process(
    decide, filled
):
    verdict = decide(policy={"minimum": {"f1": 0.3}})
    assert verdict.passed
    assert verdict.champion is None
    rows = filled.store.read(FEATURES).to_pydict()
    late = np.array([event.month >= 10 for event in rows["event_time"]])
    labels = np.array(filled.store.read("gold/labels").to_pydict()["label"])[late]
    odds = GOOD[0] * np.array(rows["x0"])[late] + GOOD[1] * np.array(rows["x1"])[late]
    expected = f1_score(labels == "yes", odds >= 0)
    assert reason(verdict, "minimum f1").value == pytest.approx(expected, abs=1e-9)
    assert reason(verdict, "test rows").value == 3 * N_PER_MONTH


def test_a_better_candidate_beats_the_champion_on_the_same_rows(decide, filled):
    champion = filled.register("champion", as_of=BEFORE, weights=POOR, split=EARLIER)
    filled.appoint(champion, BEFORE)
    verdict = decide()
    assert verdict.passed, verdict.reasons
    assert verdict.champion == champion
    assert verdict.difference.n_rows == 3 * N_PER_MONTH
    assert verdict.difference.low > 0


def test_a_worse_candidate_is_refused_with_the_difference(decide, filled):
    filled.appoint(filled.register("champion", as_of=BEFORE, weights=GOOD, split=EARLIER), BEFORE)
    verdict = decide(weights=POOR)
    assert not verdict.passed
    assert {"beat champion", "interval"} <= refused_by(verdict)
    assert verdict.difference.candidate < verdict.difference.champion


def test_rows_that_the_champion_was_fitted_or_tuned_on_are_left_out_for_both(decide, filled):
    seen = Split(train=span(1, 9), validation=span(10, 10), test=span(11, 12))
    filled.appoint(filled.register("champion", as_of=BEFORE, weights=POOR, split=seen), BEFORE)
    verdict = decide()
    assert verdict.difference.n_rows == 2 * N_PER_MONTH
    assert f"{N_PER_MONTH} left out" in reason(verdict, "shared rows").message
    assert reason(verdict, "test rows").value == 3 * N_PER_MONTH


def test_a_champion_that_has_seen_every_test_row_cannot_be_beaten_on_them(decide, filled):
    seen = Split(train=span(1, 12), validation=span(1, 1), test=span(1, 1))
    filled.appoint(filled.register("champion", as_of=BEFORE, weights=POOR, split=seen), BEFORE)
    verdict = decide()
    assert refused_by(verdict) == {"shared rows", "beat champion"}
    assert verdict.difference is None


def test_the_champion_is_who_was_in_office_when_the_period_began_not_who_holds_the_alias(decide, filled):
    then = filled.register("then", as_of=BEFORE, weights=POOR, split=EARLIER)
    filled.appoint(then, BEFORE)
    later = filled.register("later", as_of=date(2024, 9, 1), weights=GOOD, split=EARLIER)
    filled.appoint(later, date(2024, 9, 1))
    assert filled.registry.production() == later
    assert decide().champion == then


def test_a_candidate_that_was_promoted_in_this_period_is_not_compared_with_itself(filled):
    version = filled.register("candidate", weights=GOOD, split=SPLIT)
    first = run(filled, filled.candidate(version, SPLIT))
    filled.appoint(version, JUDGED)
    assert run(filled, filled.candidate(version, SPLIT)) == first


def test_judging_twice_gives_the_same_verdict_and_writes_nothing(decide, filled):
    filled.appoint(filled.register("champion", as_of=BEFORE, weights=FAIR, split=EARLIER), BEFORE)
    tables = {table: filled.store.version(table) for table in filled.store.tables()}
    assert decide() == decide()
    assert {table: filled.store.version(table) for table in filled.store.tables()} == tables


def test_another_seed_moves_the_interval_and_not_the_difference(decide, filled):
    filled.appoint(filled.register("champion", as_of=BEFORE, weights=FAIR, split=EARLIER), BEFORE)
    one, other = decide(seed=1).difference, decide(seed=2).difference
    assert (one.candidate, one.champion) == (other.candidate, other.champion)
    assert one.low != other.low


def test_labels_that_were_not_known_by_then_are_not_judged_on(filled):
    version = filled.register("candidate", weights=GOOD, split=SPLIT, as_of=date(2024, 5, 1))
    candidate = filled.candidate(version, SPLIT)
    rows = filled.store.read("gold/labels").drop_columns(["as_of"])
    features = filled.store.read(FEATURES).drop_columns(["as_of"])
    filled.store.replace("gold/labels", rows, as_of=date(2024, 5, 1))
    filled.store.replace(FEATURES, features, as_of=date(2024, 5, 1))
    for table in ("gold/labels", FEATURES):
        filled.store.remove(table, as_of=JUDGED)
    verdict = run(filled, candidate)
    assert refused_by(verdict) == {"same test rows"}  # December's label is known on May 31
    assert reason(verdict, "same test rows").value == 2 * N_PER_MONTH


def test_what_training_says_of_its_test_rows_is_not_taken_on_trust(filled):
    version = filled.register("candidate", weights=GOOD, split=SPLIT)
    told = replace(SPLIT, test=replace(SPLIT.test, n_rows=451))
    assert refused_by(run(filled, filled.candidate(version, told))) == {"same test rows"}


def test_a_bundle_that_tells_of_no_audit_is_refused(decide):
    provenance = {"split": {}}
    assert "audit" in refused_by(decide(provenance=provenance))


def test_a_bundle_with_audit_errors_is_refused(decide):
    assert "audit" in refused_by(decide(provenance={"audit": {"n_errors": 1, "muted": []}}))


def test_a_harmed_bundle_is_not_judged(filled):
    version = filled.register("candidate", weights=GOOD, split=SPLIT)
    candidate = filled.candidate(version, SPLIT)
    (filled.registry.bundle(version.version) / "profile.json").write_text("{ }")
    with pytest.raises(BundleIntegrityError, match=r"profile\.json"):
        run(filled, candidate)


def test_a_bundle_that_is_whole_but_not_the_one_registered_is_not_judged(filled):
    version = filled.register("candidate", weights=GOOD, split=SPLIT)
    candidate = filled.candidate(version, SPLIT)
    with pytest.raises(BundleIntegrityError, match="as registered"):
        run(filled, replace(candidate, version=replace(version, bundle_sha256="0" * 64)))


def test_a_feature_that_is_no_longer_built_is_named(filled):
    version = filled.register("candidate", weights=(1.0, 1.0, 1.0, 1.0), split=SPLIT)
    with pytest.raises(BundleError, match="x3"):
        run(filled, filled.candidate(version, SPLIT))


def test_a_budget_that_no_clean_process_meets_refuses_and_tells_the_time_it_took(decide):
    verdict = decide(policy={"latency_ms": 0.0001})
    assert refused_by(verdict) == {"latency"}
    assert reason(verdict, "latency").value > 0.0001


def test_a_champion_of_another_task_cannot_be_compared_with(decide, filled):
    three = {"classes": ("a", "b", "c"), "threshold": None}
    filled.appoint(filled.register("old", as_of=BEFORE, weights=(1.0,), split=EARLIER, **three), BEFORE)
    assert refused_by(decide()) == {"comparable"}


def test_a_champion_with_other_features_is_compared_on_the_same_rows(decide, filled):
    wide = filled.register("wide", as_of=BEFORE, weights=(0.0, 0.0, 1.0), split=EARLIER)
    filled.appoint(wide, BEFORE)
    assert decide().passed


def test_the_order_of_stored_rows_does_not_matter(decide, filled):
    filled.appoint(filled.register("champion", as_of=BEFORE, weights=FAIR, split=EARLIER), BEFORE)
    before = decide()
    for table in (FEATURES, "gold/labels"):
        rows = filled.store.read(table).drop_columns(["as_of"])
        shuffled = rows.take(np.random.default_rng(1).permutation(rows.num_rows))
        filled.store.replace(table, shuffled, as_of=JUDGED)
    assert decide() == before


def test_several_classes_go_through_the_same_gate(world):
    rng = np.random.default_rng(8)
    values = rng.normal(size=(12 * N_PER_MONTH, 3))
    labels = np.array(["a", "b", "c"])[values.argmax(axis=1)]
    world.fill(labels, values)

    def register(name, weights, split, as_of=JUDGED):
        return world.register(
            name,
            as_of=as_of,
            weights=(0.0, 0.0, 0.0),
            classes=("a", "b", "c"),
            threshold=None,
            onnx=softmax_onnx(weights),
            split=split,
        )

    noisy = np.eye(3) + 0.8 * rng.normal(size=(3, 3))
    world.appoint(register("old", noisy, EARLIER, BEFORE), BEFORE)
    candidate = world.candidate(register("new", 3 * np.eye(3), SPLIT), SPLIT)
    policy = {"minimum": {"f1": 0.9, "roc_auc": 0.9}, "beat_champion": {"metric": "roc_auc"}}
    verdict = run(world, candidate, policy)
    assert verdict.passed, verdict.reasons
    assert verdict.difference.candidate == pytest.approx(1.0, abs=0.01)
    bundle = load_bundle(world.registry.bundle(candidate.version.version))
    assert bundle.schema.classes == ("a", "b", "c")


NUMBERS = np.round(np.exp(np.random.default_rng(8).normal(13, 0.4, N_PER_MONTH * 12)), -2)


def priced(world, *, by=0.5):
    """The world's labels as prices that follow the first number, and the cut at their quantile `by`."""
    values = np.stack([np.argsort(np.argsort(NUMBERS)) / len(NUMBERS) - by] * 3, axis=1).round(4)
    world.fill(NUMBERS, 20 * values)
    return float(np.quantile(NUMBERS, by))


def test_both_are_measured_against_the_candidates_cuts_and_the_verdict_says_how_far_they_moved(world):
    edge = priced(world)
    stale = LabelCuts((float(np.quantile(NUMBERS, 0.2)),), ("no", "yes"))
    own = LabelCuts((edge,), ("no", "yes"))
    champion = world.register("champion", weights=(1.0,), split=EARLIER, cuts=stale)
    world.appoint(champion, since=BEFORE)
    version = world.register("candidate", weights=(1.0,), split=SPLIT, cuts=own)
    verdict = run(world, world.candidate(version, SPLIT))
    told = reason(verdict, "cuts")
    tested = NUMBERS[9 * N_PER_MONTH :]
    assert told.value == pytest.approx(np.mean((tested > edge) == (tested > stale.edges[0])))
    assert f"yes: above {edge:,.6g}" in told.message or f"yes: above {edge:,.0f}" in told.message
    assert verdict.difference.candidate == verdict.difference.champion  # one model, one question
    assert verdict.difference.candidate == pytest.approx(f1_score(tested > edge, tested > edge), abs=0.02)


def test_a_champion_whose_cuts_have_aged_does_not_win_by_calling_every_row_the_same(world):
    edge = priced(world)
    aged = LabelCuts((1.0,), ("no", "yes"))  # every price of today is above it
    champion = world.register("champion", weights=(0.0,), split=EARLIER, cuts=aged, threshold=0.1)
    world.appoint(champion, since=BEFORE)
    own = LabelCuts((edge,), ("no", "yes"))
    version = world.register("candidate", weights=(1.0,), split=SPLIT, cuts=own)
    assert run(world, world.candidate(version, SPLIT)).passed


def test_equal_cuts_need_no_word(world):
    own = LabelCuts((priced(world),), ("no", "yes"))
    world.appoint(world.register("champion", weights=(0.1,), split=EARLIER, cuts=own), since=BEFORE)
    version = world.register("candidate", weights=(1.0,), split=SPLIT, cuts=own)
    assert "cuts" not in {r.rule for r in run(world, world.candidate(version, SPLIT)).reasons}
