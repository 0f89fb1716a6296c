"""Proxies: features that tell which group of a protected attribute somebody belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from tenure.auditing.config import AuditPolicy
from tenure.auditing.rows import AuditedRows
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.protected import UNKNOWN_GROUP, Groups
from tenure.stats.information import column_auc_by_class, contingency_table, cramers_v

CODE = "FAIR001"


def check_proxies(
    rows: AuditedRows, groups: Mapping[str, Groups], *, policy: AuditPolicy
) -> Iterator[Finding]:
    """FAIR001 for each feature that stands in for a protected attribute, or one that there is none.

    A number stands in when it ranks the rows of one group against all others with an AUC above the limit
    (either way round), a category when its association (Cramér's V) is. Rows of unknown group do not
    count. It is a warning: whether a proxy may be used is not for a statistic to say.
    """
    for attribute, named in groups.items():
        if np.unique(named[named != UNKNOWN_GROUP].astype(str)).size < 2:
            message = f"fewer than two groups of `{attribute}` are known"
            yield Finding(CODE, Severity.WARNING, message, Outcome.SKIPPED, "features")
            continue
        found = [f for column in rows.columns if (f := _check(rows, column, attribute, named, policy))]
        yield from found
        if not found:
            message = f"none of {len(rows.columns)} features tells the group of `{attribute}`"
            yield Finding(CODE, Severity.WARNING, message, Outcome.PASSED, "features")


def _check(
    rows: AuditedRows,
    column: FeatureColumn,
    attribute: str,
    named: Groups,
    policy: AuditPolicy,
) -> Finding | None:
    known = named != UNKNOWN_GROUP
    names, codes = np.unique(named[known].astype(str), return_inverse=True)
    if column.kind is FeatureKind.NUMBER:
        aucs = column_auc_by_class(rows.numbers(column.name)[known], codes, n_classes=names.size)
        value, limit, measure = float(np.nanmax(aucs)), policy.max_proxy_auc, "AUC"
    else:
        texts = np.array(rows.table[column.name].to_pylist(), dtype=object)[known]
        value = cramers_v(contingency_table(texts.tolist(), codes, n_classes=names.size))
        limit, measure = policy.max_proxy_association, "Cramér's V"
    if not value > limit:
        return None
    return Finding(
        CODE,
        Severity.WARNING,
        f"`{column.name}` tells the group of `{attribute}`: {measure} {value:.2f} (limit {limit:g})",
        scope=column.block,
        column=column.name,
        n_rows=int(known.sum()),
        hint="ask whether the feature is needed; without it the gate may find less disparity.",
    )
