"""The search for good parameters, written down trial by trial, so that it survives being killed.

One study per algorithm, in a journal file or a database, for one process or several. Trials are asked for in
batches of `StudyPlan.workers`. What the sampler draws for the k-th trial depends on the seed, on k, on the
trials of the batches before and on what is asked for before it in its own batch, and on nothing else: not on
which process runs a trial, nor on which one is done first. A study that was killed and resumed ends with the
same trials as one that was not. A trial that is given up early counts as completed.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import optuna
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from tenure.training.algorithms.space import Parameters, Space, suggest
from tenure.training.claims import SCHEMA, Claims, claims_in_database, claims_in_folder

N_RANDOM = 6
"""Trials drawn at random before the sampler trusts what it has seen."""
N_UNPRUNED = 5
"""Trials that are carried through before any is given up: a median of fewer says little."""

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
SECONDS = "seconds"
"""The attribute of a trial that says how long it took."""

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
    workers: int = 1
    """Trials that are asked for together, and processes that may work on them at once."""
    database: str | None = None
    """Where it is written down instead of in the journal: a PostgreSQL database."""

    @property
    def key(self) -> str:
        """The study's name where it is written down: in a database beside those of other rows."""
        return self.name if self.database is None else f"{self.journal.parent.name}-{self.name}"


def run_study(plan: StudyPlan, objective: Objective) -> Iterator[TrialResult]:
    """Every completed trial of the study, those of earlier runs first, up to the plan's number.

    Several processes may do this at once where the plan has several workers: each runs the trials that no
    other one is at, waits for the others at the end of a batch, takes over what one leaves that is killed,
    and yields the trials of all.

    With `prune_after`, a trial is given up at a report that is worse than the median of the trials of
    earlier batches that were carried through, at the same number of estimators.

    Parameters
    ----------
    plan
        What is searched, and where it is written down.
    objective
        What is asked of each trial.

    Raises
    ------
    TrainingError
        If another process works on the same study at this moment, and the plan has one worker.
    """
    with _opened(plan) as desk:
        n_told = 0
        while True:
            results, batch = desk.next_batch()
            yield from results[n_told:]
            n_told = len(results)
            if batch is None:
                return
            desk.work_through(batch, objective)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Trials to be run, and those of the batches before."""

    trials: tuple[FrozenTrial, ...]
    earlier: tuple[FrozenTrial, ...]


@dataclass(frozen=True, slots=True)
class _Desk:
    """The study where it is written down, as one of several processes sees it."""

    plan: StudyPlan
    study: optuna.Study
    storage: BaseStorage
    claims: Claims

    def next_batch(self) -> tuple[tuple[TrialResult, ...], _Batch | None]:
        """The completed trials so far, and what is to be run next; None when there is nothing."""
        n_trials = self.plan.n_trials
        with self.claims.turn():
            asked = self._asked()
            results = _results(asked)[:n_trials]
            begun = len(results) // self.plan.workers * self.plan.workers
            if len(results) == n_trials or (len(asked) <= begun and not _in_time(results, self.plan)):
                return results, None
            for place in range(len(asked), begun + self.plan.workers):
                self._ask(place)
            asked = self._asked()
        ours = asked[begun : min(begun + self.plan.workers, n_trials)]
        return results, _Batch(ours, asked[:begun])

    def work_through(self, batch: _Batch, objective: Objective) -> None:
        """Run every trial of the batch that nobody is at, then wait for, or take over, the others."""
        for wait in (False, True):
            for trial in batch.trials:
                if self.claims.claim(trial.number, wait=wait):
                    if not self._is_finished(trial):
                        self._run(trial, batch.earlier, objective)
                    self.claims.leave(trial.number)

    def _run(self, trial: FrozenTrial, earlier: Sequence[FrozenTrial], objective: Objective) -> None:
        reports: dict[int, float] = {}

        def report(n_estimators: int, score: float) -> None:
            reports[n_estimators] = score
            if _is_behind(trial, reports, earlier, self.plan):
                raise optuna.TrialPruned

        began = time.monotonic()
        try:
            score = objective(dict(trial.params), report)
        except optuna.TrialPruned:
            score = None
        self._tell(trial, score, reports, seconds=time.monotonic() - began)

    def _ask(self, place: int) -> None:
        waiting = self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
        if place < len(self.plan.starts) and not waiting:
            self.study.enqueue_trial(dict(self.plan.starts[place]))
        seed = _seed(self.plan, place)
        self.study.sampler = TPESampler(seed=seed, n_startup_trials=N_RANDOM, multivariate=True)
        suggest(self.study.ask(), self.plan.space)

    def _tell(
        self, trial: FrozenTrial, score: float | None, reports: dict[int, float], *, seconds: float
    ) -> None:
        """Write down what came of a trial; of one that was given up, the score is None."""
        with self.claims.turn():
            study_id = self.storage.get_study_id_from_name(self.plan.key)
            trial_id = self.storage.get_trial_id_from_study_id_trial_number(study_id, trial.number)
            for n_estimators, value in reports.items():
                self.storage.set_trial_intermediate_value(trial_id, n_estimators, value)
            self.storage.set_trial_user_attr(trial_id, SECONDS, seconds)
            self.study.tell(trial.number, score, None if score is not None else TrialState.PRUNED)

    def _asked(self) -> tuple[FrozenTrial, ...]:
        """The trials in their order; one whose asking was cut off is marked as failed, and left out."""
        states = (*FINISHED, TrialState.RUNNING)
        trials = self.study.get_trials(deepcopy=False, states=states)
        for trial in trials:
            if len(trial.params) < len(self.plan.space):
                self.study.tell(trial.number, state=TrialState.FAIL)
        return tuple(trial for trial in trials if len(trial.params) == len(self.plan.space))

    def _is_finished(self, trial: FrozenTrial) -> bool:
        with self.claims.turn():
            finished = self.study.get_trials(deepcopy=False, states=FINISHED)
        return trial.number in {each.number for each in finished}


def _results(asked: Sequence[FrozenTrial]) -> tuple[TrialResult, ...]:
    """The completed trials before the first that is not, those given up among them, in their order."""
    n_open = next((place for place, trial in enumerate(asked) if trial.state not in FINISHED), len(asked))
    return tuple(
        TrialResult(
            number,
            dict(trial.params),
            float(trial.value or 0.0),
            float(trial.user_attrs[SECONDS]),
            trial.state is TrialState.PRUNED,
        )
        for number, trial in enumerate(asked[:n_open])
    )


def _in_time(results: Sequence[TrialResult], plan: StudyPlan) -> bool:
    """Whether a batch may begin: the first one always."""
    return not results or plan.seconds is None or sum(result.seconds for result in results) < plan.seconds


@dataclass(frozen=True, slots=True)
class _Earlier:
    """As much of a study as a pruner looks at: the trials of the batches before."""

    trials: Sequence[FrozenTrial]
    direction: StudyDirection = StudyDirection.MAXIMIZE

    def get_trials(self, *, deepcopy: bool, states: Sequence[TrialState]) -> list[FrozenTrial]:  # noqa: ARG002 - asked for by name
        return [trial for trial in self.trials if trial.state in states]


def _is_behind(
    trial: FrozenTrial, reports: dict[int, float], earlier: Sequence[FrozenTrial], plan: StudyPlan
) -> bool:
    if plan.prune_after is None:
        return False
    reported = deepcopy(trial)
    reported.intermediate_values = reports
    pruner = MedianPruner(n_startup_trials=N_UNPRUNED, n_warmup_steps=plan.prune_after)
    return pruner.prune(_Earlier(earlier), reported)  # type: ignore[arg-type]  # the part of a study it needs


def _seed(plan: StudyPlan, place: int) -> int:
    """A seed of its own for every trial of every study."""
    entropy = [plan.seed, zlib.crc32(plan.name.encode()), place]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


@contextmanager
def _opened(plan: StudyPlan) -> Iterator[_Desk]:
    """The study, ours alone while the block lasts, or shared where it has several workers."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with _claims(plan) as claims:
        with claims.turn():
            storage = _storage(plan)
            study = optuna.create_study(
                storage=storage, study_name=plan.key, direction="maximize", load_if_exists=True
            )
        yield _Desk(plan, study, storage, claims)


def _claims(plan: StudyPlan) -> AbstractContextManager[Claims]:
    shared = plan.workers > 1
    if plan.database is None:
        return claims_in_folder(plan.journal, plan.name, shared=shared)
    return claims_in_database(plan.database, plan.key, plan.name, shared=shared)


def _storage(plan: StudyPlan) -> BaseStorage:
    if plan.database is not None:
        from sqlalchemy import NullPool  # noqa: PLC0415 - where there is a database

        options = {"options": f"-c search_path={SCHEMA}"}
        return RDBStorage(plan.database, engine_kwargs={"poolclass": NullPool, "connect_args": options})
    backend = JournalFileBackend(str(plan.journal), lock_obj=_Held())  # type: ignore[arg-type]  # the base class is not public
    return JournalStorage(backend)


class _Held:
    """The journal's own lock: byte 0 of the claims is held by whoever comes here."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None
