"""Trainings written down as MLflow runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tenure.ports import TrackedRun
from tenure.stores.mlflow.connection import Connection, experiment_id, mlflow, new_run, quoted

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param, Run, RunTag

_AS_OF = "tenure.as_of"
_NAME = "tenure.name"
_PARENT = "mlflow.parentRunId"
_PAGE = 1000
_AT_ONCE = 100
"""The most parameters and tags that one request may hold."""


@dataclass(frozen=True, slots=True)
class _Batch:
    parameters: dict[str, str]
    metrics: dict[str, float]
    step: int
    tags: dict[str, str]


@dataclass(slots=True)
class MlflowTracker:
    """Trainings as MLflow runs: a run for each, a child for each trial, plain files as artifacts.

    Parameters
    ----------
    name
        Name of the experiment: the project's.
    models
        Folder of the artifacts and, without `uri`, of the database.
    uri
        Address of the tracking server or database; SQLite in `models` when None.
    artifacts
        Where files go instead, such as ``s3://bucket/prefix``.
    """

    name: str
    models: Path
    uri: str | None = None
    artifacts: str | None = None
    _connection: Connection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Nothing is opened before it is asked."""
        self._connection = Connection(self.models, self.uri, self.artifacts)

    @contextmanager
    def run(self, name: str, *, as_of: date) -> Iterator[TrackedRun]:
        """A run that ends with the block; one of the same name and `as_of` that was cut off goes on.

        Cut off is what was killed, interrupted or failed. Its trials that never ended are marked as
        killed: whoever tunes begins them anew.
        """
        with self._connection.exclusive() as client:
            experiment = experiment_id(client, self.name, self._connection)
            tags = {_NAME: name, _AS_OF: as_of.isoformat()}
            found = _unfinished(client, experiment, tags)
            run_id = found.info.run_id if found else new_run(client, experiment, name, tags)
            if found:
                _go_on(client, experiment, run_id)
        parameters = dict(found.data.params) if found else {}
        tracked = MlflowRun(self._connection, experiment, run_id, parameters)
        with _ended(tracked):
            yield tracked


@dataclass(slots=True)
class MlflowRun:
    """One MLflow run. A child keeps what it is told and sends it in one request when it ends."""

    _connection: Connection
    _experiment: str
    run_id: str
    _parameters: dict[str, str] = field(default_factory=dict)
    """What the run has already; MLflow lets nobody change a parameter."""
    _waiting: list[_Batch] | None = None

    def log(
        self,
        *,
        parameters: Mapping[str, str] | None = None,
        metrics: Mapping[str, float] | None = None,
        step: int = 0,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record parameters, metrics (at `step`) and tags of this run.

        A parameter that the run has with another value, because it was cut off and the project has
        changed since, becomes the tag ``changed.<name>``. Characters that MLflow does not take in a
        name become ``_``.
        """
        batch = _Batch(dict(parameters or {}), dict(metrics or {}), step, dict(tags or {}))
        if self._waiting is None:
            self._send([batch])
        else:
            self._waiting.append(batch)

    def log_file(self, path: Path, folder: str = "") -> None:
        """Keep a copy of a file, or of a folder, with the run."""
        with self._connection.asked() as client:
            send = client.log_artifacts if path.is_dir() else client.log_artifact
            send(self.run_id, str(path), folder or None)

    @contextmanager
    def child(self, name: str) -> Iterator[TrackedRun]:
        """A run below this one, such as a trial."""
        with self._connection.asked() as client:
            run_id = new_run(client, self._experiment, name, {_PARENT: self.run_id, _NAME: name})
        child = MlflowRun(self._connection, self._experiment, run_id, _waiting=[])
        with _ended(child):
            yield child

    def end(self, status: str) -> None:
        """Send what waits, and say how the run ended."""
        waiting, self._waiting = self._waiting, None
        if waiting:
            self._send(waiting)
        with self._connection.asked() as client:
            client.set_terminated(self.run_id, status)

    def _send(self, batches: list[_Batch]) -> None:
        metrics: list[Metric] = []
        parameters: list[Param] = []
        tags: list[RunTag] = []
        for batch in batches:
            fresh, changed = self._split_parameters(batch.parameters)
            parameters += [mlflow().entities.Param(name, value) for name, value in fresh.items()]
            tags += [_tag(name, value) for name, value in {**batch.tags, **changed}.items()]
            metrics += [_metric(name, value, batch.step) for name, value in batch.metrics.items()]
        with self._connection.asked() as client:
            for start in range(0, max(len(metrics), len(parameters), len(tags)), _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                client.log_batch(self.run_id, metrics=metrics[part], params=parameters[part], tags=tags[part])

    def _split_parameters(self, parameters: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """Parameters that are new, and tags for those that would change."""
        named = {_safe(name): str(value)[:6000] for name, value in parameters.items()}
        changed = {n: v for n, v in named.items() if n in self._parameters and self._parameters[n] != v}
        fresh = {n: v for n, v in named.items() if n not in self._parameters}
        self._parameters.update(fresh)
        return fresh, {f"changed.{name}": value for name, value in changed.items()}


@contextmanager
def _ended(run: MlflowRun) -> Iterator[None]:
    """End the run with the block: finished, or failed with whatever went through it."""
    status = "FAILED"
    try:
        yield
        status = "FINISHED"
    finally:
        run.end(status)


def _unfinished(client: MlflowClient, experiment: str, tags: Mapping[str, str]) -> Run | None:
    """The newest run with those tags that did not come to its end."""
    runs = _runs(client, experiment, tags, "!= 'FINISHED'")
    return next((run for run in runs if _PARENT not in run.data.tags), None)


def _go_on(client: MlflowClient, experiment: str, run_id: str) -> None:
    """Have a run that was cut off run again, and close its trials that were cut off with it."""
    client.update_run(run_id, status="RUNNING")
    for child in _runs(client, experiment, {_PARENT: run_id}, "= 'RUNNING'"):
        client.set_terminated(child.info.run_id, "KILLED")


def _runs(client: MlflowClient, experiment: str, tags: Mapping[str, str], status: str) -> list[Run]:
    asked = " and ".join(f"tags.`{key}` = {quoted(value)}" for key, value in tags.items())
    return list(
        client.search_runs(
            [experiment],
            filter_string=f"{asked} and attributes.status {status}",
            order_by=["attributes.start_time DESC"],
            max_results=_PAGE,
        )
    )


def _tag(name: str, value: str) -> RunTag:
    tag: RunTag = mlflow().entities.RunTag(_safe(name), str(value)[:5000])
    return tag


def _metric(name: str, value: float, step: int) -> Metric:
    # Without a time, a metric told again after a resume is the row that is there already.
    metric: Metric = mlflow().entities.Metric(_safe(name), float(value), 0, step)
    return metric


def _safe(name: str) -> str:
    return re.sub(r"[^\w./ -]", "_", name)[:250] or "_"
