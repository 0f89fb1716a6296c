"""(e) Too good to be true: one feature that tells more of the outcome than all the others together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from tenure.auditing.config import AuditPolicy
from tenure.auditing.rows import AuditedRows
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.wording import agreeing, counted
from tenure.stats.arrays import Floats, Ints
from tenure.stats.bins import bin_positions, equal_frequency_edges
from tenure.stats.evidence import evidence_scores, information_interval, table_of_groups
from tenure.stats.interval import Interval

_MAX_GROUPS: Final = 50
_LEVEL: Final = 0.99
"""Of the intervals: every feature is asked."""
_MEDIUM: Final = 0.1
"""Information value from which on the others tell enough to be a measure (Siddiqi: medium)."""
_HINT: Final = "ask when it is filled: what goes on counting after the event knows how it ends. Drop it."


def check_information(rows: AuditedRows, *, policy: AuditPolicy) -> Iterator[Finding]:
    """LEAK009: a feature above the suspicious information value that tells more than all unsuspected ones.

    Nothing for features that are clean; not applicable where there are not two classes.
    """
    if len(rows.classes) < 2:
        return
    if len(rows.classes) > 2:
        message = f"information value is of two classes; the outcome has {len(rows.classes)}"
        yield Finding("LEAK009", Severity.ERROR, message, Outcome.NOT_APPLICABLE, "features")
        return
    groups = {column.name: _groups(rows, column) for column in rows.columns}
    told = {name: _information(each, rows.codes) for name, each in groups.items()}
    suspects = [c for c in rows.columns if told[c.name].lies_above(policy.max_information_value)]
    if suspects:
        others = [groups[name] for name in groups if name not in {column.name for column in suspects}]
        yield from _against_the_others(suspects, told, others, rows, policy)


def _against_the_others(
    suspects: list[FeatureColumn],
    told: Mapping[str, Interval],
    others: list[Ints],
    rows: AuditedRows,
    policy: AuditPolicy,
) -> Iterator[Finding]:
    if len(others) < policy.min_other_features:
        message = (
            f"{counted(len(suspects), 'feature has', 'features have')} an information value above "
            f"{policy.max_information_value}, and only {counted(len(others), 'other is', 'others are')} "
            f"there to compare with (at least {policy.min_other_features})"
        )
        yield Finding("LEAK009", Severity.ERROR, message, Outcome.SKIPPED, "features")
        return
    together = _information(_of_numbers(evidence_scores(others, rows.codes)), rows.codes)
    for column in suspects:
        if told[column.name].lies_above(together.high):
            yield _finding(column, told[column.name], together, len(others), rows.table.num_rows)


def _finding(column: FeatureColumn, alone: Interval, together: Interval, n_others: int, n: int) -> Finding:
    others = agreeing(
        n_others, "feature that is not suspected does", "features that are not suspected do together"
    )
    message = (
        f"`{column.name}` alone tells more of the outcome (information value {alone.estimate:.2f}) than the "
        f"{n_others} {others} ({together.estimate:.2f})"
    )
    comparable = together.estimate >= _MEDIUM
    return Finding(
        "LEAK009",
        Severity.ERROR if comparable else Severity.WARNING,
        message,
        scope=column.block,
        column=column.name,
        n_rows=n,
        hint=_HINT,
    )


def _information(groups: Ints, codes: Ints) -> Interval:
    return information_interval(table_of_groups(groups, codes, n_groups=int(groups.max()) + 1), level=_LEVEL)


def _groups(rows: AuditedRows, column: FeatureColumn) -> Ints:
    """Tenths of a number, the most frequent values of a category, nulls apart."""
    if column.kind is FeatureKind.NUMBER:
        return _of_numbers(rows.numbers(column.name))
    encoded = rows.table[column.name].combine_chunks().dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy()
    frequent = np.argsort(-np.bincount(codes), kind="stable")[:_MAX_GROUPS]
    places = np.full(len(encoded.dictionary), frequent.size)
    places[frequent] = np.arange(frequent.size)
    groups: Ints = places[codes].astype(np.int64)
    return groups


def _of_numbers(values: Floats) -> Ints:
    return bin_positions(values, equal_frequency_edges(values))
