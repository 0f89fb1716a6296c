"""Wall and CPU seconds of the phases of a measurement, added up by name."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from harness.processes import cpu_seconds


class Clock:
    """What each phase has taken so far; a phase that comes again is added to itself."""

    def __init__(self) -> None:
        self.wall_s: dict[str, float] = {}
        self.cpu_s: dict[str, float] = {}
        """Of this process and all it has started."""

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what happens inside as part of a phase."""
        cpu, wall = cpu_seconds(os.getpid()), time.perf_counter()
        yield
        self.wall_s[name] = self.wall_s.get(name, 0.0) + time.perf_counter() - wall
        self.cpu_s[name] = self.cpu_s.get(name, 0.0) + cpu_seconds(os.getpid()) - cpu

    def as_json(self) -> dict[str, dict[str, float]]:
        """Wall and CPU seconds by phase."""
        return {"wall_s": self.wall_s, "cpu_s": self.cpu_s}
