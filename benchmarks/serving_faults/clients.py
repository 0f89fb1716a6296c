"""Clients that ask without a pause, and what they saw when."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Self

LOST = 0
"""In the place of a status: the connection broke before an answer had come."""


class Seen(NamedTuple):
    """One request."""

    at: float
    """When it was sent: seconds of ``time.monotonic``."""
    status: int
    seconds: float
    version: int | None
    """Of the model that answered."""
    why: str = ""
    """How the connection broke."""


class Clients:
    """Threads with a connection each, which they open again when it is lost; a request is never repeated.

    Parameters
    ----------
    port
        Of 127.0.0.1.
    body
        What they send to ``/predict``.
    n_clients
        How many.
    pause_seconds
        What each waits after an answer.
    """

    def __init__(self, port: int, body: bytes, *, n_clients: int = 4, pause_seconds: float = 0.0) -> None:
        self.seen: list[Seen] = []
        self._port, self._body, self._pause = port, body, pause_seconds
        self._numbers = itertools.count()
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(n_clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, n_more: int, *, seconds: float = 60.0) -> None:
        """Until so many more requests have ended.

        Raises
        ------
        TimeoutError
            If they have not by then.
        """
        wanted, until = len(self.seen) + n_more, time.monotonic() + seconds
        while len(self.seen) < wanted:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(self.seen)} requests ended, not {wanted}")
            time.sleep(0.01)

    def statuses(self) -> Counter[int]:
        """How many requests ended with which status."""
        return Counter(one.status for one in self.seen)

    def _ask_on(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._stopped.is_set():
            start = time.monotonic()
            status, version, why = self._ask(connection)
            self.seen.append(Seen(start, status, time.monotonic() - start, version, why))
            if self._pause:
                time.sleep(self._pause)
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection) -> tuple[int, int | None, str]:
        headers = {"Content-Type": "application/json", "X-Request-ID": f"faults-{next(self._numbers)}"}
        try:
            connection.request("POST", "/predict", self._body, headers)
            said = connection.getresponse()
            content = said.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return LOST, None, repr(error)
        version = json.loads(content).get("model_version") if said.status == 200 else None
        return said.status, version, ""


def p99_ms(seen: Sequence[Seen]) -> float:
    """The 99th percentile of the time to an answer, in milliseconds; NaN of none."""
    return quantile_ms(seen, 0.99)


def quantile_ms(seen: Sequence[Seen], share: float) -> float:
    """A quantile of the time to an answer, in milliseconds: the smallest time that so many did not exceed."""
    times = sorted(one.seconds for one in seen)
    return times[min(len(times) - 1, int(share * len(times)))] * 1e3 if times else float("nan")
