"""The rows a model may learn from: features that have a label known by the end of the period."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.domain.cuts import LabelCuts, class_names
from tenure.domain.features import FeatureColumn, label_rows
from tenure.domain.splits import Mask, Times
from tenure.domain.tables import EVENT_TIME, FEATURES, LABEL, LABELS
from tenure.errors import NotEnoughLabelsError
from tenure.ports import Engine, TableStore

LABEL_KNOWN_AT = "label_known_at"


@dataclass(frozen=True)
class LabelledRows:
    """Rows in memory with their features and labels, in the order of event time and keys."""

    table: pa.Table
    keys: tuple[str, ...]

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return int(self.table.num_rows)

    @cached_property
    def labels(self) -> npt.NDArray[np.object_]:
        """The label of each row: its class by name, or the number that classes are cut from."""
        return np.array(self.table[LABEL].to_pylist(), dtype=object)

    def cut(self, cuts: LabelCuts | None) -> LabelledRows:
        """The same rows with the class of each label in its place; these rows where there are no cuts.

        Raises
        ------
        ProjectError
            If the labels are numbers and there are no cuts, or there are cuts and the labels are names.
        """
        names = class_names(self.table[LABEL], cuts)
        if cuts is None:
            return self
        place = self.table.column_names.index(LABEL)
        classes = pa.array(names.tolist(), pa.string())
        return LabelledRows(self.table.set_column(place, LABEL, classes), self.keys)

    @property
    def event_times(self) -> Times:
        """When each row's event happened."""
        return self._times(EVENT_TIME)

    @property
    def label_known_at(self) -> Times:
        """When each row's label was known."""
        return self._times(LABEL_KNOWN_AT)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of which rows these are: of keys and event times, in order; of no feature."""
        digest = hashlib.sha256()
        for name in (*self.keys, EVENT_TIME):
            digest.update(repr((name, self.table[name].to_pylist())).encode())
        return digest.hexdigest()

    def take(self, rows: Mask) -> LabelledRows:
        """Those rows, in the same order."""
        return LabelledRows(self.table.filter(pa.array(rows)).combine_chunks(), self.keys)

    def _times(self, name: str) -> Times:
        times: Times = self.table[name].cast(pa.timestamp("us")).to_numpy()
        return times


def load_labelled_rows(
    columns: Sequence[FeatureColumn],
    keys: Sequence[str],
    *,
    as_of: date,
    store: TableStore,
    engine: Engine,
) -> LabelledRows:
    """Every row of ``gold/features`` that has a label known by the end of `as_of`.

    Raises
    ------
    NotEnoughLabelsError
        If there is no label at all.
    """
    if not (store.exists(LABELS) and store.exists(FEATURES)):
        raise NotEnoughLabelsError(
            f"no label is known by {as_of}: there is no table `{LABELS}` yet",
            hint="run periods until the outcomes of the first events are known.",
        )
    features = engine.scan(store.snapshot(FEATURES, until=as_of))
    labels = engine.scan(store.snapshot(LABELS, until=as_of))
    joined = label_rows(features, labels, keys=keys)
    known = joined.filter(joined[LABEL].notnull(), joined[LABEL_KNOWN_AT] < as_of + timedelta(days=1))
    names = [column.name for column in columns]
    wanted = known.select(*keys, EVENT_TIME, LABEL_KNOWN_AT, LABEL, *names)
    return LabelledRows(engine.arrow(wanted.order_by([EVENT_TIME, *keys])), tuple(keys))


def require_labels(rows: LabelledRows, *, at_least: int, as_of: date) -> None:
    """Refuse fewer labelled rows than that.

    Raises
    ------
    NotEnoughLabelsError
        If there are fewer.
    """
    if rows.n_rows < at_least:
        raise NotEnoughLabelsError(
            f"{rows.n_rows:,} labelled rows are known by {as_of}; {at_least:,} are needed (model.min_labels)",
            hint="wait for more labels, or set `model.min_labels`.",
        )
