"""Studies in parallel: a few tuning processes, each taking the next algorithm when it is done with one.

A study of several workers is given to so many processes. One that is killed is missed only where nobody else
works on its study.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import tenure
from tenure.domain.wording import counted
from tenure.errors import TrainingError
from tenure.ports import Progress, Silent
from tenure.training.algorithms.spaces import COSTS
from tenure.training.claims import held
from tenure.training.config import AlgorithmName
from tenure.training.study import TrialResult
from tenure.training.task import Task, read_results, write_task

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""One thread per process: sums are then taken in one order, whatever the machine."""
SILENT: Progress = Silent()
SECONDS_TO_END = 5.0
"""What a process is given to end by itself."""


class _Waiting:
    """Tasks nobody has begun, and the time that is left for them.

    Without a budget the dearest go first, so that no process is left with one at the end. With one the
    quickest go first: each gets an equal share of what is left, and leaves what it does not use to the
    dearer ones after it. The time that counts is that of the trials, those of earlier runs among them.
    A task that wants several processes is handed out so often before the next one is begun.
    """

    def __init__(self, tasks: Sequence[Task], *, seconds: float | None, n_workers: int) -> None:
        self._left = None if seconds is None else seconds * n_workers
        dearest_first = self._left is None
        self._tasks = sorted(tasks, key=lambda task: COSTS[task.algorithm], reverse=not dearest_first)
        self._joinable: list[Task] = []
        self._finished: set[AlgorithmName] = set()

    def next(self) -> Task | None:
        """The next task with its share of the time; None when there is none."""
        if self._joinable:
            return self._joinable.pop()
        if not self._tasks:
            return None
        task = self._tasks.pop()
        if self._left is not None:
            share = max(self._left, 0.0) / (len(self._tasks) + 1)
            self._left -= share
            task = replace(task, seconds=share)
        self._joinable = [task] * (task.workers - 1)
        return task

    def finish(self, task: Task, used: float) -> None:
        """Take back what a task that is done did not use of its share; less than nothing if it used more.

        A task that several processes were at is finished by the first that says so.
        """
        if task.algorithm in self._finished:
            return
        self._finished.add(task.algorithm)
        self._joinable = [each for each in self._joinable if each.algorithm is not task.algorithm]
        if self._left is not None and task.seconds is not None:
            self._left += task.seconds - used

    def hand_on(self, task: Task) -> None:
        """Let another process go on with a task whose process was killed."""
        if task.algorithm not in self._finished:
            self._joinable.append(task)


@dataclass(slots=True)
class _Worker:
    """A tuning process and what it is doing."""

    process: subprocess.Popen[bytes]
    log: Path
    task: Task | None = None

    @property
    def tasks(self) -> IO[bytes]:
        """Where it takes tasks from."""
        return _open(self.process.stdin)

    @property
    def events(self) -> IO[bytes]:
        """Where it says what happens."""
        return _open(self.process.stdout)

    def give(self, task: Task | None) -> None:
        """Give it something to do; None sends it home."""
        self.task = task
        if task is None:
            self.tasks.close()
            return
        with suppress(BrokenPipeError):  # it died: its next event says so
            self.tasks.write(write_task(task).encode() + b"\n")

    def next_event(self) -> Mapping[str, Any]:
        """What it says next.

        Raises
        ------
        TrainingError
            If it died, or says that it cannot go on.
        """
        line = self.events.readline()
        event: dict[str, Any] = json.loads(line) if line else self._death()
        if "error" in event:
            raise TrainingError(event["error"], hint=event["hint"], transient=event["transient"])
        return event

    def _death(self) -> dict[str, Any]:
        code = self.process.wait()
        last = self.log.read_text(errors="replace").strip().rpartition("\n")[2]
        name = self.task.algorithm if self.task else "nothing"
        told = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}: {last:.300}"
        return {
            "error": f"the process that tuned `{name}` {told}",
            "hint": "its trials are kept: run the command again. Fewer jobs need less memory."
            if code < 0
            else f"the whole message is in {self.log.name} beside the arrays.",
            "transient": code < 0,
        }


def tune(
    tasks: Sequence[Task],
    *,
    jobs: int,
    progress: Progress,
    seconds: float | None = None,
    beside_others: bool = False,
) -> Mapping[AlgorithmName, tuple[TrialResult, ...]]:
    """The completed trials of every task, by algorithm.

    Parameters
    ----------
    tasks
        One per algorithm.
    jobs
        Processes at once.
    progress
        Told of every trial.
    seconds
        What all trials of all tasks may take on the clock; no new one begins after, but that each
        task has at least one. None is no limit.
    beside_others
        Whether somebody else may search for other algorithms on the same rows at the same time.

    Raises
    ------
    TrainingError
        If a process died or another one works on the same study; what was completed is kept.
    """
    total = sum(task.n_trials for task in tasks)
    names = "`, `".join(task.algorithm for task in tasks)
    trials = _trials(tasks, jobs=jobs, seconds=seconds, progress=progress)
    with held(tasks[0].journal.parent / "search.lock", names, shared=beside_others):
        for _ in progress.track(trials, "trials", total=total):
            pass
    return {task.algorithm: read_results(task.results) for task in tasks}


def _trials(
    tasks: Sequence[Task], *, jobs: int, seconds: float | None = None, progress: Progress = SILENT
) -> Iterator[Mapping[str, Any]]:
    """An event per completed trial, in the order they come."""
    n_workers = min(jobs, sum(task.workers for task in tasks))
    waiting = _Waiting(tasks, seconds=seconds, n_workers=n_workers)
    with _workers(n_workers, tasks[0].arrays) as workers, selectors.DefaultSelector() as ready:
        crew = _Crew(waiting, ready, progress)
        for worker in workers:
            crew.add(worker)
        yield from crew.events()


class _Crew:
    """The processes that are at work, and what is left for them to do."""

    def __init__(self, waiting: _Waiting, ready: selectors.BaseSelector, progress: Progress) -> None:
        self._waiting, self._ready, self._progress = waiting, ready, progress
        self._told: set[tuple[str, int]] = set()

    def add(self, worker: _Worker) -> None:
        """Give a process its first task."""
        worker.give(self._waiting.next())
        self._ready.register(worker.events, selectors.EVENT_READ, worker)

    def events(self) -> Iterator[Mapping[str, Any]]:
        """Every completed trial once, whoever tells of it, until all have gone home."""
        while self._ready.get_map():
            for key, _ in self._ready.select():
                try:
                    event = key.data.next_event()
                except TrainingError as error:
                    self._go_on_without(key.data, error)
                    continue
                if "done" in event:
                    self._is_done(key.data, used=event["seconds"])
                elif (trial := (event["algorithm"], event["trial"])) not in self._told:
                    self._told.add(trial)
                    yield event

    def _is_done(self, worker: _Worker, *, used: float) -> None:
        if worker.task is not None:
            self._waiting.finish(worker.task, used)
        worker.give(self._waiting.next())
        if worker.task is None:
            self._ready.unregister(worker.events)

    def _go_on_without(self, worker: _Worker, error: TrainingError) -> None:
        """Whoever is left takes over where a study may have several processes; else it is the end."""
        self._ready.unregister(worker.events)
        left = [key.data for key in self._ready.get_map().values()]
        if worker.task is None or worker.task.workers == 1 or not error.transient or not left:
            raise error
        self._progress.say(
            f"{error.message}; the {counted(len(left), 'other process goes', 'other processes go')} on"
        )
        if worker.task.algorithm not in {other.task.algorithm for other in left}:
            self._waiting.hand_on(worker.task)


@contextmanager
def _workers(n_workers: int, folder: Path) -> Iterator[list[_Worker]]:
    """Tuning processes; however the block ends, they end with it."""
    with ExitStack() as stack:
        yield [_start(stack, folder / f"worker-{number}.log") for number in range(n_workers)]


def _start(stack: ExitStack, log: Path) -> _Worker:
    source = str(Path(tenure.__file__).parents[1])
    path = os.pathsep.join(part for part in (source, os.environ.get("PYTHONPATH", "")) if part)
    errors = stack.enter_context(log.open("wb"))
    process = subprocess.Popen(
        [sys.executable, "-m", "tenure.training.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        bufsize=0,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": path},
    )
    stack.callback(_stop, process)
    return _Worker(process, log)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Close its stdin, at which it ends, and see it off."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise TrainingError("a tuning process has no pipes")
    return stream
