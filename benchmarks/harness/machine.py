"""The machine and the packages of a measurement, in a sentence."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

_CPUINFO, _LOAD = Path("/proc/cpuinfo"), Path("/proc/loadavg")


def describe_machine(packages: Sequence[str] = ("duckdb", "deltalake", "ibis-framework", "pyarrow")) -> str:
    """Processor, cores, memory, how busy it was, Python, the versions of packages, and the day."""
    memory_gb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"Measured {time.strftime('%Y-%m-%d')} on {_processor()}, {os.cpu_count()} cores, "
        f"{memory_gb:.0f} GB, load {_load()} at the end; Python {platform.python_version()}, {versions}."
    )


def _processor() -> str:
    if not _CPUINFO.exists():
        return platform.processor() or platform.machine()
    names = [
        line for line in _CPUINFO.read_text(encoding="utf-8").splitlines() if line.startswith("model name")
    ]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def _load() -> str:
    return _LOAD.read_text(encoding="utf-8").split()[0] if _LOAD.exists() else "unknown"
