"""What the stages ask of the world. Adapters in ``stores`` answer; ``testing`` holds the contracts.

A stage takes the ports it needs as keyword-only arguments, under the names used here: ``store``,
``engine``, ``registry``, ``tracker``, ``progress``, ``online``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar, runtime_checkable

from tenure.domain.incidents import AlertMessage
from tenure.domain.models import ModelVersion
from tenure.domain.online import OnlineRow
from tenure.domain.samples import Sample
from tenure.domain.tables import RawTable, Snapshot, TableSlice

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

T = TypeVar("T")

Prepare: TypeAlias = "Callable[[ir.Table], ir.Table]"
"""What is made of rows: a function without effects, equal to another that makes the same of them."""


@runtime_checkable
class TableStore(Protocol):
    """Versioned tables, partitioned by ``as_of``, each write one atomic commit."""

    def exists(self, table: str) -> bool:
        """Whether the table has ever been written."""
        ...

    def tables(self) -> tuple[str, ...]:
        """The names of all tables, sorted."""
        ...

    def version(self, table: str) -> int:
        """The version of the table; -1 when it does not exist."""
        ...

    def replace(
        self,
        table: str,
        rows: pa.Table | pa.RecordBatchReader,
        *,
        as_of: date,
        where: Mapping[str, str] | None = None,
    ) -> TableSlice:
        """Put `rows` in the place of the period's rows (those that match `where`, too), atomically.

        `rows` carry no ``as_of`` column; the store adds it. Columns new to the table are added to
        it, columns it has and `rows` lack are null. Replacing with the same rows changes no content.
        """
        ...

    def remove(self, table: str, *, as_of: date) -> None:
        """Take the period's rows out, atomically; nothing happens when there are none."""
        ...

    def snapshot(self, table: str, *, after: date | None = None, until: date | None = None) -> Snapshot:
        """The files that hold the rows with ``after < as_of <= until`` (no bound where None).

        A table that does not exist is a `StoreError`; one without rows in the range has no files.
        """
        ...

    def read(
        self,
        table: str,
        *,
        columns: Sequence[str] | None = None,
        after: date | None = None,
        until: date | None = None,
    ) -> pa.Table:
        """The rows with ``after < as_of <= until`` in memory: for small tables only.

        A table that does not exist reads as an empty table without columns.
        """
        ...

    def periods(self, table: str) -> tuple[date, ...]:
        """The periods that have rows in the table, ascending; empty when it does not exist."""
        ...

    def content_hash(self, table: str) -> str:
        """A hash of the table's rows, whatever their order, files and versions."""
        ...


@runtime_checkable
class Engine(Protocol):
    """Where expressions run. Every table it hands out is an Ibis expression, evaluated lazily."""

    def scan(self, snapshot: Snapshot) -> ir.Table:
        """The rows of a snapshot, with its schema, ``as_of`` included; no files make no rows."""
        ...

    def pin_raw(self, raw: RawTable) -> RawTable:
        """The raw table as it is now: a Delta table at its newest version, any other as it was given.

        Columns and rows read of it are then those of one version, whatever is written meanwhile.
        """
        ...

    def raw_columns(self, raw: RawTable) -> Mapping[str, tuple[str, ...]]:
        """The columns of each raw file, by what ``_file`` says for it; raises as `read_raw` does."""
        ...

    def read_raw(self, raw: RawTable, *, prepare: Prepare | None = None) -> ir.Table:
        """The rows of raw files as received, with ``_file`` (name) and ``_row`` (1-based, per file).

        CSV columns are text. Files that lack a column other files have give nulls in it. The rows are
        read once and kept by the engine for as long as the files, or the version of a Delta table, do not
        change; those of a database for as long as the engine lives. Times with a zone are told in UTC.
        A column of a Delta table or a database whose name bronze keeps for itself is renamed
        (`tenure.domain.columns.their_name`).

        Parameters
        ----------
        raw
            Which files, and how they are written.
        prepare
            What is made of the rows before they are kept, such as added columns or an order; equal
            functions give the same rows, without reading again.

        Raises
        ------
        SourceError
            If a file or table is missing, empty, truncated, or not what it is declared to be; transient
            where a database or object store does not answer.
        """
        ...

    def table(self, rows: pa.Table) -> ir.Table:
        """Rows in memory as an expression."""
        ...

    def parse_time(self, text: ir.StringValue, time_format: str | None) -> ir.TimestampValue:
        """Text as a timestamp by a strptime format (ISO when None); null where it does not fit."""
        ...

    def histogram(self, values: ir.FloatingColumn, bounds: Sequence[float]) -> ir.ArrayScalar:
        """An aggregate: rows with ``v <= bounds[0]``, then ``bounds[i - 1] < v <= bounds[i]``, then above.

        Null values are left out, and there are no NaN among them. `bounds` ascend strictly. An entry at
        the end that is 0 may be left out; the array is null where no row has a value.
        """
        ...

    def sql(self, query: str, tables: Mapping[str, ir.Table]) -> ir.Table:
        """A query in DuckDB's dialect over the named tables, and over nothing else.

        Raises
        ------
        ProjectError
            If the query cannot be parsed or asks for a table or column that is not there.
        """
        ...

    def cache(self, expression: ir.Table) -> ir.Table:
        """The same rows, computed once and kept by the engine, not in Python.

        They are kept for as long as the expression, or one that was made from it, is in use.
        """
        ...

    def prepared(
        self,
        key: str,
        make: Callable[[Mapping[str, ir.Table]], ir.Table],
        tables: Mapping[str, ir.Table],
        moments: Mapping[ir.TimestampScalar, datetime] | None = None,
    ) -> ir.Table:
        """The rows of ``make(tables)``, evaluated as lazily as any expression.

        Equal keys promise the same expression over tables of the same columns, so that an engine may
        keep what it compiled of the first one and not call `make` again: compiling hundreds of
        aggregates takes longer than running them on a period's rows. What differs from one period to
        the next are its tables, and its `moments`: parameters (``ibis.param("timestamp")``) that the
        expression reads, and what each stands for this time.
        """
        ...

    def batches(self, expression: ir.Table) -> pa.RecordBatchReader:
        """The rows as a stream, so that no table has to fit in memory."""
        ...

    def arrow(self, expression: ir.Table) -> pa.Table:
        """The rows in memory: for a period of one source, or a training table, at most."""
        ...


@runtime_checkable
class ModelRegistry(Protocol):
    """Versions of the project's one model, and which of them is in office."""

    def register(self, bundle: Path, *, as_of: date, sha256: str, tags: Mapping[str, str]) -> ModelVersion:
        """Store the bundle as a new version at alias ``staging``.

        Registering the same bundle (by `sha256`) for the same `as_of` again gives the version there is.
        """
        ...

    def versions(self) -> tuple[ModelVersion, ...]:
        """All versions, oldest first."""
        ...

    def production(self) -> ModelVersion | None:
        """The champion, or None."""
        ...

    def staging(self) -> ModelVersion | None:
        """The challenger, or None."""
        ...

    def promote(self, version: int, *, expected: int | None) -> None:
        """Move ``production`` to `version` in one step, if it is at `expected` (None: at nobody).

        Promoting the version that is in office already changes nothing.

        Raises
        ------
        StaleVersionError
            If somebody else is in office; nothing has changed then.
        """
        ...

    def bundle(self, version: int) -> Path:
        """A local folder with the version's bundle."""
        ...


class TrackedRun(Protocol):
    """One run of an experiment: where parameters, metrics and files of a training go."""

    @property
    def run_id(self) -> str:
        """The tracker's identity of the run."""
        ...

    def log(
        self,
        *,
        parameters: Mapping[str, str] | None = None,
        metrics: Mapping[str, float] | None = None,
        step: int = 0,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Record parameters, metrics (at `step`) and tags of this run."""
        ...

    def log_file(self, path: Path, folder: str = "") -> None:
        """Keep a copy of a file, or of a folder, with the run."""
        ...

    def child(self, name: str) -> AbstractContextManager[TrackedRun]:
        """A run below this one, such as a trial."""
        ...


@runtime_checkable
class ExperimentTracker(Protocol):
    """Where trainings are written down."""

    def run(self, name: str, *, as_of: date) -> AbstractContextManager[TrackedRun]:
        """A run that ends with the block; a run of the same name and `as_of` cut off before is resumed."""
        ...


@runtime_checkable
class OnlineStore(Protocol):
    """The latest known row of features of each entity, for who answers one request at a time.

    Rows have the entity's keys, ``event_time``, ``as_of`` and a column per feature; numbers, booleans, texts,
    dates, times, decimals and nulls. Each write is atomic: whoever reads sees all of it or nothing of it.
    One store serves one project. What goes wrong is an `OnlineStoreError`, transient where the store
    does not answer; it tells no address.
    """

    def add(self, rows: pa.RecordBatchReader, *, keys: Sequence[str]) -> int:
        """Put in each row that is not older than the one there is of its entity; how many were looked at.

        Newer is the later ``event_time``, of two at one time the later ``as_of``: adding an old period
        again, or periods in any order, ends with the same rows. Rows with a null key are left out.
        """
        ...

    def replace(self, rows: pa.RecordBatchReader, *, keys: Sequence[str]) -> int:
        """Put the rows in the place of everything there is; of one entity the newest stays."""
        ...

    def holds(self, as_of: date) -> bool:
        """Whether a row that the period's run wrote may be among those that are there."""
        ...

    def latest(self, entities: Sequence[Mapping[str, object]]) -> tuple[OnlineRow | None, ...]:
        """The row of each entity (its keys by name), all of one moment; None for one that is not there.

        May be called from several threads.

        Raises
        ------
        OnlineStoreError
            If the store does not answer, or nothing was ever put into it.
        """
        ...

    def close(self) -> None:
        """Give up what is open; a later call opens it again."""
        ...


@runtime_checkable
class Progress(Protocol):
    """How far long work has come, for the person who waits."""

    def track(self, items: Iterable[T], description: str, *, total: int | None = None) -> Iterable[T]:
        """Pass `items` through, showing how many are done."""
        ...

    def say(self, message: str) -> None:
        """One line of what is happening."""
        ...


@runtime_checkable
class FeatureBuilder(Protocol):
    """Build features again, as if nothing were known after a day: what the audit compares with."""

    def __call__(self, *, events: Sequence[date], known_by: date) -> ir.Table:
        """Keys, ``event_time`` and features of the population whose event lies on one of the days.

        Only rows known by the end of `known_by` are there to be read.
        """
        ...


@runtime_checkable
class Notifier(Protocol):
    """One channel on which somebody is told of incidents."""

    @property
    def name(self) -> str:
        """What the channel is called in tables and messages: never its address."""
        ...

    def send(self, message: AlertMessage) -> None:
        """Hand the message over.

        Raises
        ------
        NotifyError
            If the channel did not take it; the error tells no address, user or password.
        """
        ...


@runtime_checkable
class MetricsSink(Protocol):
    """Where the newest numbers go."""

    def write(self, samples: Sequence[Sample]) -> None:
        """Put the samples in the place of those there.

        Raises
        ------
        NotifyError
            If the sink did not take them; the error tells no password.
        """
        ...


class Silent:
    """Progress that nobody watches."""

    def track(
        self,
        items: Iterable[T],
        description: str,  # noqa: ARG002 - the port asks for it
        *,
        total: int | None = None,  # noqa: ARG002 - the port asks for it
    ) -> Iterable[T]:
        """Pass `items` through."""
        return items

    def say(self, message: str) -> None:
        """Say nothing."""
