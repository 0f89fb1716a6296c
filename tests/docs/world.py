"""A folder in which a reader types what a page says, and what it takes for granted."""

from __future__ import annotations

import contextlib
import http.client
import importlib.metadata
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tenure_docs_loans import write_project
from tenure_docs_reading import ROOT, Typed

from tenure.cli import main
from tenure.domain.tables import PREDICTIONS
from tenure.stores.delta import DeltaStore

EXTRA = re.compile(r"tenure\[([\w,]+)\]")


@dataclass
class World:
    """A folder to type in, what is exported there, and what runs there."""

    folder: Path
    fixture: Callable[[str], Any] = lambda name: pytest.fail(f"there is no {name} here")
    """A fixture by its name: servers and projects that are made once."""
    names: dict[str, str] = field(default_factory=dict)
    """What this world calls otherwise than the page: ports, versions, customers."""
    variables: dict[str, str] = field(default_factory=dict)
    python: dict[str, Any] = field(default_factory=dict)
    """What the Python on a page has so far."""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    said: str = ""
    """What the last line printed."""

    def told(self, text: str) -> str:
        """The text of the page in the words of this world."""
        for theirs, ours in self.names.items():
            text = text.replace(theirs, ours)
        return text

    def types(self, text: str) -> int:
        """What a line ends with: in this process where it is all Tenure's, else in a shell."""
        text = self.told(text)
        calls = Typed("", text).calls
        if text.startswith("export "):
            self.remembers(**dict(word.split("=", 1) for word in calls[0][1:]))
            return 0
        if text.startswith("pip install "):
            return self.installs(text)
        alone = all(call[0] == "tenure" for call in calls) and "|" not in text and ">" not in text
        if alone and text.startswith("tenure"):
            return next((code for call in calls if (code := self.tenure(*call[1:]))), 0)
        return self.shell(text).returncode

    def tenure(self, *arguments: str) -> int:
        """``tenure`` with these arguments, called from the folder."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            patch.object(sys, "argv", ["tenure", *arguments]),
            patch.dict("os.environ", self.variables),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main()
        self.said = out.getvalue() + err.getvalue()
        return int(ended.value.code or 0)

    def shell(self, text: str) -> subprocess.CompletedProcess[str]:
        """The line in a shell, from the root of the repository where it names a file of it."""
        root = ROOT if "deploy/" in text else self.folder
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", text],
            cwd=root, capture_output=True, text=True, timeout=120, check=False, env=self.environment,
        )  # fmt: skip
        self.said = done.stdout + done.stderr
        return done

    def installs(self, text: str) -> int:
        """Nothing: what would be installed is installed here already. 1 where an extra is not one."""
        there = importlib.metadata.metadata("tenure").get_all("Provides-Extra") or []
        asked = [extra for found in EXTRA.findall(text) for extra in found.split(",")]
        self.said = f"{asked} of {there}"
        return int(not asked or not set(asked) <= set(there))

    def runs_python(self, text: str) -> None:
        """The Python of a page, with what earlier blocks of it have made."""
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(self.told(text), "<page>", "exec"), self.python)  # noqa: S102 - that is the test
        self.said = out.getvalue()

    @property
    def environment(self) -> dict[str, str]:
        """Of a process of its own: with this source, and the programs of this environment."""
        source = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        ours = {"PYTHONPATH": source, "PATH": programs, "TENURE_ADMIN_TOKEN": "a-token-for-tests"}
        return {**os.environ, **ours, **self.variables}

    def missing(self, text: str) -> str:
        """A program of the line that this machine does not have; empty if it has all."""
        ours = {"export", "pip"}
        called = [call[0] for call in Typed("", self.told(text)).calls if call[0] not in ours]
        return next((name for name in called if not shutil.which(name, path=self.environment["PATH"])), "")

    def starts(self, text: str, until: int | str) -> None:
        """Start what runs until it is interrupted: until its port answers, or until it has said so.

        What has said what it is waited for is interrupted then; what answers on a port stays.
        """
        log = self.folder / f"running-{len(self.running)}.log"
        command = ["bash", "-c", f"exec {self.told(text).partition('#')[0].rstrip('& ')}"]
        with log.open("wb") as out:
            started = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )
        self.running.append(started)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and started.poll() is None:
            if self._is_there(until, log, text):
                if isinstance(until, str):
                    end(started)
                return
            time.sleep(0.2)
        raise AssertionError(log.read_text()[-2000:])

    def _is_there(self, until: int | str, log: Path, text: str) -> bool:
        if isinstance(until, str):
            return until in log.read_text()
        port = int(self.names.get(str(until), self.free_port))
        if "tenure serve" not in text:
            return answers(port, "")
        return all(answers(port, "/ready") for _ in range(20))  # each of its processes, not the first alone

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

    def project(self, name: str, first: date, last: date, **rest: Any) -> Path:
        """The project with files of these months; `rest` as for `write_project`."""
        write_project(self.folder / name, first, last, **rest)
        return self.folder / name

    def close(self) -> None:
        """End what runs, the last first."""
        for process in reversed(self.running):
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Interrupt it with all that it started; kill what does not end."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=60)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


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
