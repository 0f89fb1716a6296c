import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import tenure
from tenure.bundle.probe import HEAVY
from tenure.errors import ServingError
from tenure.serving.smoke import outcome, run_smoke
from tenure.serving.supervisor import listen


class Load:
    """Clients that ask as fast as they are answered, each over a connection that it opens again when lost."""

    def __init__(self, server, n_clients=4):
        self.answers = []
        self.lost = 0
        self._numbers = itertools.count()
        self._server = server
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(n_clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def wait(self, n_more):
        """Until so many more answers have come."""
        wanted, deadline = len(self.answers) + n_more, time.monotonic() + 60
        while len(self.answers) < wanted:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def _ask(self):
        connection = None
        while not self._stopped.is_set():
            name = f"load-{next(self._numbers)}"
            connection = connection or http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=30)
            headers = {"Content-Type": "application/json", "X-Request-ID": name}
            try:
                connection.request("POST", "/predict", b'{"x0": 1.0}', headers)
                said = connection.getresponse()
                self.answers.append((name, said.status, json.loads(said.read()).get("model_version")))
            except (OSError, http.client.HTTPException):
                self.lost += 1
                connection.close()
                connection = None
        if connection is not None:
            connection.close()


def metrics(server):
    return server.ask("GET", "/metrics").body.decode().splitlines()


def n_scored(server):
    return sum(float(line.split()[-1]) for line in metrics(server) if line.startswith("tenure_score_count"))


def test_a_worker_killed_under_load_loses_no_answer_and_is_started_again(office, serve):
    office.appoint("production", 1)
    server = serve(n_workers=2)
    server.wait(lambda: len(server.workers()) == 2)
    before = server.workers()
    with Load(server) as load:
        load.wait(100)
        os.kill(before[0], signal.SIGKILL)
        load.wait(100)
        server.wait(lambda: len(set(server.workers()) - set(before)) == 1)
        load.wait(100)
    assert {status for _, status, _ in load.answers} == {200}
    assert load.lost <= 4  # the requests that the killed worker had in hand: one per client
    logged = {record["request_id"] for record in office.log()}
    assert {name for name, _, _ in load.answers} <= logged
    assert server.stop() == 0


def test_workers_do_not_outlive_the_server_that_started_them(office, serve):
    office.appoint("production", 1)
    server = serve(n_workers=2)
    server.wait(lambda: len(server.workers()) == 2)
    workers = server.workers()
    server.process.kill()
    server.process.wait(10)
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_promotion_under_load_is_taken_without_a_restart_and_without_a_failed_request(office, serve):
    office.appoint("production", 1)
    server = serve(n_workers=2)
    workers = server.workers()
    with Load(server) as load:
        load.wait(50)
        office.appoint("production", 2, weights=(-1.0,))
        server.wait(lambda: load.answers[-1][2] == 2)
        office.appoint("production", 3, sha256="0" * 64, weights=(5.0,))
        time.sleep(0.5)
        load.wait(50)
    assert {status for _, status, _ in load.answers} == {200}
    assert {version for _, _, version in load.answers} == {1, 2}
    assert (load.lost, server.workers()) == (0, workers)
    said = server.ask("GET", "/ready").json
    assert (said["model_version"], said["served_from"]) == (2, "last_good")
    server.wait(lambda: n_scored(server) == len(load.answers))
    assert "tenure_fallback_level 2.0" in metrics(server)
    smoked = {check.name: check.passed for check in run_smoke(server.url, version=2)}
    assert smoked == dict.fromkeys(("health", "ready", "version", "one row", "batch", "bad row"), True)


def test_a_smoke_test_tells_what_is_wrong_and_whether_waiting_may_help(office, serve):
    office.appoint("production", 1)
    server = serve(environment={"TENURE_CLIENT_TOKEN": "c"})
    checks = run_smoke(server.url, token="x")  # noqa: S106
    assert [check.name for check in checks if not check.passed] == ["model"]
    with pytest.raises(ServingError, match="model") as wrong:
        outcome(checks, server.url)
    assert not wrong.value.transient
    with pytest.raises(ServingError) as later:
        outcome(run_smoke(server.url, version=2, token="c"), server.url)  # noqa: S106
    assert later.value.transient
    server.stop()
    gone = run_smoke(server.url, timeout=1)
    assert [(check.passed, check.transient) for check in gone] == [(False, True)] * 2


def test_a_client_that_sends_its_body_too_slowly_is_told_so_and_others_are_answered(office, serve):
    office.appoint("production", 1)
    server = serve(timeout_seconds=0.5)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow:
        slow.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert server.ask("POST", "/predict", {"x0": 1}).status == 200
        assert slow.recv(100).startswith(b"HTTP/1.1 408")


def test_a_port_that_is_taken_is_told():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ServingError, match=r"cannot listen on 127\.0\.0\.1 port"):
            listen("127.0.0.1", other.getsockname()[1], n=2)


def test_several_workers_share_one_port():
    sockets = listen("127.0.0.1", 0, n=3)
    assert len({each.getsockname() for each in sockets}) == 1
    for each in sockets:
        each.close()


def test_requests_are_answered_without_what_trained_or_registered_the_model(office):
    office.appoint("production", 1)
    settings = office.settings().model_dump_json()
    code = """
import asyncio, json, sys
import tenure.serving.worker
from tenure.serving.app import make_app
from tenure.serving.desk import open_desk
from tenure.serving.settings import Settings
import pyarrow as pa
sink = pa.BufferOutputStream()
table = pa.Table.from_arrays([pa.nulls(3, pa.float64())], names=["x0"])
with pa.ipc.new_stream(sink, table.schema) as writer:
    writer.write_table(table)
desk = open_desk(Settings.model_validate_json(sys.argv[1]))
desk.tend()
app, said = make_app(desk), []
def ask(method, path, body, kind="application/json"):
    async def receive():
        return {"type": "http.request", "body": body}
    async def send(message):
        said.append(message.get("status"))
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b"",
             "client": ("", 1), "server": ("", 1), "scheme": "http", "root_path": "", "http_version": "1.1"}
    asyncio.run(app(scope, receive, send))
ask("POST", "/predict", b'{"x0": 1}')
ask("POST", "/batch", b'[{"x0": 1}]')
ask("POST", "/batch", sink.getvalue().to_pybytes(), "application/vnd.apache.arrow.stream")
for path in ("/ready", "/model", "/openapi.json", "/metrics"):
    ask("GET", path, b"")
print(json.dumps([[status for status in said if status], sorted(sys.modules)]))
"""
    known = {"PYTHONPATH": str(Path(tenure.__file__).parents[1]), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, settings], capture_output=True, text=True, check=False, env=known
    )
    assert done.returncode == 0, done.stderr
    statuses, modules = json.loads(done.stdout)
    assert statuses == [200] * 7
    loaded = {name.partition(".")[0] for name in modules}
    assert loaded & (HEAVY | {"great_expectations", "onnx", "optuna"}) == {"fastapi"}
    assert not [
        name for name in modules if name.startswith(("tenure.stores.mlflow", "tenure.project", "tenure.flow"))
    ]
