"""The DAG that is written, without Airflow: against the table of the loop; what it makes of an exit code."""

import ast
import importlib.util
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from tenure.cli.airflow import backfill_line
from tenure.domain.periods import Period, PeriodUnit
from tenure.errors import ReplayError
from tenure.flow import LOOP, PERIOD
from tenure.orchestration.airflow import ANNOUNCES, dag_of, dag_text, write_dag
from tenure.orchestration.cron import cron_of
from tenure.project import load_project
from tenure.simulate import write_project_files

FIRST = date(2024, 5, 1)


class AgainError(Exception):
    """Stands for AirflowException: the task is tried again."""


class GivenUpError(AgainError):
    """Stands for AirflowFailException."""


class SkippedError(AgainError):
    """Stands for AirflowSkipException."""


@dataclass
class Recorded:
    """What the file asked Airflow for."""

    dag: dict[str, Any] = field(default_factory=dict)
    tasks: list[Any] = field(default_factory=list)
    chain: tuple[Any, ...] = ()


def as_airflow(recorded: Recorded) -> dict[str, ModuleType]:
    """Modules with the few names that the file imports, which write down what they are asked for."""

    class Operator:
        def __init__(self, *, task_id: str = "", outlets: Any = (), **_: Any) -> None:
            self.task_id, self.outlets, self.log = task_id, outlets, SimpleNamespace(info=lambda *_: None)
            recorded.tasks.append(self)

        @classmethod
        def partial(cls, **fixed: Any) -> Any:
            def expand(**mapped: Any) -> Any:
                (name, values), *_ = mapped.items()
                return [cls(**fixed, **{name: value}) for value in values]

            return SimpleNamespace(expand=expand)

    @contextmanager
    def dag(dag_id: str, **settings: Any) -> Any:
        recorded.dag = {"dag_id": dag_id, **settings}
        yield

    def chain(*tasks: Any) -> None:
        recorded.chain = tasks

    sdk, exceptions = ModuleType("airflow.sdk"), ModuleType("airflow.sdk.exceptions")
    vars(sdk).update(DAG=dag, Asset=str, BaseOperator=Operator, Param=lambda *a, **k: (a, k), chain=chain)
    vars(sdk)["CronDataIntervalTimetable"] = lambda cron, timezone: (cron, timezone)
    vars(exceptions).update(
        AirflowException=AgainError, AirflowFailException=GivenUpError, AirflowSkipException=SkippedError
    )
    return {"airflow": ModuleType("airflow"), "airflow.sdk": sdk, "airflow.sdk.exceptions": exceptions}


def read(path: Path) -> tuple[ModuleType, Recorded]:
    """The file as Airflow's processor would import it."""
    recorded = Recorded()
    spec = importlib.util.spec_from_file_location("written_dag", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with patch.dict(sys.modules, as_airflow(recorded)):
        spec.loader.exec_module(module)
    return module, recorded


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("TENURE_COMMAND", raising=False)
    write_project_files(tmp_path / "project")
    return load_project(tmp_path / "project")


def dag(project, **changes):
    opened, root = project
    given = {"folder": root, "command": "tenure", "first": FIRST, "last": None}
    return dag_of(opened, **given | changes)


@pytest.fixture
def written(project, tmp_path):
    return read(write_dag(dag(project), tmp_path / "dags"))


def test_the_tasks_are_the_steps_of_the_loop_in_their_order(written):
    _, recorded = written
    names = [each.task_id for each in recorded.chain if not isinstance(each, list)]
    assert names == [step.name for step in LOOP]
    for task in recorded.chain:
        if not isinstance(task, list):
            assert task.arguments == ["run", "--only", task.task_id]


def test_every_task_comes_after_those_whose_artefacts_its_step_takes(written):
    _, recorded = written
    order = [each.task_id for each in recorded.chain if not isinstance(each, list)]
    maker = {step.into: step.name for step in LOOP}
    arrows = [(maker[a], step.name) for step in LOOP for _, a in step.inputs if a != PERIOD]
    assert arrows
    assert [(a, b) for a, b in arrows if order.index(a) >= order.index(b)] == []


def test_every_algorithm_of_the_project_is_searched_by_a_task_of_its_own_before_the_training(
    written, project
):
    _, recorded = written
    (place,) = (number for number, each in enumerate(recorded.chain) if isinstance(each, list))
    assert recorded.chain[place + 1].task_id == "train"
    told = [["tune", "--algorithm", name, "--jobs", "1"] for name in project[0].model.algorithms]
    assert [task.arguments for task in recorded.chain[place]] == told


def test_every_gold_table_that_a_step_writes_is_announced_once_when_it_is_whole(written):
    _, recorded = written
    announced = [uri for task in recorded.tasks for uri in task.outlets]
    assert sorted(announced) == sorted(
        f"tenure://cash-loans/{table}" for tables in ANNOUNCES.values() for table in tables
    )
    assert len(set(announced)) == len(announced)


def test_one_period_runs_at_a_time_after_the_one_before_and_all_of_them_are_made_up_for(written):
    _, recorded = written
    assert recorded.dag["dag_id"] == "tenure_cash_loans"
    assert (recorded.dag["catchup"], recorded.dag["max_active_runs"]) == (True, 1)
    defaults = recorded.dag["default_args"]
    assert (defaults["depends_on_past"], defaults["retries"]) == (True, 3)


@pytest.mark.parametrize("unit", list(PeriodUnit))
@pytest.mark.parametrize(
    "first", [date(2024, 2, 1), date(2024, 2, 27), date(2024, 2, 29), date(2024, 12, 31)]
)
def test_an_interval_holds_the_days_of_a_period_and_ends_when_the_last_of_them_is_over(project, unit, first):
    opened = project[0].model_copy(update={"period": unit})
    made = dag((opened, project[1]), first=first)
    period = Period(first, unit)
    assert made.start == datetime.combine(period.start + timedelta(days=1), time.min)
    day = made.start.date()
    minute, hour, *rest = made.cron.split()
    assert (minute, hour) == ("0", "0")
    of_month, _, of_week = rest
    for interval in range(14):  # as cron reads it, step by step
        end = period.as_of + timedelta(days=1)
        assert of_month in {"*", str(end.day)}
        assert of_week in {"*", str(end.isoweekday() % 7)}
        assert day == period.start + timedelta(days=1), interval
        day, period = end, period.next()


def test_the_run_may_begin_later_on_that_day():
    assert cron_of(FIRST, PeriodUnit.MONTH, at=time(6, 30)) == "30 6 2 * *"


def test_the_last_period_ends_the_schedule_and_one_before_the_first_is_refused(project, tmp_path):
    made = dag(project, last=date(2024, 10, 1))
    assert made.end == datetime(2024, 9, 2)
    assert read(write_dag(made, tmp_path))[1].dag["end_date"].date() == date(2024, 9, 2)
    line = backfill_line(made, FIRST)
    assert (
        "--dag-id tenure_cash_loans --from-date 2024-04-02 --to-date 2024-09-02 --max-active-runs 1" in line
    )
    with pytest.raises(ReplayError, match="would end \\(2024-04-01\\) before the first one"):
        dag(project, last=date(2024, 4, 1))


def test_a_month_that_not_every_month_has_an_end_for_is_refused(project):
    with pytest.raises(ReplayError, match="cannot end on 2024-01-30"):
        dag(project, first=date(2024, 1, 30))


def test_written_twice_the_file_is_the_same_and_untouched(project, tmp_path):
    path = write_dag(dag(project), tmp_path)
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert write_dag(dag(project), tmp_path) == path
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_the_file_is_as_the_formatter_and_the_linter_want_it(project, tmp_path):
    path = write_dag(dag(project), tmp_path)
    ruff = [sys.executable, "-m", "ruff"]
    for how in (["check", "--select", "E,F,W,I,B,UP,S102,S602"], ["format", "--check"]):
        done = subprocess.run(
            [*ruff, *how, "--isolated", "--line-length", "120", path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_values_of_a_project_go_into_the_file_as_literals(project, tmp_path):
    folder = tmp_path / 'od"d\\ {{ place }}'
    text = dag_text(dag(project, folder=folder, command='"; import os; "'))
    constants = {
        node.targets[0].id: node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert ast.literal_eval(constants["FOLDER"]) == str(folder)
    assert ast.literal_eval(constants["COMMAND"].args[1]) == '"; import os; "'


def execute(module, code, *, arguments=("run", "--only", "train"), run_type="scheduled"):
    """What becomes of a task whose command is this Python."""
    task = module.Tenure(task_id="it", arguments=list(arguments), as_of="2024-05-01")
    vars(module)["COMMAND"] = f'{sys.executable} -c "{code}"'
    return task.execute({"dag_run": SimpleNamespace(run_type=run_type, run_id="run-7")})


def test_a_task_calls_the_command_line_for_its_period_and_gives_back_its_last_line(written, project):
    module, _ = written
    said = execute(module, "import sys; print('first'); print(*sys.argv[1:])")
    assert said == f"run --only train --project {project[1]} --as-of 2024-05-01"


@pytest.mark.parametrize(
    ("run_type", "trigger"),
    [
        ("scheduled", "time: airflow run-7"),
        ("backfill", "manual: airflow run-7"),
        ("manual", "manual: airflow run-7"),
    ],
)
def test_the_command_is_told_what_set_the_run_off(written, run_type, trigger):
    module, _ = written
    assert execute(module, "import os; print(os.environ['TENURE_TRIGGER'])", run_type=run_type) == trigger


def test_the_past_is_filled_in_quietly_and_a_search_tells_nobody_anyway(written):
    module, _ = written
    prints = "import sys; print(*sys.argv[1:])"
    assert "--no-notify" in execute(module, prints, run_type="backfill")
    assert "--no-notify" not in execute(module, prints)
    assert "--no-notify" not in execute(module, prints, arguments=("tune",), run_type="backfill")


@pytest.mark.parametrize(
    ("ending", "problem"),
    [
        ("pass", SkippedError),  # it printed nothing: the step was not due
        ("sys.exit(75)", AgainError),
        ("os.kill(os.getpid(), signal.SIGKILL)", AgainError),
        ("os.kill(os.getpid(), signal.SIGTERM)", AgainError),
        ("sys.exit(137)", AgainError),  # as a shell tells of the same
        ("sys.exit(130)", AgainError),
        ("sys.exit(1)", GivenUpError),
        ("sys.exit(2)", GivenUpError),
        ("sys.exit(128)", GivenUpError),
    ],
)
def test_only_what_a_retry_may_mend_is_tried_again(written, ending, problem):
    module, _ = written
    with pytest.raises(AgainError) as raised:
        execute(module, f"import os, signal, sys; {ending}")
    assert raised.type is problem


def test_a_task_that_is_ended_ends_its_command(written):
    module, _ = written
    task = module.Tenure(task_id="it", arguments=["run"])
    task.on_kill()  # before it began: nothing to end
    vars(module)["COMMAND"] = f"{sys.executable} -c \"import time; print('up', flush=True); time.sleep(60)\""
    task.log = SimpleNamespace(info=lambda _, *said: task.on_kill() if said == ("up",) else None)
    with pytest.raises(AgainError, match="exit code -15"):
        task.execute({"dag_run": SimpleNamespace(run_type="scheduled", run_id="run-7")})
