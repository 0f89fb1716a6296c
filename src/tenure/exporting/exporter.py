"""A process that Prometheus scrapes: each scrape reads the newest period from the gold tables."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric

from tenure.domain.samples import Sample
from tenure.errors import NotifyError, TenureError
from tenure.stores.sinks import families


@dataclass(frozen=True, slots=True, eq=False)
class _Collector:
    read: Callable[[], Sequence[Sample]]

    def collect(self) -> Iterator[Metric]:
        """What the tables say now; a table that cannot be read is told as such, and nothing old is."""
        try:
            found = self.read()
        except TenureError:
            found = ()
        yield GaugeMetricFamily(
            "tenure_exporter_ok", "Whether the gold tables could be read", value=float(bool(found))
        )
        yield from families(found)

    def describe(self) -> tuple[Metric, ...]:
        """Nothing: what there is depends on the tables."""
        return ()


def serve_samples(
    read: Callable[[], Sequence[Sample]], *, host: str, port: int
) -> tuple[int, Callable[[], None]]:
    """Answer ``GET /metrics`` in a thread; the port taken, and what stops it.

    Raises
    ------
    NotifyError
        If the port is taken.
    """
    registry = CollectorRegistry()
    registry.register(_Collector(read))
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise NotifyError(f"port {port} of {host} cannot be taken: {error.strerror}") from error

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return int(server.server_port), stop


def wait_for_interrupt() -> None:
    """Sleep until somebody interrupts."""
    threading.Event().wait()
