"""A tuning process: tasks come in on stdin, what happens goes out on stdout, one line of JSON each.

``python -m tenure.training.worker``. A fresh interpreter takes no lock, thread or open file of its
parent along. It ends when its stdin is closed, at once and whatever it is doing: so it does not outlive
a parent that was killed.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import IO, Any

from tenure.errors import TenureError
from tenure.stats.evaluate import Outcomes
from tenure.training.algorithms import ALGORITHMS, Growth
from tenure.training.algorithms.space import Parameters, starting_point
from tenure.training.choosing import validation_score
from tenure.training.study import StudyPlan, TrialResult, run_study
from tenure.training.task import Task, read_arrays, read_task, write_results

Send = Callable[[dict[str, Any]], None]


def run_task(task: Task, *, send: Send) -> tuple[TrialResult, ...]:
    """The completed trials of the task's study; each is sent as it comes."""
    results = []
    for result in run_study(study_plan(task), objective(task)):
        results.append(result)
        send({"algorithm": task.algorithm, "trial": result.number, "score": result.score})
    write_results(task.results, results)
    return tuple(results)


def study_plan(task: Task) -> StudyPlan:
    """What the task searches, and where it is written down."""
    space = ALGORITHMS[task.algorithm].space
    return StudyPlan(
        name=task.algorithm,
        journal=task.journal,
        space=space,
        start=starting_point(space, task.start, algorithm=task.algorithm),
        n_trials=task.n_trials,
        seconds=task.seconds,
        seed=task.seed,
    )


def objective(task: Task) -> Callable[[Parameters], float]:
    """Parameters → score on validation of a model fitted on train."""
    arrays = read_arrays(task.arrays, n_classes=task.n_classes)
    growth = Growth(task.n_estimators, task.every, task.seed)
    fit = ALGORITHMS[task.algorithm].fit

    def score(parameters: Parameters) -> float:
        model = fit(arrays.sample, parameters, growth)
        outcomes = Outcomes(arrays.validation_codes, model.probabilities(arrays.validation))
        return validation_score(outcomes, task.metric, task.threshold)

    return score


def main() -> None:
    """Serve tasks until stdin is closed."""
    out = _own_stdout()

    def send(event: dict[str, Any]) -> None:
        out.write(json.dumps(event) + "\n")
        out.flush()

    for line in _lines_until_closed(sys.stdin):
        _serve(line, send)


def _serve(line: str, send: Send) -> None:
    task = read_task(line)
    try:
        run_task(task, send=send)
    except TenureError as error:
        send({"error": error.message, "hint": error.hint, "transient": error.transient})
    else:
        send({"done": task.algorithm})


def _own_stdout() -> IO[str]:
    """Our own way to the parent; what libraries print goes to stderr instead."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def _lines_until_closed(source: IO[str]) -> Iterator[str]:
    lines: Queue[str] = Queue()

    def read() -> None:
        for line in source:
            lines.put(line)
        os._exit(0)  # the parent is done with us, or dead

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield lines.get()


if __name__ == "__main__":
    main()
