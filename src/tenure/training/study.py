"""The search for good parameters, written down trial by trial, so that it survives being killed.

One study per algorithm, in a journal file. What the sampler draws for the k-th completed trial depends on
the seed, on k and on the trials completed before, and on nothing else: a study that was killed and
resumed ends with the same trials as one that was not.
"""

from __future__ import annotations

import fcntl
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from tenure.errors import TrainingError
from tenure.training.algorithms.space import Parameters, Space, suggest

N_RANDOM = 6
"""Trials drawn at random before the sampler trusts what it has seen."""


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
    """

    number: int
    parameters: Parameters
    score: float
    seconds: float


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """What is searched, how long, and where it is written down."""

    name: str
    journal: Path
    space: Space
    start: Parameters
    """What the first trial tries."""
    n_trials: int
    seconds: float | None
    seed: int


def run_study(plan: StudyPlan, objective: Callable[[Parameters], float]) -> Iterator[TrialResult]:
    """Every completed trial of the study, those of earlier runs first, up to the plan's number.

    Parameters
    ----------
    plan
        What is searched, and where it is written down.
    objective
        Parameters → score on validation, higher is better.

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
    """The completed trials of a study, numbered in their order."""
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return tuple(
        TrialResult(number, dict(trial.params), float(trial.value or 0.0), _seconds(trial))
        for number, trial in enumerate(trials)
    )


def _goes_on(results: tuple[TrialResult, ...], plan: StudyPlan) -> bool:
    in_time = plan.seconds is None or sum(result.seconds for result in results) < plan.seconds
    return len(results) < plan.n_trials and (in_time or not results)


def _run_trial(
    study: optuna.Study, plan: StudyPlan, objective: Callable[[Parameters], float], *, n_done: int
) -> None:
    if n_done == 0 and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.enqueue_trial(dict(plan.start))
    study.sampler = TPESampler(
        seed=_seed(plan, n_done),
        n_startup_trials=N_RANDOM,
        multivariate=True,
    )
    trial = study.ask()
    study.tell(trial, objective(suggest(trial, plan.space)))


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
            storage=JournalStorage(backend), study_name=plan.name, direction="maximize", load_if_exists=True
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
