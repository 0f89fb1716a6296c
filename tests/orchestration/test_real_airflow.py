"""The DAG in a real Airflow with a PostgreSQL: six months filled in, a process killed, one month again."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tenure.domain.tables import RUNS
from tenure.flow import LOOP
from tenure.orchestration.airflow import ANNOUNCES, dag_of, write_dag
from tenure.project import load_project
from tenure.replay import backfill, plan
from tenure.running.runtime import open_runtime
from tenure.stores.delta import DeltaStore

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).resolve().parents[2]
FIRST, LAST = date(2023, 6, 1), date(2023, 11, 1)
PROJECT = "cash-loans"
DAG = "tenure_cash_loans"
VICTIM = ("--only", "train")
GUIDE = (ROOT / "docs" / "guides" / "airflow.md").read_text(encoding="utf-8")
BACKFILL = re.compile(r"^\$ airflow backfill create (.*?)\n```", re.MULTILINE | re.DOTALL)
WAITS = "limits"
WAITING_DAG = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)[1]


SETTINGS = {
    "model": {"algorithms": ["decision_tree", "logistic_regression"]},
    "retrain": {"every_periods": 3, "cooldown_periods": 1},
}


@pytest.fixture(scope="module")
def airflow_bin() -> Path:
    """Where Airflow's commands are: TENURE_AIRFLOW, or the environment that `make airflow` makes."""
    if given := os.environ.get("TENURE_AIRFLOW"):
        return Path(given) / "bin"
    made = subprocess.run(
        [ROOT / "scripts/environment", "airflow"], check=False, capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"Airflow's environment cannot be made here: {made.stderr.strip()[-300:]}")
    return ROOT / ".venv-airflow" / "bin"


@dataclass
class Server:
    """`airflow standalone`: scheduler, API server and DAG processor, in a group of processes of its own."""

    bin: Path
    home: Path
    database: str
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.dags = self.home / "dags"
        self.dags.mkdir(parents=True)
        self.token = ""

    @property
    def environment(self) -> dict[str, str]:
        """What Airflow, and each task, is started with."""
        source = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
        ours = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "TENURE", "PYTHON"))}
        return ours | {
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__API__BASE_URL": self.address,
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.address}/execution/",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.database,
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
            "PYTHONPYCACHEPREFIX": str(self.home / "bytecode"),
            "TENURE_COMMAND": f"env PYTHONPATH={source} {sys.executable} -m tenure",
        }

    def start(self) -> None:
        """Start it, and wait until all of its parts are healthy."""
        with (self.home / "standalone.log").open("wb") as log:
            self.process = subprocess.Popen(
                [self.bin / "airflow", "standalone"],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self.is_healthy, seconds=240, why=self.told)
        self.token = self.ask("GET", "/auth/token")["access_token"]

    def is_healthy(self) -> bool:
        """Whether scheduler, DAG processor and database say so."""
        try:
            parts = self.ask("GET", "/api/v2/monitor/health")
        except (OSError, urllib.error.URLError):
            return False
        return all(
            parts[name]["status"] == "healthy" for name in ("metadatabase", "scheduler", "dag_processor")
        )

    def stop(self) -> None:
        """Signal the whole group, then make sure."""
        if self.process is not None:
            for sign in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(self.process.pid, sign)
                    self.process.wait(20)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue

    def told(self) -> str:
        """The end of its log."""
        return (self.home / "standalone.log").read_text(errors="replace")[-3000:]

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The API's answer."""
        request = urllib.request.Request(  # noqa: S310 - our own server
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            return json.load(answer)

    def command(self, *arguments: str) -> str:
        """What `airflow` prints."""
        done = subprocess.run(
            [self.bin / "airflow", *arguments],
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    def knows(self, dag: str) -> bool:
        """Whether the DAG has been read."""
        return dag in {each["dag_id"] for each in self.ask("GET", "/api/v2/dags")["dags"]}

    def states(self, dag: str = DAG) -> dict[str, str]:
        """The state of every run, by its interval's first day."""
        runs = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns?order_by=run_after")["dag_runs"]
        return {(run["data_interval_start"] or run["run_after"])[:10]: run["state"] for run in runs}

    def tasks(self, first_day: str) -> list[dict[str, Any]]:
        """The task instances of the run of an interval."""
        runs = self.ask("GET", f"/api/v2/dags/{DAG}/dagRuns")["dag_runs"]
        run = next(run["dag_run_id"] for run in runs if run["data_interval_start"][:10] == first_day)
        asked = f"/api/v2/dags/{DAG}/dagRuns/{run}/taskInstances?limit=100"
        listed: list[dict[str, Any]] = self.ask("GET", asked)["task_instances"]
        return listed


def wait_until(holds: Callable[[], bool], *, seconds: float, why: Callable[[], object]) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, why()
        time.sleep(0.5)


def is_at_work(folder: Path) -> bool:
    """Whether the training has written its rows for the tuning processes; searches ahead are elsewhere."""
    return any("-" not in each.name for each in (folder / "models" / "work").glob("*"))


def kill_once(folder: Path, *, seconds: float) -> bool:
    """Kill the process that trains the project, as the system would when memory runs out."""
    deadline = time.monotonic() + seconds
    wanted = (*VICTIM, str(folder))
    while time.monotonic() < deadline:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if all(word in words for word in wanted) and is_at_work(folder):
                os.kill(int(process.name), signal.SIGKILL)
                return True
        time.sleep(0.1)
    return False


def everything(folder: Path) -> dict[str, str]:
    """The content of every table but the ledger, which holds versions of tables and who ran what."""
    store = DeltaStore(folder / "datamart")
    return {table: store.content_hash(table) for table in store.tables() if table != RUNS}


def versions(folder: Path) -> dict[str, int]:
    """How often each table was written."""
    store = DeltaStore(folder / "datamart")
    return {table: store.version(table) for table in store.tables()}


def fill_in(server: Server, reprocess: str, first: str, last: str) -> None:
    """`airflow backfill create` in the words of the guide, but for its days and for what is run again."""
    words = BACKFILL.search(GUIDE)[1].replace("\\\n", " ").split()
    options = dict(zip(words[::2], words[1::2], strict=True))
    assert options["--dag-id"] == DAG
    ours = {"--from-date": first, "--to-date": last, "--reprocess-behavior": reprocess}
    assert set(ours) < set(options)
    server.command("backfill", "create", *(word for pair in (options | ours).items() for word in pair))


@dataclass(frozen=True)
class Ran:
    """Six months in Airflow."""

    server: Server
    folder: Path
    killed: bool


@pytest.fixture(scope="module")
def ran(
    airflow_bin: Path,
    postgres_server: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
    lender_of: Callable[..., Path],
) -> Iterator[Ran]:
    """The project after a backfill in a real Airflow, in which the first training was killed once."""
    base = tmp_path_factory.mktemp("airflow")
    folder = lender_of(base / "project", n_months=17, **SETTINGS)
    database = "postgresql+psycopg2://{user}:{password}@{host}:{port}/{dbname}".format(**postgres_server)
    server = Server(airflow_bin, base / "home", database)
    project, root = load_project(folder)
    write_dag(dag_of(project, folder=root, command="tenure", first=FIRST, last=LAST), server.dags)
    (server.dags / "waits.py").write_text(WAITING_DAG)
    try:
        server.start()
        wait_until(lambda: server.knows(DAG) and server.knows(WAITS), seconds=120, why=server.told)
        fill_in(server, "failed", "2023-05-02", "2023-10-02")
        for dag in (DAG, WAITS):
            server.ask("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})
        killed = kill_once(folder, seconds=300)
        wait_until(
            lambda: set(server.states().values()) <= {"success", "failed"}, seconds=1200, why=server.states
        )
        yield Ran(server, folder, killed)
    finally:
        server.stop()
        if os.environ.get("TENURE_KEEP"):
            shutil.copytree(base, os.environ["TENURE_KEEP"], dirs_exist_ok=True)


def test_six_months_filled_in_make_the_tables_of_a_replay(ran, tmp_path, lender_of):
    months = [f"2023-{month:02d}-02" for month in range(5, 11)]
    assert ran.server.states() == dict.fromkeys(months, "success")
    whole = lender_of(tmp_path, n_months=17, **SETTINGS)
    runtime = open_runtime(whole, jobs=1)
    for _ in backfill(plan(FIRST, LAST, runtime=runtime), runtime=runtime):
        pass
    assert everything(ran.folder) == everything(whole)


def test_a_training_that_was_killed_was_tried_again(ran):
    assert ran.killed
    (train,) = (task for task in ran.server.tasks("2023-05-02") if task["task_id"] == "train")
    assert (train["state"], train["try_number"]) == ("success", 2)


def test_what_set_the_runs_off_is_on_record(ran):
    rows = DeltaStore(ran.folder / "datamart").read(RUNS).to_pylist()
    assert {row["trigger"] for row in rows} == {"manual"}  # somebody asked for the backfill
    assert all(row["triggered_by"].startswith("airflow backfill__") for row in rows)


def test_one_task_per_step_and_one_search_per_algorithm_those_that_were_not_due_skipped(ran):
    tasks = ran.server.tasks("2023-06-02")
    names = sorted(task["task_id"] for task in tasks)
    assert names == sorted([*(step.name for step in LOOP), "tune", "tune"])
    skipped = {task["task_id"] for task in tasks if task["state"] == "skipped"}
    assert skipped == {"audit", "tune", "train", "judge", "promote"}


def test_other_dags_can_wait_for_gold_tables(ran):
    asked = "/api/v2/assets/events?limit=1000"
    events = [event["uri"] for event in ran.server.ask("GET", asked)["asset_events"]]
    announced = [f"tenure://{PROJECT}/{table}" for tables in ANNOUNCES.values() for table in tables]
    assert {uri: events.count(uri) for uri in announced} == dict.fromkeys(announced, 6)
    wait_until(lambda: "success" in ran.server.states(WAITS).values(), seconds=60, why=ran.server.told)


def test_months_filled_in_again_change_nothing(ran):
    before = versions(ran.folder)
    wait_until(
        lambda: all(
            b["completed_at"] for b in ran.server.ask("GET", f"/api/v2/backfills?dag_id={DAG}")["backfills"]
        ),
        seconds=90,
        why=ran.server.told,
    )
    fill_in(ran.server, "completed", "2023-10-01", "2023-10-02")
    wait_until(lambda: ran.server.states()["2023-10-02"] != "success", seconds=60, why=ran.server.states)
    wait_until(
        lambda: ran.server.states()["2023-10-02"] in {"success", "failed"}, seconds=400, why=ran.server.states
    )
    assert ran.server.states()["2023-10-02"] == "success"
    assert versions(ran.folder) == before
