from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tenure.domain.artefacts import Audit
from tenure.domain.findings import Finding, Severity
from tenure.domain.group_values import FeatureComparison, GroupValue, GroupVerdict
from tenure.domain.splits import SplitPolicy, split
from tenure.errors import LeakageError, TrainingError

AS_OF_DAY = date(2024, 12, 31)
BY_ENTITY = {"split": {"by": "entity", "train": 0.6, "validation": 0.2, "test": 0.2}}


def _group(found: FeatureComparison, name: str) -> GroupValue:
    return next(group for group in found.groups if group.group == name)


@pytest.mark.parametrize("algorithm", ["logistic_regression", "lightgbm"])
def test_a_group_that_matters_is_found_and_one_of_noise_adds_nothing(bench, algorithm) -> None:
    found = bench.compare(algorithms=[algorithm])
    assert [_group(found, name).verdict for name in ("own", "bureau")] == [GroupVerdict.ADDS] * 2
    assert _group(found, "weather").verdict in {GroupVerdict.LUCK, GroupVerdict.HARMS}
    assert {group.group: group.n_features for group in found.groups} == {"own": 1, "bureau": 2, "weather": 4}
    assert found.groups[-1].group == "weather"


def test_every_fold_of_a_split_by_entity_is_tested(bench) -> None:
    found = bench.compare(**BY_ENTITY)
    assert (found.n_folds, found.n_test_rows) == (5, 1500)
    assert _group(found, "own").verdict is GroupVerdict.ADDS
    assert _group(found, "weather").verdict is not GroupVerdict.ADDS


def test_more_test_rows_make_the_interval_narrower(bench) -> None:
    by_time, by_entity = (_group(bench.compare(**split), "own") for split in ({}, BY_ENTITY))
    assert by_entity.high - by_entity.low < 0.7 * (by_time.high - by_time.low)


def test_noise_is_seldom_called_useful(bench, draw) -> None:
    """Of independent draws about one in forty may come out as an addition: the interval's lower side."""
    verdicts = []
    for seed in range(12):
        bench.fill(*draw(n_rows=600, seed=seed + 100))
        verdicts.append(_group(bench.compare(), "weather").verdict)
    assert verdicts.count(GroupVerdict.ADDS) <= 1


def test_the_difference_is_what_scikit_learn_measures(bench, columns) -> None:
    """The same rows on each side, fitted and measured apart from everything here."""
    found = bench.compare(algorithms=["logistic_regression"])
    labels = bench.store.read("gold/labels").select(["customer", "known_at", "label"])
    joined = bench.store.read("gold/features").drop(["known_at"]).join(labels, ["customer"])
    rows = joined.sort_by([("event_time", "ascending"), ("customer", "ascending")])
    times = [rows[name].to_numpy() for name in ("event_time", "known_at")]
    sides = split(rows, ["customer"], *times, policy=SplitPolicy())
    target = np.array(rows["label"].to_pylist()) == "bad"

    def auc(names: list[str]) -> float:
        matrix = np.column_stack([rows[name].to_numpy() for name in names])
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05))
        model.fit(matrix[sides.train], target[sides.train])
        return roc_auc_score(target[sides.test], model.predict_proba(matrix[sides.test])[:, 1])

    everything = auc([column.name for column in columns])
    without = auc([column.name for column in columns if column.block != "bureau"])
    bureau = _group(found, "bureau")
    assert found.n_test_rows == sides.test.sum()
    assert (found.value, bureau.without) == pytest.approx((everything, without), abs=0.002)
    assert bureau.adds == pytest.approx(found.value - bureau.without)


def test_the_same_seed_gives_the_same_result(bench) -> None:
    settings = {"algorithms": ["lightgbm"]}
    assert bench.compare(**settings) == bench.compare(**settings)
    assert bench.compare(seed=8, **settings) != bench.compare(seed=7, **settings)


def test_a_metric_of_which_less_is_better_counts_the_other_way(bench) -> None:
    found = bench.compare(tuning={"metric": "brier"})
    own = _group(found, "own")
    assert own.without > found.value
    assert own.adds == pytest.approx(own.without - found.value)
    assert own.verdict is GroupVerdict.ADDS


def test_what_is_made_of_a_group_goes_with_it(bench, column, columns) -> None:
    cross = column("score_x_noise_0", "cross", "bureau.score", "weather.noise")
    query = column("noise_1", "ratios")
    bench.columns = [each for each in columns if each.name != "noise_1"] + [
        replace(cross, name="overdue"),
        query,
    ]
    bench.columns = [
        each for each in bench.columns if not (each.name == "overdue" and each.block == "bureau")
    ]
    bench.blocks = [{"sql": "ratios.sql"}]
    (bench.folder / "ratios.sql").write_text("SELECT customer, event_time, x AS noise_1 FROM own, weather")
    found = bench.compare()
    assert {group.group: group.n_features for group in found.groups} == {
        "own": 2,
        "bureau": 2,
        "weather": 5,
        "cross": 1,
        "ratios": 1,
    }


def test_a_group_that_everything_rests_on_has_nothing_to_be_compared_with(bench, column, columns) -> None:
    bench.columns = [columns[0], column("score", "cross", "own.income", "own.age")]
    found = bench.compare()
    sole = _group(found, "own")
    assert (sole.verdict, sole.without, sole.adds) == (GroupVerdict.SOLE, None, None)
    assert found.groups[-1] == sole


def test_a_group_without_which_nothing_varies_is_told_so(bench, columns, draw) -> None:
    features, labels = draw()
    place = features.column_names.index("noise_0")
    bench.fill(features.set_column(place, "noise_0", [np.ones(features.num_rows)]), labels)
    bench.columns = [columns[0], next(column for column in columns if column.name == "noise_0")]
    found = bench.compare()
    assert [(group.group, group.verdict) for group in found.groups] == [
        ("weather", GroupVerdict.LUCK),
        ("own", GroupVerdict.SOLE),
    ]
    assert found.groups[0].adds == 0


def test_one_group_alone_is_refused(bench, columns) -> None:
    bench.columns = columns[:1]
    with pytest.raises(TrainingError, match="1 feature, and nothing from outside `own`"):
        bench.compare()


def test_nothing_is_compared_on_leaking_rows(bench) -> None:
    leak = Finding("LEAK001", Severity.ERROR, "it leaks", scope="audit")
    with pytest.raises(LeakageError):
        bench.compare(audit=Audit(AS_OF_DAY, (leak,)))


def test_parameters_are_those_of_the_project_where_nobody_is_in_office(bench) -> None:
    tree = {"algorithms": ["decision_tree", "lightgbm"]}
    plain = bench.compare(**tree)
    assert (plain.algorithm, plain.taken_from) == ("decision_tree", "its defaults")
    started = bench.compare(**tree, tuning={"start": {"decision_tree": {"max_depth": 2}}})
    assert started.taken_from == "model.tuning.start"
    assert dict(started.parameters)["max_depth"] == "2"


def test_progress_counts_the_trainings(bench) -> None:
    class Counting:
        def __init__(self) -> None:
            self.totals: list[int | None] = []
            self.said: list[str] = []

        def track(self, items, description, *, total=None):  # noqa: ARG002
            self.totals.append(total)
            yield from items

        def say(self, message: str) -> None:
            self.said.append(message)

    bench.progress = Counting()
    bench.compare()
    assert bench.progress.totals == [4]
    assert bench.progress.said == ["with all features", "without own", "without bureau", "without weather"]
