"""A measurement in a process of its own: what it printed as JSON, and the most memory it held."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.processes import resident_mb

BENCHMARKS = Path(__file__).resolve().parents[1]

_SECONDS_BETWEEN_SAMPLES = 0.05


class BenchmarkError(Exception):
    """A measurement did not end well."""


class SkippedError(Exception):
    """A benchmark cannot run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement."""

    result: Mapping[str, Any]
    """What the child printed."""
    wall_s: float
    """From start to end of the process, imports included."""
    peak_mb: float
    """The most resident memory of the child and all it started, sampled 20 times a second."""


def measure(
    script: Path, *arguments: str, python: Path | None = None, env: Mapping[str, str] | None = None
) -> Measured:
    """Run a script that prints one JSON object, in a process of its own.

    Parameters
    ----------
    script
        A Python file; ``harness`` can be imported from it.
    arguments
        Given to it.
    python
        The interpreter of a peer's environment; this one when absent.
    env
        Environment variables on top of those here.

    Raises
    ------
    BenchmarkError
        If it fails, with the end of what it said.
    """
    command = [str(python or sys.executable), str(script), *arguments]
    paths = [str(BENCHMARKS), str(BENCHMARKS.parent / "src")] if python is None else [str(BENCHMARKS)]
    here = os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | dict(env or {})
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        with subprocess.Popen(command, stdout=out, stderr=err, env=here) as child:
            peak = _watch(child)
        wall_s = time.perf_counter() - started
        out.seek(0)
        err.seek(0)
        if child.returncode:
            raise BenchmarkError(
                f"{script.parent.name}/{script.name} ended with {child.returncode}:\n{err.read()[-2000:]}"
            )
        return Measured(json.loads(out.read()), wall_s, peak)


def _watch(child: subprocess.Popen[bytes]) -> float:
    peak = 0.0
    while child.poll() is None:
        peak = max(peak, resident_mb(child.pid))
        time.sleep(_SECONDS_BETWEEN_SAMPLES)
    return peak
