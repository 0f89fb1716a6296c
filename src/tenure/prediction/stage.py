"""The shell: find who was in office when the period began, score its population, write the answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa

from tenure.bundle import Bundle, load_bundle
from tenure.domain.arms import Origin
from tenure.domain.artefacts import Gold, Predictions
from tenure.domain.models import ModelVersion
from tenure.domain.office import in_office
from tenure.domain.tables import AS_OF, DECISIONS, EVENT_TIME, FEATURES, ORIGIN, PREDICTIONS
from tenure.errors import BundleError
from tenure.ports import Engine, ModelRegistry, TableStore
from tenure.prediction.rows import prediction_rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

_BATCH = {ORIGIN: Origin.BATCH.value}


def predict(gold: Gold, *, registry: ModelRegistry, store: TableStore, engine: Engine) -> Predictions:
    """Scores of the period's population by the champion that was in office when the period began.

    Who that was is read from ``gold/decisions``, so a replay scores with the model of then. The
    rows go through in batches. With nobody in office, ``gold/predictions`` has no rows of the period.

    Raises
    ------
    BundleError
        If the champion needs a feature that is no longer built.
    """
    as_of = gold.period.as_of
    office = in_office(store.read(DECISIONS, until=as_of), as_of)
    if office is None:
        _remove(store, as_of)
        return Predictions(gold.period, None, None)
    champion = office.version
    bundle = load_bundle(registry.bundle(champion.version), sha256=champion.bundle_sha256)
    rows = _population(gold, bundle, store, engine)
    scored = _scored(engine.batches(rows), bundle, gold.keys, champion)
    return Predictions(gold.period, champion, store.replace(PREDICTIONS, scored, as_of=as_of, where=_BATCH))


def _remove(store: TableStore, as_of: date) -> None:
    """Take out what had been scored of the period; what was served in it stays."""
    if as_of in store.periods(PREDICTIONS):
        nothing = pa.table({ORIGIN: pa.array([], pa.string())})
        store.replace(PREDICTIONS, nothing, as_of=as_of, where=_BATCH)


def _population(gold: Gold, bundle: Bundle, store: TableStore, engine: Engine) -> ir.Table:
    """The period's feature rows, with the columns that the champion needs."""
    as_of = gold.period.as_of
    features = engine.scan(store.snapshot(FEATURES, until=as_of))
    needed = [spec.name for spec in bundle.schema.features]
    missing = [name for name in needed if name not in features.columns]
    if missing:
        raise BundleError(
            f"the champion needs {len(needed)} features, and {FEATURES} has no column "
            f"{', '.join(missing[:10])}",
            hint="put the feature back into the project file, or `tenure rollback` to a model without it.",
        )
    identity = [*gold.keys, EVENT_TIME]
    of_period = features.filter(features[AS_OF] == as_of).order_by([EVENT_TIME, *gold.keys])
    return of_period.select(list(dict.fromkeys([*identity, *needed])))


def _scored(
    batches: pa.RecordBatchReader, bundle: Bundle, keys: tuple[str, ...], champion: ModelVersion
) -> pa.RecordBatchReader:
    def scored(rows: pa.Table) -> pa.Table:
        return prediction_rows(rows, bundle, keys=keys, champion=champion)

    def stream() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield from scored(pa.Table.from_batches([batch])).to_batches()

    return pa.RecordBatchReader.from_batches(scored(batches.schema.empty_table()).schema, stream())
