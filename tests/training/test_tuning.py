from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

import tenure
from tenure.errors import TrainingError
from tenure.ports import Silent
from tenure.training import tuning
from tenure.training.algorithms import Sample
from tenure.training.algorithms.space import Parameters, Range, defaults, starting_point
from tenure.training.algorithms.spaces import SPACES
from tenure.training.config import AlgorithmName, Device, ThresholdPolicy, TuningMetric
from tenure.training.recipes import best_trial
from tenure.training.study import Objective, Report, StudyPlan, TrialResult, run_study
from tenure.training.task import Arrays, Task, write_arrays, write_task
from tenure.training.tuning import tune
from tenure.training.worker import run_task

T = TypeVar("T")
SPACE = (Range("x", -2.0, 2.0, 1.0), Range("depth", 1, 9, 4, whole=True))


def plan(folder: Path, n_trials: int = 12) -> StudyPlan:
    return StudyPlan("bowl", folder / "bowl.journal", SPACE, (defaults(SPACE),), n_trials, None, seed=4)


def bowl(parameters: Parameters, _report: Report) -> float:
    return -(float(parameters["x"]) ** 2) - abs(int(parameters["depth"]) - 6)


def told(results: Iterable[TrialResult]) -> list[tuple[int, dict[str, object], float]]:
    return [(result.number, dict(result.parameters), result.score) for result in results]


class Killed(BaseException):
    """Stands for a signal: nothing catches it."""


@pytest.mark.parametrize("n_before", [0, 1, 5, 9])
def test_a_study_killed_in_a_trial_resumes_and_ends_as_one_that_was_not(
    n_before: int, tmp_path: Path
) -> None:
    whole = told(run_study(plan(tmp_path / "whole"), bowl))
    n_calls = 0

    def dies(parameters: Parameters, report: Report) -> float:
        nonlocal n_calls
        n_calls += 1
        if n_calls > n_before:
            raise Killed
        return bowl(parameters, report)

    with pytest.raises(Killed):
        list(run_study(plan(tmp_path / "cut"), dies))
    assert told(run_study(plan(tmp_path / "cut"), bowl)) == whole


def test_a_journal_cut_off_in_the_middle_of_a_line_is_mended(tmp_path: Path) -> None:
    whole = told(run_study(plan(tmp_path / "whole"), bowl))
    list(run_study(plan(tmp_path / "cut", n_trials=4), bowl))
    journal = plan(tmp_path / "cut").journal
    with journal.open("ab") as file:
        file.write(b'{"op_code": 4, "worker_id"')
    assert told(run_study(plan(tmp_path / "cut"), bowl)) == whole


def test_more_trials_continue_the_study_there_is(tmp_path: Path) -> None:
    n_calls = 0

    def counted(parameters: Parameters, report: Report) -> float:
        nonlocal n_calls
        n_calls += 1
        return bowl(parameters, report)

    few = told(run_study(plan(tmp_path, n_trials=5), counted))
    more = told(run_study(plan(tmp_path, n_trials=8), counted))
    again = told(run_study(plan(tmp_path, n_trials=5), counted))
    assert n_calls == 8
    assert more[:5] == few == again


def test_the_first_trial_is_the_default_and_the_search_gets_better(tmp_path: Path) -> None:
    results = list(run_study(plan(tmp_path, n_trials=25), bowl))
    assert dict(results[0].parameters) == {"x": 1.0, "depth": 4}
    assert max(result.score for result in results) > results[0].score


def test_the_first_trial_is_where_somebody_wants_to_start(tmp_path: Path) -> None:
    start = starting_point(SPACE, {"depth": 9}, algorithm="bowl")
    results = list(run_study(replace(plan(tmp_path, n_trials=2), starts=(start,)), bowl))
    assert dict(results[0].parameters) == {"x": 1.0, "depth": 9}


@pytest.mark.parametrize(
    ("chosen", "told"), [({"deepth": 3}, "no parameter `deepth`"), ({"depth": 99}, "`depth` of `bowl` is 99")]
)
def test_a_start_outside_the_space_is_refused(chosen: dict[str, int], told: str) -> None:
    with pytest.raises(TrainingError, match=told):
        starting_point(SPACE, chosen, algorithm="bowl")


def test_two_processes_do_not_work_on_one_study(tmp_path: Path) -> None:
    with (tmp_path / "bowl.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(TrainingError, match="another process tunes `bowl`") as refused:
            list(run_study(plan(tmp_path), bowl))
    assert refused.value.transient


def test_no_trial_begins_when_the_time_is_up_but_there_is_one_at_least(tmp_path: Path) -> None:
    hurried = replace(plan(tmp_path), seconds=1e-9)
    assert len(list(run_study(hurried, bowl))) == 1


@pytest.fixture
def make_task(tmp_path: Path, sample: Callable[..., Sample]) -> Callable[..., Task]:
    rows, validation = sample(n_rows=200), sample(n_rows=150, seed=2)
    write_arrays(tmp_path / "arrays", Arrays(rows, validation.matrix, validation.codes))

    def make(study: str, algorithm: AlgorithmName = AlgorithmName.DECISION_TREE, **changes: object) -> Task:
        task = Task(
            algorithm=algorithm,
            arrays=tmp_path / "arrays",
            journal=tmp_path / study / f"{algorithm}.journal",
            n_classes=2,
            n_estimators=40,
            every=20,
            n_trials=4,
            seconds=None,
            metric=TuningMetric.ROC_AUC,
            threshold=ThresholdPolicy(),
            seed=1,
            starts=(defaults(SPACES[algorithm]),),
            pruning=False,
            device=Device.CPU,
        )
        return replace(task, **changes)  # type: ignore[arg-type]

    return make


def start_worker() -> subprocess.Popen[bytes]:
    path = str(Path(tenure.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-m", "tenure.training.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


def test_a_tuning_process_killed_with_signal_9_loses_no_completed_trial(
    make_task: Callable[..., Task], tmp_path: Path
) -> None:
    task = make_task("cut", AlgorithmName.XGBOOST, n_trials=6)
    with start_worker() as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(write_task(task).encode() + b"\n")
        worker.stdin.flush()
        seen = [json.loads(worker.stdout.readline()) for _ in range(3)]
        worker.kill()
        worker.wait()
    resumed = run_task(task, send=lambda _: None)
    whole = run_task(replace(task, journal=tmp_path / "whole" / "xgboost.journal"), send=lambda _: None)
    assert told(resumed) == told(whole)
    assert [event["score"] for event in seen] == [result.score for result in whole[:3]]


def test_a_tuning_process_does_not_outlive_a_parent_that_was_killed(
    make_task: Callable[..., Task],
) -> None:
    task = make_task("long", AlgorithmName.RANDOM_FOREST, n_trials=100_000)
    code = (
        "import os, sys\n"
        "from tenure.training.task import read_task\n"
        "from tenure.training.tuning import _trials\n"
        "for number, _ in enumerate(_trials([read_task(sys.argv[1])], jobs=1)):\n"
        "    number or print(open(f'/proc/self/task/{os.getpid()}/children').read(), flush=True)\n"
    )
    path = str(Path(tenure.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", code, write_task(task)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    for _ in range(100):
        if not is_running(child):
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the tuning process was still running 5 seconds after its parent was killed")


def is_running(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


class Counting(Silent):
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.n_done = 0

    def track(
        self,
        items: Iterable[T],
        description: str,  # noqa: ARG002 - the port asks for it
        *,
        total: int | None = None,
    ) -> Iterable[T]:
        self.total = total
        for item in items:
            self.n_done += 1
            yield item


def test_algorithms_are_tuned_by_several_processes_as_by_one_and_every_trial_is_told(
    make_task: Callable[..., Task],
) -> None:
    names = (AlgorithmName.DECISION_TREE, AlgorithmName.LOGISTIC_REGRESSION, AlgorithmName.LIGHTGBM)
    progress = Counting()
    at_once = tune([make_task("two", name) for name in names], jobs=2, progress=progress)
    in_turn = {name: run_task(make_task("one", name), send=lambda _: None) for name in names}
    assert {name: told(results) for name, results in at_once.items()} == {
        name: told(results) for name, results in in_turn.items()
    }
    assert (progress.n_done, progress.total) == (12, 12)


def test_a_tuning_process_that_dies_is_reported_with_its_last_words(
    make_task: Callable[..., Task], tmp_path: Path
) -> None:
    np.save(tmp_path / "arrays" / "codes.npy", np.zeros(3, dtype=np.int64))
    with pytest.raises(
        TrainingError, match="the process that tuned `decision_tree` ended with status 1: ValueError"
    ):
        tune([make_task("broken")], jobs=1, progress=Silent())


def test_a_study_in_use_is_reported_as_worth_a_retry(make_task: Callable[..., Task]) -> None:
    task = make_task("held")
    task.journal.parent.mkdir(parents=True)
    with task.journal.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(TrainingError, match="another process") as refused:
            tune([task], jobs=1, progress=Silent())
    assert refused.value.transient


def race(parameters: Parameters, report: Report) -> float:
    """A bowl that is reached in ten steps."""
    for step in range(1, 10):
        report(step, bowl(parameters, report) * (2 - step / 10))
    return bowl(parameters, report)


def pruned(folder: Path, *, after: int = 0) -> StudyPlan:
    return replace(plan(folder, n_trials=20), prune_after=after)


def test_bad_trials_are_given_up_and_never_before_a_few_were_carried_through(tmp_path: Path) -> None:
    results = list(run_study(pruned(tmp_path), race))
    given_up = [result for result in results if result.pruned]
    assert given_up
    assert not any(result.pruned for result in results[:5])
    carried = [result.score for result in results if not result.pruned]
    assert len(results) == 20
    assert best_trial(results).score == max(carried)


def test_no_trial_is_given_up_before_it_has_grown_its_share(tmp_path: Path) -> None:
    steps: list[int] = []

    def watched(parameters: Parameters, report: Report) -> float:
        steps.append(0)

        def counted(step: int, score: float) -> None:
            steps[-1] = step
            report(step, score)

        return race(parameters, counted)

    results = list(run_study(pruned(tmp_path, after=6), watched))
    reached = [step for step, result in zip(steps, results, strict=True) if result.pruned]
    assert reached
    assert min(reached) >= 6


@pytest.mark.parametrize("n_before", [2, 7, 11])
def test_a_study_that_gives_trials_up_resumes_and_ends_as_one_that_was_not_killed(
    n_before: int, tmp_path: Path
) -> None:
    whole = list(run_study(pruned(tmp_path / "whole"), race))
    n_calls = 0

    def dies(parameters: Parameters, report: Report) -> float:
        nonlocal n_calls
        n_calls += 1
        if n_calls > n_before:
            report(1, 0.0)
            raise Killed
        return race(parameters, report)

    with pytest.raises(Killed):
        list(run_study(pruned(tmp_path / "cut"), dies))
    resumed = list(run_study(pruned(tmp_path / "cut"), race))
    assert told(resumed) == told(whole)
    assert [result.pruned for result in resumed] == [result.pruned for result in whole]


@pytest.mark.parametrize("name", [AlgorithmName.LIGHTGBM, AlgorithmName.RANDOM_FOREST])
def test_a_part_grown_model_that_is_behind_is_given_up(
    name: AlgorithmName, make_task: Callable[..., Task]
) -> None:
    task = make_task("pruned", name, n_trials=14, n_estimators=100, pruning=True)
    results = run_task(task, send=lambda _: None)
    whole = run_task(make_task("whole", name, n_trials=14, n_estimators=100), send=lambda _: None)
    assert any(result.pruned for result in results)
    assert not any(result.pruned for result in whole)
    assert told(results)[:5] == told(whole)[:5]


def test_the_budget_is_shared_and_what_a_quick_algorithm_leaves_goes_to_the_dearer_ones(
    make_task: Callable[..., Task],
) -> None:
    quick, dear = make_task("a"), make_task("a", AlgorithmName.RANDOM_FOREST)
    waiting = tuning._Waiting([dear, quick], seconds=100.0, n_workers=1)
    first = waiting.next()
    assert first is not None
    assert (first.algorithm, first.seconds) == (AlgorithmName.DECISION_TREE, 50.0)
    waiting.finish(first, used=10.0)
    second = waiting.next()
    assert second is not None
    assert (second.algorithm, second.seconds) == (AlgorithmName.RANDOM_FOREST, 90.0)
    assert waiting.next() is None


def test_a_budget_that_is_used_up_leaves_one_trial_to_each_algorithm(make_task: Callable[..., Task]) -> None:
    names = (AlgorithmName.DECISION_TREE, AlgorithmName.LOGISTIC_REGRESSION)
    results = tune([make_task("short", name) for name in names], jobs=2, progress=Silent(), seconds=1e-9)
    assert {name: len(each) for name, each in results.items()} == dict.fromkeys(names, 1)


@pytest.mark.parametrize("n_before", [0, 3, 4, 7])
def test_a_study_of_batches_killed_in_a_trial_resumes_and_ends_as_one_that_was_not(
    n_before: int, tmp_path: Path
) -> None:
    whole = list(run_study(replace(pruned(tmp_path / "whole"), workers=3), race))
    n_calls = 0

    def dies(parameters: Parameters, report: Report) -> float:
        nonlocal n_calls
        n_calls += 1
        if n_calls > n_before:
            report(1, 0.0)
            raise Killed
        return race(parameters, report)

    cut = replace(pruned(tmp_path / "cut"), workers=3)
    with pytest.raises(Killed):
        list(run_study(cut, dies))
    resumed = list(run_study(cut, race))
    assert told(resumed) == told(whole)
    assert [result.pruned for result in resumed] == [result.pruned for result in whole]
    assert any(result.pruned for result in whole)


def test_more_trials_than_whole_batches_continue_as_if_they_had_been_asked_for_at_once(
    tmp_path: Path,
) -> None:
    whole = told(run_study(replace(plan(tmp_path / "whole"), workers=4), bowl))
    few = told(run_study(replace(plan(tmp_path / "grown", n_trials=6), workers=4), bowl))
    assert len(few) == 6
    assert told(run_study(replace(plan(tmp_path / "grown"), workers=4), bowl)) == whole
    assert whole[:6] == few


def test_trials_of_one_batch_know_nothing_of_each_others_scores(tmp_path: Path) -> None:
    def tried(folder: str, objective: Objective, workers: int) -> list[dict[str, object]]:
        study = replace(plan(tmp_path / folder), workers=workers)
        return [dict(result.parameters) for result in run_study(study, objective)]

    assert tried("up", bowl, 12) == tried("down", lambda *given: -bowl(*given), 12)
    assert tried("up alone", bowl, 1) != tried("down alone", lambda *given: -bowl(*given), 1)


def test_a_trial_whose_asking_was_cut_off_is_asked_for_again(tmp_path: Path) -> None:
    whole = told(run_study(plan(tmp_path / "whole"), bowl))
    cut = plan(tmp_path / "cut")
    list(run_study(replace(cut, n_trials=8), bowl))
    half = replace(cut, space=SPACE[:1], starts=(), n_trials=9)
    with pytest.raises(Killed):
        list(run_study(half, killed))
    assert told(run_study(cut, bowl)) == whole


def killed(_parameters: Parameters, _report: Report) -> float:
    raise Killed


def test_one_study_searched_by_two_processes_ends_as_by_one_with_the_same_batches(
    make_task: Callable[..., Task],
) -> None:
    names = (AlgorithmName.LIGHTGBM, AlgorithmName.DECISION_TREE)
    together, alone = (
        {
            name: told(results)
            for name, results in tune(
                [make_task(study, name, n_trials=9, workers=2) for name in names],
                jobs=jobs,
                progress=Silent(),
            ).items()
        }
        for study, jobs in (("two", 2), ("one", 1))
    )
    assert together == alone
    assert {name: len(results) for name, results in together.items()} == dict.fromkeys(names, 9)


def test_of_two_processes_on_one_study_one_is_killed_and_the_other_ends_it_as_both_would_have(
    make_task: Callable[..., Task], tmp_path: Path
) -> None:
    task = make_task("cut", AlgorithmName.XGBOOST, n_trials=8, n_estimators=200, workers=2)
    with start_worker() as dies, start_worker() as lives:
        for worker in (dies, lives):
            assert worker.stdin is not None
            worker.stdin.write(write_task(task).encode() + b"\n")
            worker.stdin.flush()
        assert dies.stdout is not None
        assert lives.stdout is not None
        dies.stdout.readline()
        dies.kill()
        events = [json.loads(lives.stdout.readline()) for _ in range(9)]
        assert lives.stdin is not None
        lives.stdin.close()
    assert events[-1]["done"] == "xgboost"
    assert [event["trial"] for event in events[:-1]] == list(range(8))
    alone = replace(task, journal=tmp_path / "whole" / "xgboost.journal")
    whole = run_task(alone, send=lambda _: None)
    assert [event["score"] for event in events[:-1]] == [result.score for result in whole]


class Saying(Silent):
    """Progress that keeps what it was told, and kills a process at the first trial."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.n_done = 0

    def say(self, message: str) -> None:
        self.said.append(message)

    def track(
        self,
        items: Iterable[T],
        description: str,  # noqa: ARG002 - the port asks for it
        *,
        total: int | None = None,  # noqa: ARG002 - the port asks for it
    ) -> Iterable[T]:
        for item in items:
            if not self.n_done:
                os.kill(children()[0], signal.SIGKILL)
            self.n_done += 1
            yield item


def children() -> list[int]:
    """Tuning processes of this one."""
    known = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    names = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in known}
    return [child for child, name in names.items() if b"tenure.training.worker" in name]


def test_a_search_whose_process_is_killed_goes_on_with_the_others_and_says_so(
    make_task: Callable[..., Task],
) -> None:
    progress = Saying()
    task = make_task("cut", AlgorithmName.XGBOOST, n_trials=6, workers=2)
    (results,) = tune([task], jobs=2, progress=progress).values()
    whole = run_task(replace(task, journal=task.journal.parent / "whole.journal"), send=lambda _: None)
    assert told(results) == told(whole)
    assert progress.n_done == 6
    (said,) = progress.said
    assert "was killed by signal 9; the 1 other process goes on" in said


def test_the_last_process_of_a_study_that_is_killed_is_an_error_worth_a_retry(
    make_task: Callable[..., Task],
) -> None:
    task = make_task("cut", AlgorithmName.XGBOOST, n_trials=50, workers=2)
    with pytest.raises(TrainingError, match="was killed by signal 9") as refused:
        tune([task], jobs=1, progress=Saying())
    assert refused.value.transient


def test_a_process_joins_a_study_before_the_next_one_is_begun(make_task: Callable[..., Task]) -> None:
    quick, dear = make_task("a", workers=2), make_task("a", AlgorithmName.RANDOM_FOREST, workers=2)
    waiting = tuning._Waiting([quick, dear], seconds=None, n_workers=3)
    handed = [waiting.next() for _ in range(3)]
    assert [task.algorithm for task in handed if task] == ["random_forest", "random_forest", "decision_tree"]
    waiting.finish(quick, used=1.0)
    assert waiting.next() is None
