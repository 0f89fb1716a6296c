"""The loop under a real Prefect: by a schedule, by hand, killed, and trained by an event."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from tenure.domain.tables import DECISIONS
from tenure.domain.triggers import TriggerKind
from tenure.flow import LOOP, steps_of_every_period
from tenure.running.ledger import load_circumstances
from tenure.running.period import is_finished, open_period
from tenure.running.runtime import open_runtime
from tenure.stores.delta import DeltaStore

pytest.importorskip("prefect", reason="the extra `prefect` is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FIRST, SCHEDULED, LAST = date(2023, 6, 1), date(2023, 8, 1), date(2023, 11, 1)
KILLED = date(2023, 9, 1)
MONTHS = [date(2023, month, 1) for month in range(6, 12)]
PYTHON = sys.executable
SOURCE = Path(__file__).parents[2] / "src"


@dataclass
class Server:
    """A Prefect server on this machine, and how to ask it."""

    url: str
    environment: dict[str, str]
    folder: Path
    killed: list[int] = field(default_factory=list)

    def ask(self, path: str, **query: Any) -> Any:
        answer = requests.post(f"{self.url}/{path}", json=query, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def flow_runs(self, flow: str, *states: str) -> list[dict[str, Any]]:
        """Runs of a flow, in one of the states, oldest first."""
        query: dict[str, Any] = {"flows": {"name": {"any_": [flow]}}, "sort": "EXPECTED_START_TIME_ASC"}
        if states:
            query["flow_runs"] = {"state": {"type": {"any_": list(states)}}}
        return list(self.ask("flow_runs/filter", **query))

    def task_runs(self, flow_run: str) -> list[dict[str, Any]]:
        """The tasks of one flow run."""
        return list(self.ask("task_runs/filter", flow_runs={"id": {"any_": [flow_run]}}))

    def deployment(self, name: str) -> str:
        """Its id."""
        return str(requests.get(f"{self.url}/deployments/name/{name}", timeout=30).json()["id"])

    def pause(self, deployment: str) -> None:
        """Let its schedule make no more runs."""
        found = f"{self.url}/deployments/{self.deployment(deployment)}"
        requests.patch(found, json={"paused": True}, timeout=30).raise_for_status()

    def start(self, deployment: str, **parameters: Any) -> str:
        """Ask for a run of a deployment by hand; its id."""
        path = f"deployments/{self.deployment(deployment)}/create_flow_run"
        run = self.ask(path, parameters=parameters, state={"type": "SCHEDULED"})
        return str(run["id"])


def wait_until(is_so: Callable[[], Any], *, seconds: float, what: str) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := is_so():
            return result
        time.sleep(0.5)
    raise AssertionError(f"after {seconds:.0f} s still not: {what}")


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with everything that it starts; all of it ends with the block."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("prefect")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")} | {
        "PREFECT_HOME": str(folder / "home"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(SOURCE),
        "PYTHONWARNINGS": "default",
    }
    command = [PYTHON, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with running(command, environment, folder / "server.log"):
        made = Server(environment["PREFECT_API_URL"], environment, folder)

        def is_up() -> bool:
            with suppress(requests.RequestException):
                return requests.get(f"{made.url}/health", timeout=5).ok
            return False

        wait_until(is_up, seconds=120, what="the server answers")
        yield made


@dataclass
class History:
    """Six months under Prefect, and what was seen meanwhile."""

    project: Path
    server: Server
    retried: list[str]

    @property
    def store(self) -> DeltaStore:
        return DeltaStore(self.project / "datamart")


def finished(project: Path, day: date) -> bool:
    runtime = open_runtime(project)
    return day in runtime.store.periods("gold/runs") and is_finished(
        open_period(day, runtime=runtime), runtime=runtime
    )


def steps_process(project: Path) -> int | None:
    """The process that runs the project's steps now."""
    for place in Path("/proc").iterdir():
        with suppress(OSError):
            words = (place / "cmdline").read_bytes().split(b"\0")
            if b"tenure.orchestration.worker" in words and str(project).encode() in words:
                return int(place.name)
    return None


def kill_a_step(project: Path, day: date) -> None:
    """Kill the process of the steps when some of the period's steps have run and others have not."""

    def is_midway() -> int | None:
        store = DeltaStore(project / "datamart")
        begun = day in store.periods("gold/runs") and len(load_circumstances(day, store=store)) >= 3
        return steps_process(project) if begun else None

    os.kill(wait_until(is_midway, seconds=120, what="a step is running"), signal.SIGKILL)


@pytest.fixture(scope="module")
def history(server, tmp_path_factory, lender_of) -> Iterator[History]:
    """A schedule ran the first three months; the rest was asked for, and a step of one was killed."""
    project = lender_of(tmp_path_factory.mktemp("scheduled") / "lender", n_months=18)
    span = ["--first", str(FIRST), "--until", str(SCHEDULED), "--cron", "* * * * *"]
    command = [PYTHON, "-m", "tenure", "prefect", "serve", "-p", str(project), *span]
    with running(command, server.environment, server.folder / "serve.log"):
        wait_until(
            lambda: finished(project, SCHEDULED), seconds=400, what="the schedule has run three months"
        )
        server.pause("tenure/cash-loans")
        retried: list[str] = []
        for day in MONTHS[3:]:
            run = server.start("tenure/cash-loans", as_of=day.isoformat(), until=None)
            if day == KILLED:
                kill_a_step(project, day)
            wait_until(lambda day=day: finished(project, day), seconds=240, what=f"{day} has run")
            if day == KILLED:
                retried += [each["name"] for each in server.task_runs(run) if each["run_count"] > 1]
        yield History(project, server, retried)


def test_a_schedule_runs_what_is_due(history):
    scheduled = [each for each in history.server.flow_runs("tenure", "COMPLETED") if each["auto_scheduled"]]
    assert scheduled
    ran = load_circumstances(FIRST, store=history.store)
    assert [step.name for step in LOOP] == list(ran)
    assert {each.trigger.kind for each in ran.values()} == {TriggerKind.TIME}
    assert all(each.trigger.by.startswith("prefect ") for each in ran.values())


def test_six_months_end_with_the_tables_of_a_replay(history, tmp_path, lender_of, content):
    replayed = lender_of(tmp_path / "lender", n_months=18)
    command = [
        PYTHON,
        "-m",
        "tenure",
        "backfill",
        "-p",
        str(replayed),
        "--from",
        str(FIRST),
        "--to",
        str(LAST),
    ]
    subprocess.run(command, check=True, env=history.server.environment, capture_output=True)
    mine, theirs = content(history.project), content(replayed)
    assert len(mine) > 10
    assert mine == theirs


def test_a_task_whose_process_was_killed_was_tried_again(history):
    assert len(history.retried) == 1
    assert history.retried[0].endswith(str(KILLED))


def test_the_decision_to_retrain_starts_the_training(history):
    trained = history.server.flow_runs("tenure-training", "COMPLETED")
    rows = history.store.read(DECISIONS).to_pylist()
    decided = {row["as_of"] for row in rows if (row["kind"], row["outcome"]) == ("retrain", "retrain")}
    handed_over = {day for day in decided if day >= SCHEDULED}
    assert handed_over
    assert {date.fromisoformat(each["parameters"]["as_of"]) for each in trained} == handed_over
    for day in handed_over:
        ran = load_circumstances(day, store=history.store)
        assert ran["decide"].trigger.kind in {TriggerKind.TIME, TriggerKind.MANUAL}
        assert ran["train"].trigger.kind is TriggerKind.DRIFT_DECISION
        assert "decided in " in ran["train"].trigger.by


def test_each_step_of_a_month_that_keeps_its_model_is_a_task_with_an_artifact(history):
    runs = history.server.flow_runs("tenure", "COMPLETED")
    asked = [each for each in runs if each["parameters"].get("as_of") == KILLED.isoformat()]
    (run,) = asked
    tasks = {each["name"].split(" ")[0] for each in history.server.task_runs(run["id"])}
    decided = [row for row in history.store.read(DECISIONS).to_pylist() if row["as_of"] == KILLED]
    every = {step.name for step in steps_of_every_period()}
    assert tasks == every, decided
    kept = {each["key"] for each in history.server.ask("artifacts/filter")}
    assert kept >= {f"cash-loans-{step.name}" for step in LOOP}


def test_workers_of_a_pool_run_what_was_deployed_for_them(server, tmp_path, lender_of):
    project, environment = lender_of(tmp_path / "lender", n_months=12), server.environment
    file = project / "tenure.yaml"
    file.write_text(file.read_text().replace("project: cash-loans", "project: pooled"))
    pool = [PYTHON, "-m", "prefect", "work-pool", "create", "pool", "--type", "process"]
    subprocess.run(pool, check=True, env=environment, capture_output=True)
    deploy = [PYTHON, "-m", "tenure", "prefect", "deploy", "--pool", "pool", "-p", str(project)]
    told = subprocess.run(
        [*deploy, "--first", str(FIRST)], check=True, env=environment, capture_output=True, text=True
    ).stdout
    assert told.split() == ["tenure/pooled", "tenure-training/pooled"]
    worker = [PYTHON, "-m", "prefect", "worker", "start", "--pool", "pool", "--limit", "1"]
    with running(worker, environment, server.folder / "worker.log"):
        server.start("tenure/pooled", as_of=str(FIRST), hands_over=False)
        wait_until(lambda: finished(project, FIRST), seconds=240, what="a worker has run the period")


def test_asked_for_again_nothing_is_changed(history, content):
    before = content(history.project)
    versions = {table: history.store.version(table) for table in history.store.tables()}
    environment = history.server.environment
    code = (
        "from tenure.orchestration.prefect import run_due\n"
        "from datetime import date\n"
        f"run_due({str(history.project)!r}, as_of=date({LAST.year}, {LAST.month}, {LAST.day}))\n"
    )
    subprocess.run([PYTHON, "-c", code], check=True, env=environment, capture_output=True)
    assert content(history.project) == before
    assert {table: history.store.version(table) for table in history.store.tables()} == versions
