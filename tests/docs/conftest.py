"""Readers of the documentation: what they type, and the small projects that they type it in."""

from __future__ import annotations

import contextlib
import csv
import http.client
import importlib.util
import io
import json
import math
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from tenure.cli import main
from tenure.domain.tables import PREDICTIONS
from tenure.stores.delta import DeltaStore


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(
        f"tenure_docs_{name}", Path(__file__).with_name(f"{name}.py")
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


reading = _load("reading")

PROJECT: Mapping[str, Any] = {
    "project": "cash-loans",
    "sources": {
        "loans": {
            "path": "loans",
            "keys": ["Customer_ID"],
            "event_time": "started",
            "columns": {
                "income": {"type": "number"},
                "mix": {"type": "category"},
                "bad": {"type": "integer", "feature": False},
            },
        }
    },
    "population": {"select": "SELECT Customer_ID, started AS event_time FROM loans"},
    "label": {
        "select": "SELECT Customer_ID, started AS event_time, bad AS label FROM loans",
        "horizon": "1 month",
    },
    "features": [{"source": "loans"}],
    "model": {
        "algorithms": ["decision_tree"],
        "tuning": {"trials": 1},
        "min_labels": 60,
        "min_class_rows": 1,
    },
    "retrain": {"min_labels": 60, "every_periods": 2, "cooldown_periods": 1, "min_label_times": 3},
    "gate": {"minimum": {"accuracy": 0.0}, "min_rows": 10, "latency_ms": None, "resamples": 100},
}


@dataclass
class World:
    """A folder in which a reader types, with a project of one source in files by month."""

    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    """What this world calls otherwise than the page: ports, versions, customers."""
    variables: dict[str, str] = field(default_factory=dict)
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    said: str = ""
    """What the last line printed."""

    def types(self, text: str) -> int:
        """What a line ends with: in this process where it is all Tenure's, else in a shell."""
        for ours, here in self.names.items():
            text = text.replace(ours, here)
        step = reading.Typed("", text)
        alone = all(call[0] == "tenure" for call in step.calls) and "|" not in text and ">" not in text
        if alone and text.startswith("tenure"):
            return next((code for call in step.calls if (code := self.tenure(*call[1:]))), 0)
        return self.shell(text).returncode

    def tenure(self, *arguments: str) -> int:
        """``tenure`` with these arguments, called from the folder."""
        here = Path.cwd()
        out, err = io.StringIO(), io.StringIO()
        try:
            os.chdir(self.folder)
            with (
                patch.object(sys, "argv", ["tenure", *arguments]),
                patch.dict("os.environ", self.variables),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
                pytest.raises(SystemExit) as ended,
            ):
                main()
        finally:
            os.chdir(here)
        self.said = out.getvalue() + err.getvalue()
        return int(ended.value.code or 0)

    def shell(self, text: str) -> subprocess.CompletedProcess[str]:
        """The line in a shell, from the root of the repository where it names a file of it."""
        root = reading.ROOT if "deploy/" in text else self.folder
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", text],
            cwd=root, capture_output=True, text=True, timeout=120, check=False, env=self.environment,
        )  # fmt: skip
        self.said = done.stdout + done.stderr
        return done

    @property
    def environment(self) -> dict[str, str]:
        """Of a process of its own: with this source."""
        path = os.pathsep.join([str(reading.ROOT / "src"), os.environ.get("PYTHONPATH", "")])
        return {**os.environ, **self.variables, "PYTHONPATH": path, "TENURE_ADMIN_TOKEN": "a-token-for-tests"}

    def serves(self, text: str, port: int) -> None:
        """Start what runs until it is interrupted, and wait until its port answers."""
        for ours, here in self.names.items():
            text = text.replace(ours, here)
        arguments = [sys.executable, "-m", "tenure", *reading.Typed("", text).calls[0][1:]]
        with (self.folder / "server.log").open("wb") as log:
            started = subprocess.Popen(
                arguments, cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )
        self.servers.append(started)
        until = time.monotonic() + 120
        while time.monotonic() < until and started.poll() is None:
            if answers(port, "/ready" if "tenure serve" in text else ""):
                return
            time.sleep(0.2)
        raise AssertionError((self.folder / "server.log").read_text()[-2000:])

    @cached_property
    def free_port(self) -> int:
        """A port that nobody listens on."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    def remembers(self, **variables: str) -> None:
        """What the reader has exported."""
        self.variables |= variables

    def champion(self, name: str) -> int:
        """Who is in office there."""
        return int(self._status(name)["office"]["version"]["version"])

    def waiting(self, name: str) -> int:
        """Who waits for approval there."""
        return int(self._status(name)["waiting"][-1])

    def scored(self, name: str, as_of: date) -> str:
        """A customer whom the loop scored in that period."""
        rows = DeltaStore(self.folder / name / "datamart").read(PREDICTIONS).to_pylist()
        return str(next(row["Customer_ID"] for row in rows if row["as_of"] == as_of))

    def _status(self, name: str) -> Any:
        assert self.tenure("status", "-p", name, "--json") == 0, self.said
        return json.loads(self.said)

    def writes(self, name: str, text: str) -> None:
        """A file beside the project file."""
        (next(self.folder.glob("*/tenure.yaml")).parent / name).write_text(text, encoding="utf-8")

    def project(
        self, name: str, first: date, last: date, *, told_from: date | None = None, **changes: Any
    ) -> Path:
        """The project, with files of these months; see `deliver`."""
        root = self.folder / name
        deliver(root / "loans", first, last, told_from)
        told = {**PROJECT, **changes}
        (root / "tenure.yaml").write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
        return root

    def close(self) -> None:
        """End what runs."""
        for server in self.servers:
            server.terminate()
        for server in self.servers:
            server.wait(timeout=30)


def answers(port: int, path: str) -> bool:
    """Whether somebody listens there and, where a path is named, says that all is well."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        if not path:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        finally:
            connection.close()
    return False


def deliver(folder: Path, first: date, last: date, told_from: date | None = None) -> None:
    """Files of loans by month: from a month on (half way, if none is named) the income tells who defaults.

    Where that month is named there are five times as many loans from then on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    day, months = first, []
    while day <= last:
        months.append(day)
        day = _next_month(day)
    begin = told_from or months[len(months) // 2]
    for place, month in enumerate(months):
        draw, tells = random.Random(place), month >= begin  # noqa: S311 - can be repeated
        n = 300 if told_from and tells else 60
        rows = []
        for number in range(n):
            income, mix = draw.gauss(50, 15), draw.choice(("Bad", "Standard", "Good"))
            odds = 1 / (1 + math.exp((income - 50) / 4)) if tells else 0.5
            key = f"CUS_0x{0x1000 + place * 1000 + number:x}"
            started = month.replace(day=1 + number % 28)
            rows.append((key, started.isoformat(), round(income, 6), mix, int(draw.random() < odds)))
        with (folder / f"loans_{month:%Y-%m}.csv").open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("Customer_ID", "started", "income", "mix", "bad"), *rows])


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty folder to type in."""
    for name in ("TENURE_DEBUG", "TENURE_PROJECT", "TENURE_ALERTS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[World, str], Path]:
    """A project whose periods from 2024-05-01 to 2024-07-01 have run, under a name; made once."""
    made: dict[str, Path] = {}

    def give(world: World, name: str, **changes: Any) -> Path:
        kind = repr(sorted(changes.items()))
        if kind not in made:
            base = World(tmp_path_factory.mktemp("replayed"))
            made[kind] = base.project("project", date(2023, 12, 1), date(2024, 7, 1), **changes)
            span = ("--from", "2024-05-01", "--to", "2024-07-01", "--jobs", "1")
            assert base.tenure("backfill", "-p", "project", *span) == 0, base.said
        return Path(shutil.copytree(made[kind], world.folder / name))

    return give
