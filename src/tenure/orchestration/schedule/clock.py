"""What time it is: asked here, to find out what is due, and nowhere else."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Protocol

_SLICE_SECONDS = 30.0
"""The clock is looked at so often, for it may be set, and a machine may sleep."""


class Clock(Protocol):
    """Tells the time, and waits."""

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is to be begun."""
        ...

    def now(self) -> datetime:
        """The time where the lender is, with its zone."""
        ...

    def wait(self, until: datetime) -> None:
        """Return at `until`, or as soon as it is stopped."""
        ...


class SystemClock:
    """The clock of the machine, in its own zone; stopped by a signal, for example."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """End the waiting, and let nothing more begin."""
        self._stopped.set()

    def now(self) -> datetime:
        """The time now."""
        return datetime.now().astimezone()  # noqa: TID251 - the one clock, in the machine's zone

    def wait(self, until: datetime) -> None:
        """Return at `until`, or as soon as it is stopped."""
        while not self.is_stopped and (left := (until - self.now()).total_seconds()) > 0:
            self._stopped.wait(min(left, _SLICE_SECONDS))
