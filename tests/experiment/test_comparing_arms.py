"""A simulated server whose truth is known: who is better, by how much, on whom."""

import json
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from sklearn.metrics import brier_score_loss, roc_auc_score

from tenure.domain.arms import Arm, entity_code, place_of
from tenure.domain.durations import Duration
from tenure.domain.entities import entity_id
from tenure.domain.periods import Period, PeriodUnit
from tenure.domain.serving import ChallengerConfig, ChallengerMode
from tenure.domain.tables import LABELS
from tenure.errors import ReplayError
from tenure.experiment import compare_arms
from tenure.experiment.rule import Winner
from tenure.experiment.stage import Terms
from tenure.ingestion.served import land
from tenure.stats.delong import delong_difference
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.memory import MemoryRegistry
from tenure.testing import write_small_bundle

FIRST, AS_OF = datetime(2024, 1, 1), date(2024, 6, 30)
CONFIG = ChallengerConfig(mode="ab", share=0.3, detect=0.05)


def logistic(x):
    return 1 / (1 + np.exp(-x))


class Shop:
    """Entities of which each is worth `truth`; champion and challenger see it through their own noise."""

    def __init__(self, folder, *, champion=1.5, challenger=1.5, n=2000, seed=0, secret=""):
        self.folder, self.secret = folder, secret
        self.store, self.engine = DeltaStore(folder / "datamart"), DuckDBEngine()
        self.registry = MemoryRegistry("small", folder / "registry")
        self.versions = [self._register(weight) for weight in (1.0, 2.0)]
        rng = np.random.default_rng(seed)
        truth = rng.normal(0, 1.5, n)
        self.outcome = rng.random(n) < logistic(truth)
        seen = [truth + rng.normal(0, noise, n) for noise in (champion, challenger)]
        self.scores = [logistic(each) for each in seen]
        self.times = [FIRST + timedelta(minutes=60 * number) for number in range(n)]

    def _register(self, weight):
        folder = self.folder / f"bundle{weight}"
        sha256 = write_small_bundle(folder, weights=(weight,), keys=("id",))
        return self.registry.register(folder, as_of=date(2023, 12, 31), sha256=sha256, tags={})

    def answer(self, model, number):
        score, version = float(self.scores[model][number]), self.versions[model]
        return {
            "score": score,
            "class": "yes" if score >= 0.5 else "no",
            "threshold": 0.5,
            "probabilities": {"no": 1 - score, "yes": score},
            "model_version": version.version,
            "bundle_sha256": version.bundle_sha256,
            "model": "small",
        }

    def serve(self, mode, numbers=None, **config):
        """Write the log of every entity's request, an hour after the other."""
        path = self.folder / "log" / f"{mode}{len(list(self.folder.glob('log/*')))}.jsonl"
        path.parent.mkdir(exist_ok=True)
        asked = CONFIG.model_copy(update=config)
        with path.open("w") as file:
            for number in numbers if numbers is not None else range(len(self.outcome)):
                file.write(json.dumps(self._record(mode, number, asked)) + "\n")

    def _record(self, mode, number, config):
        model = int(mode == "ab" and place_of(entity_id({"id": number}), salt=config.salt) < config.share)
        arm = (Arm.CHAMPION, Arm.CHALLENGER)[model]
        record = {
            **self.answer(model, number),
            "at": self.times[number].isoformat(),
            "request_id": f"{mode}{number}",
            "arm": arm.value,
            "against": self.versions[1 - model].version,
            "entity": entity_code(entity_id({"id": number}), secret=self.secret),
            "input": {"id": number, "event_time": self.times[number].isoformat()},
        }
        return record | ({"shadow": self.answer(1, number)} if mode == "shadow" else {})

    def mature(self, numbers=None):
        """Write the labels of entities."""
        chosen = list(numbers if numbers is not None else range(len(self.outcome)))
        rows = {
            "id": pa.array(chosen, pa.int64()),
            "event_time": [self.times[number] for number in chosen],
            "known_at": [self.times[number] + timedelta(days=30) for number in chosen],
            "label": ["yes" if self.outcome[number] else "no" for number in chosen],
        }
        self.store.replace(LABELS, pa.table(rows), as_of=AS_OF)

    def compare(self, metric="roc_auc", **config):
        land(Period(AS_OF, PeriodUnit.MONTH, first=True), self.folder / "log", store=self.store)
        terms = Terms(
            metric=metric,
            config=CONFIG.model_copy(update=config),
            horizon=Duration.parse("30 days"),
            seed=1,
            n_resamples=400,
            secret=self.secret,
        )
        ports = {"registry": self.registry, "store": self.store, "engine": self.engine}
        return compare_arms(AS_OF, terms=terms, **ports)


@pytest.fixture
def shop(tmp_path):
    def make(**how):
        made = Shop(tmp_path, **how)
        made.mature()
        return made

    return make


def test_a_shadow_that_is_better_wins_with_the_interval_that_delong_gives(shop):
    made = shop(champion=2.0, challenger=0.3)
    made.serve("shadow")
    found = made.compare()
    assert (found.winner, found.mode) == (Winner.CHALLENGER, ChallengerMode.SHADOW)
    expected = [roc_auc_score(made.outcome, scores) for scores in made.scores]
    assert [found.champion.metric.value, found.challenger.metric.value] == pytest.approx(expected)
    delong = delong_difference(made.outcome, made.scores[1], made.scores[0])
    assert found.difference.value == pytest.approx(delong.estimate)
    width = delong.high - delong.low
    assert found.difference.low == pytest.approx(delong.low, abs=0.12 * width)
    assert found.difference.high == pytest.approx(delong.high, abs=0.12 * width)
    assert found.challenger.arm is Arm.SHADOW
    assert (found.champion.n_answered, found.champion.n_matured) == (2000, 2000)


def test_without_labels_a_shadow_still_tells_how_the_two_differ(shop):
    made = shop(champion=2.0, challenger=0.3)
    made.mature([])
    made.serve("shadow")
    found = made.compare()
    assert (found.winner, found.difference, found.outlook.enough_on) == (Winner.NOT_YET, None, None)
    ours, theirs = (scores >= 0.5 for scores in made.scores)
    assert found.decisions.value == pytest.approx((ours != theirs).mean())
    gaps = made.scores[1] - made.scores[0]
    assert found.scores.value == pytest.approx(gaps.mean())
    half = stats.norm.ppf(0.975) * gaps.std() / np.sqrt(gaps.size)
    assert found.scores.high - found.scores.low == pytest.approx(2 * half, rel=0.15)


def test_a_better_challenger_wins_its_ab_test_with_the_interval_of_two_samples(shop):
    made = shop(champion=3.0, challenger=0.1, n=2500)
    made.serve("ab")
    found = made.compare("brier", detect=0.01)
    assert (found.winner, found.mode) == (Winner.CHALLENGER, ChallengerMode.AB)
    tried = np.array([place_of(entity_id({"id": n}), salt="") < 0.3 for n in range(2500)])
    assert (found.challenger.n_answered, found.champion.n_answered) == (tried.sum(), (~tried).sum())
    ours, theirs = made.scores[1][tried], made.scores[0][~tried]
    expected = brier_score_loss(made.outcome[tried], ours) - brier_score_loss(made.outcome[~tried], theirs)
    assert found.difference.value == pytest.approx(expected)
    assert found.difference.high < 0

    by_row = [(ours - made.outcome[tried]) ** 2, (theirs - made.outcome[~tried]) ** 2]
    expected = stats.bootstrap(
        by_row,
        lambda a, b, axis=-1: a.mean(axis=axis) - b.mean(axis=axis),
        method="percentile",
        n_resamples=2000,
        rng=np.random.default_rng(0),
    ).confidence_interval
    width = expected.high - expected.low
    assert found.difference.low == pytest.approx(expected.low, abs=0.12 * width)
    assert found.difference.high == pytest.approx(expected.high, abs=0.12 * width)


def test_a_worse_challenger_loses_and_the_champion_stays(shop):
    made = shop(champion=0.3, challenger=2.5)
    made.serve("ab")
    assert made.compare().winner is Winner.CHAMPION


def test_of_two_that_are_alike_nobody_wins_before_there_is_enough_and_then_the_champion_stays(shop):
    made = shop(champion=0.3, challenger=0.3, n=3000)
    made.serve("shadow")
    early = made.compare(detect=0.003)
    assert early.winner is Winner.NOT_YET
    assert early.outlook.n_required > 3000
    assert early.outlook.enough_on > AS_OF
    late = made.compare(detect=0.05)
    assert late.winner is Winner.CHAMPION
    assert "stays" in late.why


def test_few_labels_name_nobody_however_large_the_difference(shop):
    made = shop(champion=5.0, challenger=0.01)
    made.mature(range(80))
    made.serve("shadow")
    found = made.compare()
    assert (found.winner, found.champion.n_matured) == (Winner.NOT_YET, 80)
    assert found.outlook.n_required is not None


def test_labels_that_are_not_known_by_then_and_answers_that_came_later_do_not_count(shop):
    made = shop()
    made.serve("shadow", range(1000))
    before = made.compare()
    later = pa.table(
        {
            "id": pa.array([1500], pa.int64()),
            "event_time": [made.times[1500]],
            "known_at": [datetime(2024, 7, 15)],
            "label": ["no"],
        }
    )
    made.store.replace(LABELS, later, as_of=date(2024, 7, 31))
    assert made.compare() == before


def test_an_event_that_was_answered_twice_counts_once_by_its_last_answer(shop):
    made = shop()
    made.serve("shadow", range(500))
    made.times = [time + timedelta(seconds=30) for time in made.times]
    lines = []
    for number in range(100):
        record = made._record("shadow", number, CONFIG)
        record["request_id"] = f"again{number}"
        event = (made.times[number] - timedelta(seconds=30)).isoformat()
        lines.append(record | {"input": {"id": number, "event_time": event}})
    (made.folder / "log" / "again.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = made.compare()
    assert (found.champion.n_answered, found.champion.n_matured) == (600, 500)
    expected = roc_auc_score(made.outcome[:500], made.scores[0][:500])
    assert found.champion.metric.value == pytest.approx(expected)


def test_entities_that_both_arms_answered_are_left_out_and_a_lopsided_split_is_told(shop):
    made = shop()
    made.serve("ab", share=0.6)
    path = next((made.folder / "log").glob("ab*.jsonl"))
    records = [json.loads(line) for line in path.read_text().splitlines()]
    crossed = [record for record in records if record["arm"] == "challenger"][:40]
    changed = {"arm": "champion", "against": 2}
    again = [
        record | made.answer(0, record["input"]["id"]) | changed | {"request_id": f"x{place}"}
        for place, record in enumerate(crossed)
    ]
    with path.open("a") as file:
        file.writelines(json.dumps(record) + "\n" for record in again)
    found = made.compare()
    assert "40 entities were answered by both arms" in found.notes[0]
    assert "where 30.0% were asked for" in found.notes[1]
    assert found.champion.n_answered + found.challenger.n_answered == 2000 - 40


def test_personal_keys_meet_their_labels_by_the_secret_alone(shop):
    made = shop(secret="s3cret")  # noqa: S106
    made.serve("shadow", range(300))
    assert made.compare().champion.n_matured == 300
    made.secret = "another"  # noqa: S105
    assert made.compare().champion.n_matured == 0


def test_a_comparison_that_never_was_is_told(shop):
    with pytest.raises(ReplayError, match="no answers of a champion and a challenger"):
        shop().compare()


def test_the_newest_pair_and_mode_are_compared(shop):
    made = shop()
    made.serve("ab", range(500))
    made.serve("shadow", range(500, 1500))
    found = made.compare()
    assert (found.mode, found.champion.n_answered) == (ChallengerMode.SHADOW, 1000)
