"""The rows a candidate is judged on, and those of them that the champion has not seen either."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa

from tenure.domain.features import label_rows
from tenure.domain.models import Span, Split
from tenure.domain.protected import with_attributes
from tenure.domain.splits import Times, belongs_to
from tenure.domain.tables import EVENT_TIME, FEATURES, KNOWN_AT, LABEL, LABELS, PROTECTED
from tenure.errors import BundleError
from tenure.ports import Engine, TableStore
from tenure.stats.arrays import Bools

if TYPE_CHECKING:
    import ibis.expr.types as ir


def read_labelled_rows(
    span: Span,
    *,
    as_of: date,
    keys: Sequence[str],
    features: Sequence[str],
    store: TableStore,
    engine: Engine,
) -> pa.Table:
    """Rows of ``gold`` that belong to `span` and whose label was known by the end of `as_of`.

    Keys, event time, label, `features` and any protected attributes, ordered by event time and keys: the
    same rows in the same order on every run.

    Raises
    ------
    BundleError
        If a feature is no longer a column of ``gold/features``.
    """
    table = engine.scan(store.snapshot(FEATURES, until=as_of))
    missing = [name for name in features if name not in table.columns]
    if missing:
        raise BundleError(
            f"{FEATURES} has no column {', '.join(missing[:10])}, which a model to be judged was fitted on",
            hint="put the feature back into the project file, or start a project of another name.",
        )
    labels = engine.scan(store.snapshot(LABELS, until=as_of))
    labels = labels.filter(labels[KNOWN_AT] < _after(as_of), labels[LABEL].notnull())
    rows = label_rows(_within(table, span), labels, keys=keys)
    order = [EVENT_TIME, *keys]
    wanted = rows.select(*dict.fromkeys([*order, LABEL, *features]))
    if store.exists(PROTECTED):
        attributes = engine.scan(store.snapshot(PROTECTED, until=as_of))
        wanted = with_attributes(wanted, attributes, keys=keys)
    found = engine.arrow(wanted.order_by(order))
    return found.filter(pa.array(belongs_to(span, found, keys, _event_times(found))))


def unseen(rows: pa.Table, keys: Sequence[str], split: Split) -> Bools:
    """Which rows a model with that split was neither fitted nor tuned on, by event and entity.

    Examples
    --------
    >>> march, may, july = (Span(date(2024, m, 1), date(2024, m, 1), 9) for m in (3, 5, 7))
    >>> times = [datetime(2024, month, 1) for month in (3, 4, 5, 6, 7)]
    >>> rows = pa.table({"event_time": times, "id": list("abcde")})
    >>> unseen(rows, ["id"], Split(train=march, validation=may, test=july))
    array([False,  True, False,  True,  True])
    """
    times = _event_times(rows)
    trained, tuned = (belongs_to(span, rows, keys, times) for span in (split.train, split.validation))
    return ~(trained | tuned)


def _event_times(rows: pa.Table) -> Times:
    return np.asarray(rows[EVENT_TIME].cast(pa.timestamp("us")))


def _within(table: ir.Table, span: Span) -> ir.Table:
    times = table[EVENT_TIME]
    return table.filter((times >= _literal(span.first)) & (times < _after(span.last)))


def _after(day: date) -> ir.TimestampScalar:
    """The first moment after `day`."""
    return _literal(day + timedelta(days=1))


def _literal(day: date) -> ir.TimestampScalar:
    return ibis.literal(datetime.combine(day, time.min))
