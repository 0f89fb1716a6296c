"""The search ahead of a training: what it leaves is what the training would have searched itself."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tenure.domain.artefacts import Audit, Gold
from tenure.domain.decisions import RetrainDecision
from tenure.domain.findings import Finding, Severity
from tenure.domain.models import Search
from tenure.errors import LeakageError, NotEnoughLabelsError, TrainingError
from tenure.ports import Silent
from tenure.training import search_parameters
from tenure.training.claims import held
from tenure.training.config import AlgorithmName, ModelConfig
from tenure.training.searching import competing

NAMES = (AlgorithmName.DECISION_TREE, AlgorithmName.LOGISTIC_REGRESSION)


def ahead(bench: Any, gold: Gold, model: ModelConfig, *, audit: Audit | None = None) -> Search:
    """The search of these algorithms alone."""
    as_of = gold.period.as_of
    return search_parameters(
        gold,
        RetrainDecision(as_of, True, (), 0),
        audit or Audit(as_of, ()),
        model=model,
        cuts=None,
        seed=7,
        jobs=1,
        models=bench.models,
        studies=None,
        registry=bench.registry,
        store=bench.store,
        engine=bench.engine,
        progress=Silent(),
    )


@dataclass(frozen=True)
class Searched:
    """A datamart on which two algorithms were searched ahead, at once, and what was there right after."""

    bench: Any
    gold: Gold
    found: tuple[Search, ...]
    journals: dict[str, list[str]]
    left: tuple[Path, ...]

    @property
    def studies(self) -> Path:
        """The folder of the studies."""
        (folder,) = (self.bench.models / "studies").iterdir()
        return Path(folder)


@pytest.fixture(scope="module")
def both(quick: Callable[..., ModelConfig]) -> ModelConfig:
    return quick(algorithms=[name.value for name in NAMES], tuning={"trials": 3})


@pytest.fixture(scope="module")
def searched(make_bench: Callable[..., Any], lender: Callable[..., Any], both: ModelConfig) -> Searched:
    bench = make_bench(lender())
    gold = bench.gold()
    with ThreadPoolExecutor(2) as pool:
        found = tuple(pool.map(lambda name: ahead(bench, gold, competing(both, name)), NAMES))
    left = tuple(path for path in (bench.models / "work").rglob("*") if path.is_file())
    return Searched(bench, gold, found, journals(bench), left)


def journals(bench: Any) -> dict[str, list[str]]:
    """What is written down of the trials of each study."""
    return {
        path.stem: [line for line in path.read_text().splitlines() if "trial_id" in line]
        for path in (bench.models / "studies").rglob("*.journal")
    }


def test_algorithms_searched_at_once_tell_what_they_found_and_leave_their_studies_only(
    searched: Searched,
) -> None:
    told = [(one.algorithm, one.n_trials) for each in searched.found for one in each.algorithms]
    assert told == [(name.value, 3) for name in NAMES]
    assert {name for name, lines in searched.journals.items() if lines} == {name.value for name in NAMES}
    assert searched.left == ()


def test_a_training_after_it_searches_nothing_and_makes_the_same_bundle_as_one_that_searched_itself(
    searched: Searched, both: ModelConfig, make_bench: Callable[..., Any], lender: Callable[..., Any]
) -> None:
    bench = searched.bench
    killed = bench.models / "work" / f"{searched.studies.name}-decision_tree" / "matrix.npy"
    killed.parent.mkdir(parents=True, exist_ok=True)
    killed.write_bytes(b"half of it")
    made = bench.train(both)
    assert journals(bench) == searched.journals
    assert made == make_bench(lender()).train(both)  # the version holds the sha256
    best = max((one for each in searched.found for one in each.algorithms), key=lambda one: one.score)
    assert made.algorithm == best.algorithm
    assert not killed.parent.exists()  # what a search left that was killed


def test_two_searches_of_one_algorithm_are_told_to_wait_and_so_is_a_training_beside_a_search(
    searched: Searched, both: ModelConfig
) -> None:
    with held(searched.studies / "decision_tree-ahead.lock", "it"):
        with pytest.raises(TrainingError, match="another process tunes `decision_tree`") as refused:
            ahead(searched.bench, searched.gold, competing(both, AlgorithmName.DECISION_TREE))
        ahead(searched.bench, searched.gold, competing(both, AlgorithmName.LOGISTIC_REGRESSION))
    assert refused.value.transient
    with (
        held(searched.studies / "search.lock", "it", shared=True),
        pytest.raises(TrainingError, match="another process tunes") as refused,
    ):
        searched.bench.train(both)
    assert refused.value.transient


def test_nothing_is_searched_on_rows_that_the_audit_refuses_or_that_are_too_few(
    searched: Searched, both: ModelConfig
) -> None:
    bench, gold = searched.bench, searched.gold
    leak = Finding("LEAK001", Severity.ERROR, "the label is a feature", scope="gold", n_rows=1)
    with pytest.raises(LeakageError):
        ahead(bench, gold, both, audit=Audit(gold.period.as_of, (leak,)))
    with pytest.raises(NotEnoughLabelsError):
        ahead(bench, gold, both.model_copy(update={"min_labels": 10_000}))


def test_who_does_not_compete_is_refused_with_those_who_do(both: ModelConfig) -> None:
    with pytest.raises(TrainingError, match="has decision_tree, logistic_regression"):
        competing(both, AlgorithmName.XGBOOST)
