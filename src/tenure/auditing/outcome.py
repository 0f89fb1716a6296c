"""(d) Outcome columns: what the label is made of, used as a feature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tenure.domain.features import FeatureColumn
from tenure.domain.findings import Finding, Severity


def check_outcome_columns(columns: Sequence[FeatureColumn], outcomes: frozenset[str]) -> Iterator[Finding]:
    """LEAK008: features computed from a column (``source.column``) that the label's SQL reads."""
    for column in columns:
        shared = sorted(set(column.inputs) & outcomes)
        if shared:
            yield Finding(
                "LEAK008",
                Severity.ERROR,
                f"`{column.name}` is computed from {', '.join(f'`{name}`' for name in shared)}, "
                f"which the label is made of",
                scope=column.block,
                column=column.name,
                hint="drop it; if only what was known before the event is used, mute it with that reason.",
            )
