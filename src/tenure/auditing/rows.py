"""The rows that a model would be trained on, as the audit looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.domain.cuts import LabelCuts, class_names
from tenure.domain.features import FeatureColumn, FeatureKind, label_rows
from tenure.domain.protected import with_attributes
from tenure.domain.tables import EVENT_TIME, FEATURES, LABEL, LABELS, PROTECTED
from tenure.ports import Engine, TableStore


@dataclass(frozen=True)
class AuditedRows:
    """Labelled rows in memory, with their features, in a fixed order."""

    table: pa.Table
    keys: tuple[str, ...]
    columns: tuple[FeatureColumn, ...]
    cuts: LabelCuts | None = None
    """Where a label that is a number is cut into classes."""
    why_no_classes: str = ""
    """Why it could not be cut; empty where it was, and where a label is a class."""

    @cached_property
    def labels(self) -> list[str]:
        """The class of each row, by name; none where the label could not be cut."""
        return (
            [] if self.why_no_classes else [str(name) for name in class_names(self.table[LABEL], self.cuts)]
        )

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes that occur, sorted."""
        return tuple(sorted(set(self.labels)))

    @cached_property
    def codes(self) -> npt.NDArray[np.int64]:
        """The class of each row, as its place in `classes`."""
        places = {name: place for place, name in enumerate(self.classes)}
        return np.array([places[name] for name in self.labels], dtype=np.int64)

    @cached_property
    def event_times(self) -> npt.NDArray[np.datetime64]:
        """When each row's event happened."""
        times: npt.NDArray[np.datetime64] = self.table[EVENT_TIME].to_numpy()
        return times

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """A numeric feature; NaN for null."""
        values: npt.NDArray[np.float64] = self.table[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
        return values

    def is_null(self, name: str) -> npt.NDArray[np.bool_]:
        """Which rows have no value (or one that is not a number)."""
        null: npt.NDArray[np.bool_] = self.table[name].is_null(nan_is_null=True).to_numpy()
        return null


def load_rows(
    columns: Sequence[FeatureColumn],
    keys: Sequence[str],
    *,
    as_of: date,
    store: TableStore,
    engine: Engine,
) -> AuditedRows:
    """The labelled rows known by `as_of`; none when there are no labels yet."""
    names = [column.name for column in columns]
    features = engine.scan(store.snapshot(FEATURES, until=as_of))
    labels = engine.scan(store.snapshot(LABELS, until=as_of))
    joined = label_rows(features, labels, keys=keys)
    wanted = joined.select(*keys, EVENT_TIME, "known_at", "label_known_at", LABEL, *names)
    if store.exists(PROTECTED):
        attributes = engine.scan(store.snapshot(PROTECTED, until=as_of))
        wanted = with_attributes(wanted, attributes, keys=keys)
    ordered = wanted.order_by([EVENT_TIME, *keys])
    return AuditedRows(engine.arrow(ordered), tuple(keys), tuple(columns))


def numeric(columns: Sequence[FeatureColumn]) -> tuple[str, ...]:
    """The names of the numeric features."""
    return tuple(column.name for column in columns if column.kind is FeatureKind.NUMBER)
