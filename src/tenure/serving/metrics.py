"""What Prometheus is told: one set of numbers for all workers, which share them through files."""

from __future__ import annotations

import os
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable: the folder of the files; it must be set before this module is imported."""

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_SCORES = tuple(step / 20 for step in range(1, 20))


class Metrics:
    """The numbers of one worker."""

    def __init__(self) -> None:
        own = CollectorRegistry()
        self._registry = own
        if SHARED in os.environ:
            self._registry = CollectorRegistry()
            MultiProcessCollector(self._registry)  # type: ignore[no-untyped-call]
        self._requests = Counter(
            "tenure_requests", "Requests", ["endpoint", "status", "model_version"], registry=own
        )
        self._seconds = Histogram(
            "tenure_request_seconds", "Time to answer", ["endpoint"], buckets=_SECONDS, registry=own
        )
        self._scores = Histogram("tenure_score", "Scores", ["model_version"], buckets=_SCORES, registry=own)
        self._rows = Counter("tenure_rows", "Rows answered", ["model_version"], registry=own)
        self.fallback_level = _gauge(
            "tenure_fallback_level",
            "Where the model comes from: 0 production, 1 staging, 2 last good, 3 baked, 4 none",
            own,
        )
        self.office_age = _gauge(
            "tenure_office_age_seconds", "Time since the registry last said who is in office", own
        )
        self.log_bytes = _gauge("tenure_log_bytes", "Size of the prediction log, archives included", own)
        self.log_full = _gauge("tenure_log_full", "1 when there is no room for another answer", own)
        self.refused = _gauge("tenure_bundles_refused", "Bundles that were not taken into office", own)
        self.queue = Gauge(
            "tenure_log_queue",
            "Batches that wait to be scored and written down",
            registry=own,
            multiprocess_mode="livesum",
        )
        self.count = cache(self._counter)
        self.took = cache(self._timer)
        self.scored = cache(self._score_of)

    def render(self) -> bytes:
        """The numbers of all workers, in the text format of Prometheus."""
        return generate_latest(self._registry)

    def _counter(self, endpoint: str, status: int, version: str) -> Counter:
        return self._requests.labels(endpoint, str(status), version)

    def _timer(self, endpoint: str) -> Histogram:
        return self._seconds.labels(endpoint)

    def _score_of(self, version: str) -> tuple[Histogram, Counter]:
        return self._scores.labels(version), self._rows.labels(version)


def _gauge(name: str, said: str, registry: CollectorRegistry) -> Gauge:
    """A gauge of which the worst of the workers is told."""
    return Gauge(name, said, registry=registry, multiprocess_mode="livemax")
