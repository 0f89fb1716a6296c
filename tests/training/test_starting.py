from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tenure.bundle import load_bundle
from tenure.bundle.provenance import members_of
from tenure.domain.decisions import Promotion
from tenure.domain.tables import DECISIONS
from tenure.errors import TrainingError
from tenure.running.records import record
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import COSTS, SPACES
from tenure.training.config import AlgorithmName, ModelConfig
from tenure.training.planning import plan_search
from tenure.training.starting import champion_parameters, starting_points

TREE = AlgorithmName.DECISION_TREE
AS_OF = date(2024, 1, 1)


def test_the_champions_parameters_come_right_after_the_start(quick: Callable[..., ModelConfig]) -> None:
    champion = {TREE: {"max_depth": 3, "min_samples_leaf": 7, "criterion": "entropy"}}
    first, second = starting_points(TREE, quick(), champion)
    assert first == defaults(SPACES[TREE])
    assert second == champion[TREE]


def test_a_champion_of_another_algorithm_or_with_the_same_parameters_adds_no_trial(
    quick: Callable[..., ModelConfig],
) -> None:
    champion = {TREE: defaults(SPACES[TREE])}
    assert len(starting_points(TREE, quick(), champion)) == 1
    assert len(starting_points(AlgorithmName.XGBOOST, quick(), champion)) == 1


def test_what_the_space_no_longer_has_of_the_champion_is_left_to_the_defaults(
    quick: Callable[..., ModelConfig],
) -> None:
    _, second = starting_points(TREE, quick(), {TREE: {"max_depth": 99, "criterion": "entropy", "old": 1}})
    assert second == {**defaults(SPACES[TREE]), "criterion": "entropy"}


def test_a_training_tries_the_parameters_of_who_is_in_office_second(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> None:
    bench = make_bench(lender())
    elsewhere = quick(tuning={"trials": 1, "start": {"decision_tree": {"max_depth": 3}}})
    champion = bench.train(elsewhere)
    promotion = Promotion(AS_OF, champion.version, None)
    record("promote", promotion, as_of=AS_OF, store=bench.store)
    assert bench.store.exists(DECISIONS)
    next_month = date(2024, 2, 1)
    assert champion_parameters(quick(), as_of=AS_OF, registry=bench.registry, store=bench.store) == {}
    found = champion_parameters(quick(), as_of=next_month, registry=bench.registry, store=bench.store)
    provenance = load_bundle(bench.registry.bundle(champion.version.version)).provenance
    (member,) = members_of(provenance)
    assert found == {TREE: member.parameters}
    assert member.parameters["max_depth"] == 3
    bench.train(quick(), as_of=next_month)
    trials = [run for run in bench.tracker.runs if run.children][-1].children
    assert [trial.parameters["max_depth"] for trial in trials] == ["6", "3"]
    cold = quick(tuning={"warm_start": False})
    assert champion_parameters(cold, as_of=next_month, registry=bench.registry, store=bench.store) == {}


def test_every_algorithm_has_a_space_a_cost_and_a_fit() -> None:
    from tenure.training.algorithms.catalogue import FITS  # noqa: PLC0415 - the libraries, for this test only

    assert set(SPACES) == set(COSTS) == set(FITS) == set(AlgorithmName)


def test_a_plan_needs_none_of_the_libraries_that_fit() -> None:
    code = (
        "import sys, json\n"
        "import tenure.training.planning\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"xgboost", "lightgbm", "sklearn", "optuna", "onnx"} & set(json.loads(ran.stdout))


def test_a_plan_tells_spaces_starts_trials_and_budget(quick: Callable[..., ModelConfig]) -> None:
    model = quick(
        algorithms=["xgboost", "decision_tree"],
        tuning={"trials": 9, "seconds": 60, "start": {"xgboost": {"max_depth": 3}}},
    )
    plan = plan_search(model, seed=5, champion={TREE: {"max_depth": 4}})
    assert (plan.n_trials, plan.seconds, plan.seed) == (18, 60, 5)
    xgboost, tree = plan.algorithms
    assert [start["max_depth"] for start in xgboost.starts] == [3]
    assert [start["max_depth"] for start in tree.starts] == [6, 4]
    assert {parameter.name for parameter in xgboost.space} == set(xgboost.starts[0])


def test_a_plan_refuses_a_start_that_no_space_has(quick: Callable[..., ModelConfig]) -> None:
    model = quick(tuning={"start": {"decision_tree": {"max_depth": 99}}})
    with pytest.raises(TrainingError, match="`max_depth` of `decision_tree` is 99"):
        plan_search(model, seed=0, champion={})
