"""Studies in a database: what one machine has tried, another one goes on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import tenure
from tenure.errors import TrainingError
from tenure.training.algorithms.space import Parameters, Range, defaults
from tenure.training.claims import claims_in_database
from tenure.training.study import Report, StudyPlan, run_study

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SPACE = (Range("x", -2.0, 2.0, 1.0), Range("depth", 1, 9, 4, whole=True))


@pytest.fixture
def database(postgres_database: str) -> str:
    return postgres_database.replace("postgresql://", "postgresql+psycopg2://")


def plan(folder: Path, database: str | None = None, *, n_trials: int = 12, workers: int = 1) -> StudyPlan:
    journal = folder / "rows" / "bowl.journal"
    start = (defaults(SPACE),)
    return StudyPlan(
        "bowl", journal, SPACE, start, n_trials, None, seed=4, workers=workers, database=database
    )


def bowl(parameters: Parameters, _report: Report) -> float:
    return -(float(parameters["x"]) ** 2) - abs(int(parameters["depth"]) - 6)


def told(some: StudyPlan) -> list[tuple[int, dict[str, object], float]]:
    return [(each.number, dict(each.parameters), each.score) for each in run_study(some, bowl)]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_study_in_a_database_is_the_study_in_a_journal(workers: int, tmp_path: Path, database: str) -> None:
    there = told(plan(tmp_path, database, workers=workers))
    assert there == told(plan(tmp_path, workers=workers))


def test_a_study_goes_on_where_another_machine_was(tmp_path: Path, database: str) -> None:
    began = told(plan(tmp_path / "one", database, n_trials=5))
    calls = []

    def counted(parameters: Parameters, report: Report) -> float:
        calls.append(parameters)
        return bowl(parameters, report)

    results = list(run_study(plan(tmp_path / "two", database), counted))
    assert len(calls) == 7
    assert [(r.number, dict(r.parameters), r.score) for r in results[:5]] == began
    assert [(r.number, dict(r.parameters), r.score) for r in results] == told(plan(tmp_path / "three"))


def test_one_worker_has_its_study_for_itself_and_several_share_it(tmp_path: Path, database: str) -> None:
    alone = plan(tmp_path, database)
    with claims_in_database(database, alone.key, "bowl", shared=False):
        with pytest.raises(TrainingError, match="another process tunes `bowl`") as refused:
            told(alone)
        assert refused.value.transient
    together = replace(alone, workers=2)
    with claims_in_database(database, together.key, "bowl", shared=True):
        assert len(told(together)) == 12


def test_rows_that_differ_have_studies_that_differ(tmp_path: Path, database: str) -> None:
    first = plan(tmp_path, database)
    other = replace(first, journal=tmp_path / "other rows" / "bowl.journal", n_trials=3)
    assert len(told(first)) == 12
    assert len(told(other)) == 3


def test_a_database_that_does_not_answer_may_be_tried_again_and_keeps_its_password(tmp_path: Path) -> None:
    nowhere = "postgresql+psycopg2://somebody:secret@127.0.0.1:1/studies"
    with pytest.raises(TrainingError) as refused:
        told(plan(tmp_path, nowhere))
    assert refused.value.transient
    assert "secret" not in str(refused.value)


WORKER = """
import sys, time
from pathlib import Path
from tenure.training.algorithms.space import Range, defaults
from tenure.training.study import StudyPlan, run_study

folder, database, slow = sys.argv[1:]
space = (Range("x", -2.0, 2.0, 1.0), Range("depth", 1, 9, 4, whole=True))
journal = Path(folder) / "rows" / "bowl.journal"
plan = StudyPlan("bowl", journal, space, (defaults(space),), 12, None, seed=4, workers=3, database=database)

def bowl(parameters, report):
    print("at work", flush=True)
    time.sleep(float(slow))
    return -(float(parameters["x"]) ** 2) - abs(int(parameters["depth"]) - 6)

print(len(list(run_study(plan, bowl))), "trials", flush=True)
"""


def test_a_worker_that_is_killed_is_replaced_by_one_on_another_machine(tmp_path: Path, database: str) -> None:
    env = {
        "PYTHONPATH": str(Path(tenure.__file__).parents[1]),
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
    }

    def start(name: str, slow: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WORKER, str(tmp_path / name), database, slow]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)

    killed, other = start("one", "600"), start("two", "0.05")
    assert killed.stdout is not None
    assert killed.stdout.readline() == "at work\n"
    time.sleep(1)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    said, _ = other.communicate(timeout=300)
    assert said.splitlines()[-1] == "12 trials"
    assert told(plan(tmp_path / "three", database, workers=3)) == told(plan(tmp_path / "four", workers=3))
