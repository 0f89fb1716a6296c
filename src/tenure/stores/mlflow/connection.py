"""The way to one MLflow: opened when it is first asked, one process at a time where that matters."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenure.bundle.folder import locked
from tenure.errors import RegistryError
from tenure.stores.postgres import is_postgres, with_driver

if TYPE_CHECKING:
    from mlflow import MlflowClient

_SQLITE = "sqlite:///"
_LOCK = zlib.crc32(b"tenure.registry")
_PASSING = frozenset({"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"})


_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # stdout is for data
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


@cache
def mlflow() -> Any:
    """The MLflow package, imported on the first call: without telemetry, and without a word."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    import mlflow as package  # noqa: PLC0415 - takes a second, and most commands do without

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return package


@dataclass(slots=True)
class Connection:
    """The way to one MLflow, opened when it is first asked."""

    models: Path
    uri: str | None
    artifacts: str | None = None
    """Where files go, such as ``s3://bucket/prefix``; as the server says, or into the models folder."""
    _client: MlflowClient | None = None

    @property
    def address(self) -> str:
        """Where MLflow is: as given, or the database in the models folder."""
        if self.uri is None:
            return f"{_SQLITE}{(self.models / 'mlflow.db').resolve()}"
        return with_driver(self.uri)

    @property
    def is_server(self) -> bool:
        """Whether it is reached over HTTP, so that it cannot see our folders."""
        return self.address.startswith(("http://", "https://", "databricks"))

    @property
    def is_apart(self) -> bool:
        """Whether files go where other hosts find them, too, and not into the models folder alone."""
        return self.is_server or self.artifacts is not None

    @property
    def is_new(self) -> bool:
        """Whether it is a SQLite database that nobody has made yet."""
        return self.address.startswith(_SQLITE) and not Path(self.address.removeprefix(_SQLITE)).exists()

    @contextmanager
    def exclusive(self) -> Iterator[MlflowClient]:
        """The client, while no other process has it that shares the models folder, or the database."""
        with locked(self.models / ".registry.lock"), self._translated(), _alone(self.address):
            yield self._opened()

    @contextmanager
    def asked(self) -> Iterator[MlflowClient]:
        """The client, with its errors as ours."""
        if self._client is None:
            with self.exclusive():
                pass
        with self._translated():
            yield self._opened()

    def _opened(self) -> MlflowClient:
        if self._client is None:
            if self.is_new:
                _prepare(Path(self.address.removeprefix(_SQLITE)))
            self._client = mlflow().MlflowClient(tracking_uri=self.address, registry_uri=self.address)
        return self._client

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except _errors() as error:
            raise RegistryError(
                f"MLflow at {_without_password(self.address)} refuses: {str(error).splitlines()[0][:300]}",
                hint="look at the address under `tracking` in the project file, and whether it answers.",
                transient=getattr(error, "error_code", None) in _PASSING,
            ) from error


@contextmanager
def _alone(address: str) -> Iterator[None]:
    """Hold PostgreSQL's advisory lock, if that is where MLflow is; it is let go with the connection."""
    if not is_postgres(address):
        yield
        return
    from sqlalchemy import NullPool, create_engine, text  # noqa: PLC0415 - comes with MLflow

    with create_engine(address, poolclass=NullPool).connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        yield


def _errors() -> tuple[type[Exception], ...]:
    """What MLflow raises on purpose, and what its database raises through it."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - comes with MLflow

    return (mlflow().exceptions.MlflowException, SQLAlchemyError)


def _prepare(database: Path) -> None:
    """Make an empty SQLite database that keeps a write-ahead log: half the time for each write."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def experiment_id(client: MlflowClient, name: str, connection: Connection) -> str:
    """The id of the experiment, made when absent; its files lie in the models folder, or at the server."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    place = connection.artifacts
    if place is None and not connection.is_server:
        place = (connection.models / "artifacts").resolve().as_uri()
    return str(client.create_experiment(name, artifact_location=place))


def new_run(client: MlflowClient, experiment: str, name: str, tags: Mapping[str, str]) -> str:
    """The id of a run that begins now."""
    return str(client.create_run(experiment, run_name=name, tags=dict(tags)).info.run_id)


def quoted(text: str) -> str:
    """The text as it stands in an MLflow filter."""
    return "'" + text.replace("'", "\\'") + "'"


def _without_password(address: str) -> str:
    return re.sub(r"://[^@/]*@", "://***@", address)
