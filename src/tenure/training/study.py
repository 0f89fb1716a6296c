"""The search for good parameters, written down trial by trial, so that it survives being killed.

One study per algorithm, in a journal file. What the sampler draws for the k-th completed trial depends on
the seed, on k and on the trials completed before, and on nothing else: a study that was killed and
resumed ends with the same trials as one that was not. A trial that is given up early counts as completed.
"""

from __future__ import annotations

import fcntl
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import optuna
from optuna.pruners import BasePruner, MedianPruner, NopPruner
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from tenure.errors import TrainingError
from tenure.training.algorithms.space import Parameters, Space, suggest

N_RANDOM = 6
"""Trials drawn at random before the sampler trusts what it has seen."""
N_UNPRUNED = 5
"""Trials that are carried through before any is given up: a median of fewer says little."""

Report: TypeAlias = Callable[[int, float], None]
"""Estimators so far, and the score with them; raises where the trial is to be given up."""
Objective: TypeAlias = Callable[[Parameters, Report], float]
"""Parameters → score on validation, higher is better; it reports on the way."""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One completed trial.

    Attributes
    ----------
    number : int
        0 for the first completed trial.
    parameters : mapping
        What was tried.
    score : float
        On validation; higher is better.
    seconds : float
        How long it took, where it was run.
    pruned : bool
        Whether it was given up early; its score is then that of the part of it.
    """

    number: int
    parameters: Parameters
    score: float
    seconds: float
    pruned: bool = False


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """What is searched, how long, and where it is written down."""

    name: str
    journal: Path
    space: Space
    starts: tuple[Parameters, ...]
    """What the first trials try, in order."""
    n_trials: int
    seconds: float | None
    seed: int
    prune_after: int | None = None
    """Estimators that every trial may have before it is compared with the others; None compares never."""


def run_study(plan: StudyPlan, objective: Objective) -> Iterator[TrialResult]:
    """Every completed trial of the study, those of earlier runs first, up to the plan's number.

    With `prune_after`, a trial is given up at a report that is worse than the median of the trials
    carried through, at the same number of estimators.

    Parameters
    ----------
    plan
        What is searched, and where it is written down.
    objective
        What is asked of each trial.

    Raises
    ------
    TrainingError
        If another process works on the same study at this moment.
    """
    with _opened(plan) as study:
        yield from completed(study)[: plan.n_trials]
        while _goes_on(results := completed(study), plan):
            _run_trial(study, plan, objective, n_done=len(results))
            yield completed(study)[-1]


def completed(study: optuna.Study) -> tuple[TrialResult, ...]:
    """The completed trials of a study, those given up early among them, numbered in their order."""
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    return tuple(
        TrialResult(
            number,
            dict(trial.params),
            float(trial.value or 0.0),
            _seconds(trial),
            trial.state is TrialState.PRUNED,
        )
        for number, trial in enumerate(trials)
    )


def _goes_on(results: tuple[TrialResult, ...], plan: StudyPlan) -> bool:
    in_time = plan.seconds is None or sum(result.seconds for result in results) < plan.seconds
    return len(results) < plan.n_trials and (in_time or not results)


def _run_trial(study: optuna.Study, plan: StudyPlan, objective: Objective, *, n_done: int) -> None:
    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    if n_done < len(plan.starts) and not waiting:
        study.enqueue_trial(dict(plan.starts[n_done]))
    study.sampler = TPESampler(
        seed=_seed(plan, n_done),
        n_startup_trials=N_RANDOM,
        multivariate=True,
    )
    trial = study.ask()

    def report(n_estimators: int, score: float) -> None:
        trial.report(score, n_estimators)
        if trial.should_prune():
            raise optuna.TrialPruned

    try:
        study.tell(trial, objective(suggest(trial, plan.space), report))
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)


def _pruner(plan: StudyPlan) -> BasePruner:
    if plan.prune_after is None:
        return NopPruner()
    return MedianPruner(n_startup_trials=N_UNPRUNED, n_warmup_steps=plan.prune_after)


def _seed(plan: StudyPlan, n_done: int) -> int:
    """A seed of its own for every trial of every study."""
    entropy = [plan.seed, zlib.crc32(plan.name.encode()), n_done]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


@contextmanager
def _opened(plan: StudyPlan) -> Iterator[optuna.Study]:
    """The study at its journal, ours alone while the block lasts, trials cut off before given up."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    plan.journal.parent.mkdir(parents=True, exist_ok=True)
    with plan.journal.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TrainingError(
                f"another process tunes `{plan.name}` for the same rows at this moment ({plan.journal.name})",
                hint="wait until it is done; this one will then find its trials.",
                transient=True,
            ) from error
        _mend(plan.journal)
        backend = JournalFileBackend(str(plan.journal), lock_obj=_Held())  # type: ignore[arg-type]  # the base class is not public
        study = optuna.create_study(
            storage=JournalStorage(backend),
            study_name=plan.name,
            direction="maximize",
            load_if_exists=True,
            pruner=_pruner(plan),
        )
        for cut_off in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            study.tell(cut_off.number, state=TrialState.FAIL)
        yield study


def _mend(journal: Path) -> None:
    """Cut off what comes after the last whole line: a process may die in the middle of one."""
    content = journal.read_bytes() if journal.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with journal.open("r+b") as file:
            file.truncate(len(whole))


class _Held:
    """The journal's own lock: the study is locked as a whole, by a lock that dies with its process."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None


def _seconds(trial: Any) -> float:
    return trial.duration.total_seconds() if trial.duration else 0.0
