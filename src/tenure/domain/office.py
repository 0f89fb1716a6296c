"""Who was in office when: read from the decisions, not from whoever holds the alias today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from tenure.domain.decisions import DecisionKind
from tenure.domain.models import ModelVersion, Office
from tenure.domain.tables import AS_OF

if TYPE_CHECKING:
    import pyarrow as pa

_ORDER = {DecisionKind.PROMOTION.value: 0, DecisionKind.ROLLBACK.value: 1}
_COLUMNS = ("kind", "model", "model_version", "bundle_sha256")


def office_history(decisions: pa.Table) -> tuple[Office, ...]:
    """Every term of office, oldest first; the last one goes on.

    A term begins with a promotion, or with a rollback that puts an earlier version back. Of one
    period, promotions come before rollbacks: a person acts on what the loop did.

    Parameters
    ----------
    decisions
        Rows of ``gold/decisions``; other kinds are left alone. A table that was never written has no
        columns, and means that nobody was ever in office.

    Examples
    --------
    >>> import pyarrow as pa
    >>> office_history(pa.table({}))
    ()
    """
    if decisions.num_rows == 0:
        return ()
    every = sorted(decisions.select([AS_OF, *_COLUMNS]).to_pylist(), key=lambda row: row[AS_OF])
    trained: dict[int, date] = {}
    for row in every:  # its verdict comes first: of the period that trained it
        trained.setdefault(row["model_version"], row[AS_OF])
    rows = [row for row in every if row["kind"] in _ORDER]
    rows.sort(key=lambda row: (row[AS_OF], _ORDER[row["kind"]]))
    return tuple(Office(_version(row, trained), row[AS_OF]) for row in rows)


def in_office(decisions: pa.Table, before: date) -> Office | None:
    """Who was in office when the period that ends at `before` began; None when nobody was.

    Whoever was promoted in a period scores from the next one on, so only decisions of earlier periods
    count.
    """
    history = [office for office in office_history(decisions) if office.since < before]
    return history[-1] if history else None


def _version(row: Mapping[str, Any], trained: Mapping[int, date]) -> ModelVersion:
    number = row["model_version"]
    return ModelVersion(row["model"], number, row["bundle_sha256"], trained[number])
