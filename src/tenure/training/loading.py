"""What a training starts from: audited, labelled rows of the datamart, split and encoded."""

from __future__ import annotations

from datetime import date

from tenure.domain.artefacts import Audit, Gold
from tenure.domain.cuts import CutPolicy
from tenure.ports import Engine, TableStore
from tenure.training.config import ModelConfig
from tenure.training.monotone import require_orders
from tenure.training.preparing import Prepared, prepare
from tenure.training.requirements import require_audit
from tenure.training.rows import load_labelled_rows, require_labels


def load_prepared(
    gold: Gold,
    audit: Audit,
    *,
    as_of: date,
    model: ModelConfig,
    cuts: CutPolicy | None,
    store: TableStore,
    engine: Engine,
) -> Prepared:
    """The rows whose labels are known by `as_of`, split and encoded.

    Raises
    ------
    LeakageError
        If the audit found errors that are not muted.
    NotEnoughLabelsError
        If too few labels are known, or a side of the split lacks a class.
    TrainingError
        If the classes do not fit the task, no feature varies, or a direction cannot be kept.
    """
    require_audit(audit)
    require_orders(gold.columns, model.monotone)
    rows = load_labelled_rows(gold.columns, gold.keys, as_of=as_of, store=store, engine=engine)
    require_labels(rows, at_least=model.min_labels, as_of=as_of)
    return prepare(rows, gold.columns, model=model, cuts=cuts)
