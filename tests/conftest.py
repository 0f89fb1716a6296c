"""Where the real tables are, servers of databases, and what holds for every test."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings

from tenure.simulate import Event, Lender, simulate, write, write_project_files

ROOT = Path(__file__).resolve().parents[1]
_DATA_BESIDE_THE_PROJECT = Path(__file__).resolve().parents[2] / "shared" / "data"

# How long a test takes depends on what else the machine does: pytest's timeout is the limit, no deadline.
settings.register_profile("tenure", deadline=None, max_examples=50)
settings.load_profile("tenure")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for `shared_data`, so that ``-m "not data"`` leaves it out."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.data)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real tables; the test is skipped where they are not."""
    folder = Path(os.environ.get("TENURE_SHARED_DATA", _DATA_BESIDE_THE_PROJECT))
    if not folder.is_dir():
        pytest.skip(f"no real tables at {folder}: set TENURE_SHARED_DATA to their folder")
    return folder


def make_lender(
    folder: Path, *, n_months: int, events: Sequence[Event] = (), **sections: dict[str, Any]
) -> Path:
    """A project with loans from July 2022; June 2023 is the first month with labels enough to train.

    Parameters
    ----------
    folder
        Where it goes; made when absent.
    n_months
        Of loans.
    events
        What is planted.
    sections
        What ``model`` and ``retrain`` say otherwise.
    """
    lender = Lender(
        n_months=n_months, n_customers_per_month=80, n_click_features=2, n_follow_up_months=0, seed=4
    )
    write(simulate(lender, events=events), folder / "data")
    write_project_files(folder)
    file = folder / "tenure.yaml"
    project = yaml.safe_load(file.read_text())
    quick = {"algorithms": ["decision_tree"], "tuning": {"trials": 2}, "min_labels": 100}
    project["model"] |= quick | sections.get("model", {})
    often = {"min_labels": 100, "every_periods": 2, "cooldown_periods": 1}
    project["retrain"] = often | sections.get("retrain", {})
    project["gate"] = {"minimum": {"roc_auc": 0.5}, "min_rows": 30, "latency_ms": None}
    columns = project["sources"]["clickstream"]["columns"]
    project["sources"]["clickstream"]["columns"] = {n: r for n, r in columns.items() if n in {"fe_1", "fe_2"}}
    file.write_text(yaml.safe_dump(project))
    return folder


@pytest.fixture(scope="session")
def lender_of() -> Callable[..., Path]:
    """Makes a small lender whose first period can train."""
    return make_lender


POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PASSWORD = "do-not-tell"  # noqa: S105 - of servers that live for some tests


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[dict[str, Any]]:
    """A PostgreSQL as its Debian package installs it, on a free port, asking for passwords."""
    if not POSTGRES:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL does not run as root, and there is no runuser to be somebody else")
    folder, port = Path(tempfile.mkdtemp(prefix="tenure-postgres-")), _free_port()
    (folder / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        shutil.chown(folder / "password", "postgres")
    data, word = folder / "data", folder / "password"
    _postgres("initdb", "-D", data, "-U", "owner", "-A", "scram-sha-256", "--pwfile", word, "-N")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    _postgres("pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
    try:
        yield {"host": "127.0.0.1", "port": port, "user": "owner", "password": PASSWORD, "dbname": "postgres"}
    finally:
        _postgres("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_address(postgres_server: dict[str, Any]) -> str:
    """The address of a PostgreSQL, with its password."""
    return "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**postgres_server)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[dict[str, str]]:
    """An object store that speaks S3, moto's, in a process of its own: the variables that lead to it."""
    port = _free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_port(port)
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": PASSWORD,
        }
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def bucket(s3_server: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket; the environment leads to it."""
    import boto3  # noqa: PLC0415 - an extra

    for name, value in s3_server.items():
        monkeypatch.setenv(name, value)
    name = f"lender-{uuid.uuid4().hex[:12]}"
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}"


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return


@pytest.fixture
def postgres_database(postgres_server: dict[str, Any], postgres_address: str) -> str:
    """The address of an empty database of its own."""
    import psycopg2  # noqa: PLC0415 - an extra

    name = f"lender_{uuid.uuid4().hex[:12]}"
    connection = psycopg2.connect(**postgres_server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    return f"{postgres_address.rpartition('/')[0]}/{name}"


class RedisServer:
    """A Redis of its own on a free port, asking for a password and keeping nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.address = f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        options = (
            "--port",
            self.port,
            "--bind",
            "127.0.0.1",
            "--requirepass",
            PASSWORD,
            "--dir",
            self.folder,
        )
        command = ["redis-server", *map(str, options), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _await_port(self.port)

    def stop(self) -> None:
        """Kill it, with everything it holds."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis of one test's own, as its Debian package installs it."""
    pytest.importorskip("redis", reason="the extra `redis` is not installed")
    if shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed: apt-get install redis-server")
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis for tests that leave it running, with its password."""
    pytest.importorskip("redis", reason="the extra `redis` is not installed")
    if shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed: apt-get install redis-server")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.address
    server.stop()


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server that keeps what it is sent: its address, and path and body of each. `/broken` fails."""
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if "broken" in self.path else 200)
            self.end_headers()

        do_PUT = do_POST  # noqa: N815 - the name it is called by

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def mailbox() -> Iterator[tuple[int, list[tuple[list[str], EmailMessage]]]]:
    """A real SMTP server: its port, and to whom and what each mail was."""
    pytest.importorskip("aiosmtpd", reason="the SMTP sink `aiosmtpd` is not installed")
    from aiosmtpd.controller import Controller  # noqa: PLC0415 - where it is installed

    mails: list[tuple[list[str], EmailMessage]] = []

    class Sink:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its name
            mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
            return "250 taken"

    controller = Controller(Sink(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield controller.port, mails
    controller.stop()


@pytest.fixture(scope="session")
def spark_environment() -> dict[str, str]:
    """The environment in which PySpark is importable beside all else; made once, of pinned packages."""
    if shutil.which("java") is None:
        pytest.skip("no Java: apt-get install openjdk-17-jre-headless")
    packages = _spark_packages()
    places = (ROOT / "src", packages)
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": os.pathsep.join(map(str, places)),
        "SPARK_HOME": str(packages / "pyspark"),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def _spark_packages() -> Path:
    """Where PySpark lies: in an environment of its own, which one process of the tests makes."""
    from harness.environments import ENVIRONMENTS, peer_python  # noqa: PLC0415 - in benchmarks
    from harness.measuring import BenchmarkError  # noqa: PLC0415 - as above

    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / "tenure-spark.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            python = peer_python("tenure-spark", ROOT / "requirements" / "spark.txt")
        except BenchmarkError as error:
            pytest.skip(f"PySpark cannot be installed: {error}")
    return next(python.parents[1].glob("lib/python*/site-packages"))


@pytest.fixture
def spark_cluster(spark_environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a master of Spark with two workers of one core each."""
    port, command = _free_port(), str(Path(spark_environment["SPARK_HOME"]) / "bin" / "spark-class")
    address = f"spark://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": spark_environment}
    place = ("--host", "127.0.0.1", "--webui-port", "0")
    master = [command, "org.apache.spark.deploy.master.Master", *place, "--port", str(port)]
    worker = [command, "org.apache.spark.deploy.worker.Worker", *place, "-c", "1", "-m", "1g"]
    started = [subprocess.Popen(master, **quiet)]
    try:
        _await_port(port)
        for number in (1, 2):
            own = ["-d", str(tmp_path / f"worker{number}"), address]
            started.append(subprocess.Popen([*worker, *own], **quiet))
        yield address
    finally:
        for process in started:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _postgres(name: str, *arguments: object) -> None:
    command = [str(POSTGRES[-1] / name), *(str(argument) for argument in arguments)]
    as_somebody = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_somebody, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")
