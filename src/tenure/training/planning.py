"""The search as data, before anything is fitted: what ``tenure train --plan`` prints.

Imports none of the libraries that fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tenure.domain.artefacts import Gold
from tenure.errors import NotEnoughLabelsError
from tenure.ports import Engine, TableStore
from tenure.training.algorithms.space import Choice, Parameters, Range
from tenure.training.algorithms.spaces import SPACES
from tenure.training.config import AlgorithmName, ModelConfig
from tenure.training.rows import load_labelled_rows
from tenure.training.starting import Known, starting_points


@dataclass(frozen=True, slots=True)
class AlgorithmPlan:
    """What is searched for one algorithm."""

    algorithm: AlgorithmName
    space: tuple[Range | Choice, ...]
    starts: tuple[Mapping[str, float | int | str], ...]
    """What its first trials try, in order."""
    n_trials: int


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What a training would search, and on how many rows."""

    as_of: date | None
    """The period it would belong to; None while none has run."""
    n_rows: int | None
    """Labelled rows known by then, of all sides of the split; None while none are known."""
    metric: str
    seconds: float | None
    """What all trials together may take; None is no limit."""
    pruning: bool
    seed: int
    algorithms: tuple[AlgorithmPlan, ...] = field(default=())
    workers: int = 1
    """Trials of an algorithm that are drawn together, and may be run at once."""

    @property
    def n_trials(self) -> int:
        """Trials of all algorithms, if the budget lasts."""
        return sum(plan.n_trials for plan in self.algorithms)


def plan_search(
    model: ModelConfig, *, seed: int, champion: Known, as_of: date | None = None, n_rows: int | None = None
) -> SearchPlan:
    """What a training with these settings would search.

    Raises
    ------
    TrainingError
        If `model.tuning.start` does not fit the spaces.

    Examples
    --------
    >>> model = ModelConfig.model_validate({"algorithms": ["decision_tree"], "tuning": {"trials": 3}})
    >>> (plan,) = plan_search(model, seed=0, champion={}).algorithms
    >>> plan.n_trials, dict(plan.starts[0])
    (3, {'max_depth': 6, 'min_samples_leaf': 30, 'criterion': 'gini'})
    """
    return SearchPlan(
        as_of=as_of,
        n_rows=n_rows,
        metric=model.tuning.metric.value,
        seconds=model.tuning.seconds,
        pruning=model.tuning.pruning,
        seed=seed,
        algorithms=tuple(_plan(name, model, champion) for name in model.algorithms),
        workers=model.tuning.workers,
    )


def count_labelled_rows(gold: Gold, *, as_of: date, store: TableStore, engine: Engine) -> int | None:
    """How many labelled rows a training of that period would have; None when no label is known."""
    try:
        return load_labelled_rows((), gold.keys, as_of=as_of, store=store, engine=engine).n_rows
    except NotEnoughLabelsError:
        return None


def _plan(name: AlgorithmName, model: ModelConfig, champion: Known) -> AlgorithmPlan:
    starts: tuple[Parameters, ...] = starting_points(name, model, champion)
    n_trials = model.tuning.trials
    return AlgorithmPlan(name, tuple(SPACES[name]), starts[:n_trials], n_trials)
