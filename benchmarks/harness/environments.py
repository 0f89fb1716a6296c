"""A peer's own environment: made once, from pins with hashes, below ``.benchmarks/``."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from harness.measuring import BENCHMARKS, BenchmarkError

ENVIRONMENTS = BENCHMARKS.parent / ".benchmarks"


def peer_python(name: str, requirements: Path) -> Path:
    """The interpreter of an environment that holds exactly the pinned packages.

    Made anew where the pins have changed, or where it was left half-made.

    Raises
    ------
    BenchmarkError
        If the packages cannot be installed.
    """
    venv = ENVIRONMENTS / name
    stamp, python = venv / "pins.sha256", venv / "bin" / "python"
    pins = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == pins:
        return python
    print(f"making the environment `{name}`: a minute or two", file=sys.stderr)
    shutil.rmtree(venv, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(venv))
    _install(python, requirements)
    stamp.write_text(pins, encoding="utf-8")
    return python


def _install(python: Path, requirements: Path) -> None:
    """With uv where it lies beside this interpreter, which is faster; otherwise with pip."""
    uv = Path(sys.executable).with_name("uv")
    hashed = ("--require-hashes", "-r", str(requirements))
    if uv.exists():
        try:
            _run(str(uv), "pip", "install", "--quiet", "--python", str(python), "--compile-bytecode", *hashed)
        except BenchmarkError:
            print("uv could not do it; trying pip", file=sys.stderr)
        else:
            return
    _run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", *hashed)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"`{' '.join(command)}` failed:\n{done.stderr[-2000:]}")
