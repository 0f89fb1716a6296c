"""What Prometheus is told: each worker counts for itself, whoever is asked adds them up.

A worker writes its numbers to a file of its own every half a second. Counting in shared memory, as the
multi-process mode of prometheus-client does, takes a tenth of the time of a whole request.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from tenure.serving.office import replace_file

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_SCORES = tuple(step / 20 for step in range(1, 20))
_DAY = 86400.0
_AGES = (3600.0, *(_DAY * days for days in (0.25, 1, 2, 7, 14, 31, 62, 92, 183, 366, 731)))
_EDGES = {"seconds": _SECONDS, "scores": _SCORES, "ages": _AGES}
_GAUGES: Mapping[str, tuple[str, Callable[[Iterable[float]], float]]] = {
    "fallback_level": ("0 production, 1 staging, 2 last good, 3 baked, 4 none", max),
    "office_age_seconds": ("Time since the registry last said who is in office", max),
    "log_bytes": ("Size of the prediction log, archives included", max),
    "log_full": ("1 when there is no room for another answer", max),
    "log_queue": ("Batches that wait to be scored and written down", sum),
    "challenger_tried": ("1 while a challenger is asked beside the model in office", max),
    "challenger_failures": ("Requests for which the challenger had no answer", sum),
    "bundles_refused": ("Bundles that were not taken into office", max),
}


@dataclass(slots=True)
class Counted:
    """Values by bin, and their sum."""

    bins: list[int]
    total: float = 0.0

    def add(self, value: float, edges: tuple[float, ...]) -> None:
        """Count one value: into the first bin whose upper edge is not below it."""
        self.bins[bisect_left(edges, value)] += 1
        self.total += value

    def add_all(self, values: npt.NDArray[np.float64], edges: tuple[float, ...]) -> None:
        """Count many values at once, as `add` would one after the other."""
        for place, n in enumerate(np.bincount(np.searchsorted(edges, values), minlength=len(self.bins))):
            self.bins[place] += int(n)
        self.total += float(values.sum())


@dataclass(slots=True)
class Metrics:
    """The numbers of one worker.

    Parameters
    ----------
    folder
        Where the files of all workers lie.
    """

    folder: Path
    gauges: dict[str, float] = field(default_factory=dict)
    """What is so now, by name."""
    _requests: defaultdict[tuple[str, int, str], int] = field(default_factory=lambda: defaultdict(int))
    _seconds: defaultdict[str, Counted] = field(default_factory=lambda: defaultdict(_no_seconds))
    _scores: defaultdict[str, Counted] = field(default_factory=lambda: defaultdict(_no_scores))
    _ages: defaultdict[str, Counted] = field(default_factory=lambda: defaultdict(_no_ages))
    _lookups: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def answered(self, endpoint: str, status: int, version: str, seconds: float) -> None:
        """Count a request, by who answered it."""
        self._requests[endpoint, status, version] += 1
        self._seconds[endpoint].add(seconds, _SECONDS)

    def scored(self, version: str, score: float) -> None:
        """Count a row's score."""
        self._scores[version].add(score, _SCORES)

    def scored_all(self, version: str, scores: npt.NDArray[np.float64]) -> None:
        """Count the scores of a batch."""
        self._scores[version].add_all(scores, _SCORES)

    def looked_up(self, outcome: str) -> None:
        """Count a row the online store was asked for: ``found``, ``unknown``, ``too_old`` or ``down``."""
        self._lookups[outcome] += 1

    def aged(self, seconds: float) -> None:
        """Count the age of a row of stored features."""
        self._ages["online"].add(seconds, _AGES)

    def write(self) -> None:
        """Put the numbers where every worker finds them."""
        replace_file(self.folder / f"{os.getpid()}.json", json.dumps(self._as_json()).encode())

    def render(self) -> bytes:
        """The numbers of all workers, in the text format of Prometheus."""
        registry = CollectorRegistry()
        registry.register(_Collector(list(self._all())))
        return generate_latest(registry)

    def _as_json(self) -> dict[str, Any]:
        return {
            "requests": [[*key, n] for key, n in list(self._requests.items())],
            "seconds": _bins(self._seconds),
            "scores": _bins(self._scores),
            "ages": _bins(self._ages),
            "lookups": dict(self._lookups),
            "gauges": self.gauges,
        }

    def _all(self) -> Iterator[dict[str, Any]]:
        """What every worker counted, the dead ones included; what is so now, of those that live."""
        yield self._as_json()
        for path in self.folder.glob("[0-9]*.json"):
            process = int(path.stem)
            if process == os.getpid():
                continue
            content = json.loads(path.read_bytes())
            yield content if _lives(process) else {**content, "gauges": {}}


class _Collector:
    """The sum over workers, as prometheus-client asks for it."""

    def __init__(self, workers: list[dict[str, Any]]) -> None:
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "tenure_requests", "Requests", labels=["endpoint", "status", "model_version"]
        )
        for (endpoint, status, version), n in self._summed_requests().items():
            requests.add_metric([endpoint, str(status), version], n)
        yield requests
        yield self._histogram("tenure_request_seconds", "Time to answer", "seconds", "endpoint")
        yield self._histogram("tenure_score", "Scores", "scores", "model_version")
        yield self._histogram("tenure_features_age_seconds", "Age of stored features", "ages", "origin")
        yield self._lookups()
        for name, (said, together) in _GAUGES.items():
            values = [worker["gauges"].get(name, 0.0) for worker in self._workers]
            yield GaugeMetricFamily(f"tenure_{name}", said, value=together(values))

    def _lookups(self) -> CounterMetricFamily:
        family = CounterMetricFamily(
            "tenure_lookups", "Rows completed from the online store", labels=["outcome"]
        )
        for outcome in ("found", "unknown", "too_old", "down"):
            family.add_metric([outcome], sum(worker["lookups"].get(outcome, 0) for worker in self._workers))
        return family

    def _summed_requests(self) -> dict[tuple[str, int, str], int]:
        found: defaultdict[tuple[str, int, str], int] = defaultdict(int)
        for worker in self._workers:
            for endpoint, status, version, n in worker["requests"]:
                found[endpoint, status, version] += n
        return found

    def _histogram(self, name: str, said: str, key: str, label: str) -> HistogramMetricFamily:
        family = HistogramMetricFamily(name, said, labels=[label])
        edges = [*map(str, _EDGES[key]), "+Inf"]
        for value in sorted({value for worker in self._workers for value in worker[key]}):
            parts = [worker[key][value] for worker in self._workers if value in worker[key]]
            heights = [sum(column) for column in zip(*(part["bins"] for part in parts), strict=True)]
            reached = [sum(heights[: place + 1]) for place in range(len(heights))]
            total = sum(part["total"] for part in parts)
            family.add_metric([value], list(zip(edges, reached, strict=True)), total)
        return family


def _bins(counted: Mapping[str, Counted]) -> dict[str, Any]:
    return {name: {"bins": one.bins, "total": one.total} for name, one in list(counted.items())}


def _no_seconds() -> Counted:
    return Counted([0] * (len(_SECONDS) + 1))


def _no_scores() -> Counted:
    return Counted([0] * (len(_SCORES) + 1))


def _no_ages() -> Counted:
    return Counted([0] * (len(_AGES) + 1))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
