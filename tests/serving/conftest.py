"""Small bundles in office, asked in this process, or over HTTP in processes of their own."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tenure
from tenure.bundle import FeatureSpec, load_bundle
from tenure.bundle.encoding import encoded_names
from tenure.bundle.reasons import Background, Line, Link, Member, Parts, Wording, parts_to_files
from tenure.domain.features import FeatureKind
from tenure.domain.serving import ServeConfig
from tenure.serving.app import make_app
from tenure.serving.desk import Desk, open_desk
from tenure.serving.model import ServedModel, served
from tenure.serving.office import Level, OfficeFile, Seat, write_office
from tenure.serving.settings import Settings, write_settings
from tenure.testing import softmax_onnx, write_small_bundle

ALIASES = {"production": Level.PRODUCTION, "staging": Level.STAGING}


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, as the JSON that it is."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Why it was refused."""
        return str(self.json["error"]["code"])

    @property
    def fields(self) -> list[str]:
        """The fields that it was refused for."""
        return [each["field"] for each in self.json["error"]["fields"]]


class Office:
    """Bundles of the project ``small``, and who of them is in office."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.serving = folder / "serving"
        self.seats: dict[str, Seat] = {}

    def bundle(self, version: int, **how: Any) -> tuple[Path, str]:
        """A bundle of this version."""
        folder = self.folder / "bundles" / str(version)
        return folder, write_small_bundle(folder, **how)

    def appoint(self, alias: str, version: int, *, sha256: str = "", **how: Any) -> Path:
        """Give the alias to a bundle; tell of another identity than it has with `sha256`."""
        folder, identity = self.bundle(version, **how)
        self.seats[alias] = Seat(ALIASES[alias], version, sha256 or identity, folder)
        self.announce()
        return folder

    def dismiss(self, *aliases: str) -> None:
        """Take the aliases away."""
        for alias in aliases:
            del self.seats[alias]
        self.announce()

    def announce(self) -> None:
        """Say who is in office, as the watcher would."""
        seats = tuple(self.seats[alias] for alias in ALIASES if alias in self.seats)
        write_office(OfficeFile(seats, time.time()), self.serving / "office.json")

    def settings(self, *, pii: Sequence[str] = (), n_workers: int = 1, **config: Any) -> Settings:
        """Of a server for them."""
        return Settings(
            project="small",
            folder=self.serving,
            config=ServeConfig.model_validate({"poll_seconds": 0.1, **config}),
            pii=tuple(pii),
            n_workers=n_workers,
        )

    def desk(self, *, environment: Mapping[str, str] | None = None, **settings: Any) -> Desk:
        """The parts of one worker, tended once."""
        desk = open_desk(self.settings(**settings), environment or {})
        desk.tend()
        return desk

    def log(self) -> list[dict[str, Any]]:
        """Every record in the log of answers, archives included, in no order."""
        paths = [path for path in (self.serving / "log").rglob("*.jsonl") if path.name != "audit.jsonl"]
        return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


@dataclass
class Client:
    """Asks a desk in this process."""

    desk: Desk
    headers: dict[str, str] = field(default_factory=dict)
    address: str = "10.0.0.1"

    def __post_init__(self) -> None:
        self._app = make_app(self.desk)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        """The answer to a body: bytes as they are, anything else as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", path, content, **headers)

    def get(self, path: str, **headers: str) -> Answer:
        """The answer to a path with its query."""
        return self.ask("GET", path, b"", **headers)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """The answer to any request; ``_`` in a header's name stands for ``-``."""
        named = {name.replace("_", "-").lower(): text for name, text in (self.headers | headers).items()}
        given = {"content-type": "application/json", "content-length": str(len(body))} | named
        return asyncio.run(self._ask(method, path, body, given))

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        bare, _, query = path.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": bare,
            "raw_path": bare.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
            "client": (self.address, 1),
            "server": ("test", 80),
            "scheme": "http",
            "root_path": "",
            "state": {},
        }
        sent: list[dict[str, Any]] = []
        parts = [body[at : at + 2**16] for at in range(0, len(body), 2**16)] or [b""]

        async def receive() -> dict[str, Any]:
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        answered = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], answered, content)


class Server:
    """``tenure.serving.supervisor.serve`` in processes of its own, on a free port, without a watcher."""

    def __init__(self, office: Office, environment: Mapping[str, str], **settings: Any) -> None:
        office.serving.mkdir(parents=True, exist_ok=True)
        path = office.serving / "given.json"
        write_settings(office.settings(**settings), path)
        code = (
            "import logging, sys; from pathlib import Path;"
            "from tenure.serving.settings import read_settings; from tenure.serving.supervisor import serve;"
            "logging.basicConfig(level=logging.INFO);"
            "serve(Path('none'), read_settings(Path(sys.argv[1])), host='127.0.0.1', port=0, watch=False,"
            " started=lambda address: print(address, flush=True))"
        )
        known = {"PYTHONPATH": str(Path(tenure.__file__).parents[1]), "PATH": os.environ["PATH"]}
        self._said = (office.folder / "server.log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", code, str(path)],
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            env=known | environment,
        )
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rpartition(":")[2])
        self.wait()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """An answer over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json"} | headers)
            said = connection.getresponse()
            return Answer(said.status, dict(said.getheaders()), said.read())
        finally:
            connection.close()

    def wait(self, until: Callable[[], bool] | None = None) -> None:
        """Wait until it is ready, or what is said of it is true."""
        deadline = time.monotonic() + 60
        ready = until or (lambda: self.ask("GET", "/ready").status == 200)
        while not ready():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def workers(self) -> list[int]:
        """The ids of the processes that answer."""
        said = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return [int(line.split()[0]) for line in said.splitlines() if "tenure.serving.worker" in line]

    def stop(self) -> int:
        """End it; the code it ended with."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self.process.stdout.close()
        self._said.close()
        return code


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with nobody in it."""
    return Office(tmp_path)


@pytest.fixture
def client() -> type[Client]:
    """Makes a client of a desk."""
    return Client


@pytest.fixture
def serve(office: Office) -> Iterator[Callable[..., Server]]:
    """Starts servers that are ended with the test."""
    started: list[Server] = []

    def start(*, environment: Mapping[str, str] | None = None, **settings: Any) -> Server:
        started.append(Server(office, environment or {}, **settings))
        return started[-1]

    yield start
    for server in started:
        server.stop()


JOBS = ("doctor", "lawyer", "nurse")
MIXED = {
    "features": (
        FeatureSpec("age", FeatureKind.NUMBER),
        FeatureSpec("job", FeatureKind.CATEGORY, JOBS),
        FeatureSpec("income", FeatureKind.NUMBER),
    ),
    "onnx": softmax_onnx([[0, 0.02], [0, 1.0], [0, -1.0], [0, 0.5], [0, -1e-5]], [0.0, -0.3]),
    "profile": {
        "numbers": {"age": {"mean": 41.23456}, "income": {"mean": None}},
        "categories": {"job": {"top": ["lawyer", "nurse"], "counts": [2, 7, 0, 0, 0]}},
    },
}
"""What a bundle of a category between two numbers is made of."""


@pytest.fixture
def mixed() -> dict[str, Any]:
    """The parts of a bundle of ``age``, ``job`` and ``income``."""
    return dict(MIXED)


@pytest.fixture(scope="session")
def mixed_model(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """A model of ``age``, ``job`` and ``income``, ready to answer."""
    folder = tmp_path_factory.mktemp("mixed") / "bundle"
    write_small_bundle(folder, **MIXED)
    return served(load_bundle(folder), version=1, level=Level.PRODUCTION)


EXPLAINED = (
    FeatureSpec("debt", FeatureKind.NUMBER),
    FeatureSpec("job", FeatureKind.CATEGORY, ("cook", "nurse")),
    FeatureSpec("income", FeatureKind.NUMBER),
)
_SLOPES = [0.5, 1.0, -1.0, -0.25]


@pytest.fixture
def explained() -> Callable[..., dict[str, Any]]:
    """The parts of a bundle of ``debt``, ``job`` and ``income`` that explains itself."""
    return _explained


def _explained(specs=EXPLAINED, slopes=_SLOPES, classes=("good", "bad")):
    """The parts of a bundle of a line that explains itself."""
    n_classes = len(classes)
    table = np.zeros((len(slopes), n_classes))
    table[:, -1] = slopes
    columns = table[:, 1:] if n_classes == 2 else table
    line = Line(columns, np.zeros_like(columns), np.zeros(columns.shape[1]))
    background = Background(
        np.array([[2, 1, 0, 4], [4, 0, 1, 6]], np.float32)[:, : len(slopes)], np.array([30, 30])
    )
    wordings = (
        Wording("outstanding debt", "debt", "Debt is high against income", "Little credit", "Debt unknown"),
        Wording("occupation", "job"),
        Wording("monthly income", "income"),
    )[: len(specs)]
    link = Link.LOGISTIC if n_classes == 2 else Link.SOFTMAX
    parts = Parts((Member(1.0, link, line),), background, wordings)
    return {
        "features": specs,
        "onnx": softmax_onnx(table),
        "classes": classes,
        "reasons": parts_to_files(parts, names=[spec.name for spec in specs], columns=encoded_names(specs)),
    }
