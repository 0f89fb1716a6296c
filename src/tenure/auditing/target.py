"""(b) Target leaks: a feature that knows the outcome."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tenure.auditing.config import AuditPolicy
from tenure.auditing.rows import AuditedRows
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, Severity
from tenure.stats.information import column_auc_by_class, contingency_table
from tenure.stats.purity import null_pattern, pure_row_share

_MAX_VALUES = 50
_HINT = "ask when and how it is filled; what is written after the outcome is no feature: drop it."


def check_target(rows: AuditedRows, *, policy: AuditPolicy) -> Iterator[Finding]:
    """LEAK003 to LEAK005 for every feature; nothing for a feature that is clean."""
    if len(rows.classes) < 2:
        return
    for column in rows.columns:
        checks = (_check_ranking, _check_nulls, _check_values)
        yield from (f for check in checks if (f := check(rows, column, policy)) is not None)


def _check_ranking(rows: AuditedRows, column: FeatureColumn, policy: AuditPolicy) -> Finding | None:
    """LEAK003: the feature alone ranks some class (nearly) perfectly."""
    if column.kind is not FeatureKind.NUMBER:
        return None
    aucs = column_auc_by_class(rows.numbers(column.name), rows.codes, n_classes=len(rows.classes))
    best = float(np.nanmax(aucs))
    if best <= policy.max_column_auc:
        return None
    message = (
        f"`{column.name}` alone ranks the outcome with AUC {best:.3f} "
        f"(limit {policy.max_column_auc}): no honest feature does"
    )
    return _error("LEAK003", message, column, rows.table.num_rows)


def _check_nulls(rows: AuditedRows, column: FeatureColumn, policy: AuditPolicy) -> Finding | None:
    """LEAK004: being null, or having a value, tells the class for certain."""
    null = rows.is_null(column.name)
    counts = [np.bincount(rows.codes[side], minlength=len(rows.classes)) for side in (null, ~null)]
    pattern = null_pattern(*counts)
    small = min(pattern.n_null, pattern.n_present) < policy.min_pure_rows
    if small or not pattern.is_one_sided or pattern.chance > policy.max_chance:
        return None
    side = "null" if pattern.null_purity == 1 else "filled"
    told = pattern.null_class if side == "null" else pattern.present_class
    exactly = "exactly" if pattern.is_exact else "only"
    message = f"`{column.name}` is {side} {exactly} when the outcome is `{rows.classes[told]}`"
    return _error("LEAK004", message, column, pattern.n_null if side == "null" else pattern.n_present)


def _check_values(rows: AuditedRows, column: FeatureColumn, policy: AuditPolicy) -> Finding | None:
    """LEAK005: values that occur with one class only cover a good part of the rows."""
    values = _few_values(rows, column)
    if values is None:
        return None
    table = contingency_table(values, rows.codes, n_classes=len(rows.classes))
    rarest = np.bincount(rows.codes, minlength=len(rows.classes)).min() / rows.codes.size
    share = pure_row_share(table, min_rows=rows_beyond_chance(float(rarest), policy=policy))
    if not share > policy.max_pure_share:
        return None
    message = (
        f"{share:.0%} of the rows have a value of `{column.name}` that occurs with one outcome only "
        f"(limit {policy.max_pure_share:.0%})"
    )
    return _error("LEAK005", message, column, round(share * rows.table.num_rows))


def _few_values(rows: AuditedRows, column: FeatureColumn) -> list[object] | None:
    """The feature's values if there are few different ones; None for a continuous feature."""
    encoded = rows.table[column.name].combine_chunks().dictionary_encode(null_encoding="encode")
    if not 1 < len(encoded.dictionary) <= _MAX_VALUES:
        return None
    codes: list[object] = encoded.indices.to_pylist()
    return codes


def rows_beyond_chance(rarest_share: float, *, policy: AuditPolicy) -> int:
    """How many rows of one class in a row chance does not explain: (1 - rarest)^k <= max_chance.

    Parameters
    ----------
    rarest_share
        Share of the rarest class, above 0.
    policy
        Gives ``max_chance``, and the least number of rows.

    Examples
    --------
    >>> rows_beyond_chance(0.1, policy=AuditPolicy())
    132
    """
    needed = np.log(policy.max_chance) / np.log1p(-min(rarest_share, 0.5))
    return max(policy.min_pure_rows, int(np.ceil(needed)))


def _error(code: str, message: str, column: FeatureColumn, n_rows: int) -> Finding:
    return Finding(
        code, Severity.ERROR, message, scope=column.block, column=column.name, n_rows=n_rows, hint=_HINT
    )
