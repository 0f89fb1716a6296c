"""The lineage as a person reads it: first what was said, and why."""

from __future__ import annotations

from collections.abc import Iterator

from tenure.domain.tables import AS_OF, EVENT_TIME
from tenure.lineage.trace import Lineage


def lineage_lines(lineage: Lineage) -> Iterator[str]:
    """The lineage as a person reads it: first what was said, and why."""
    row = lineage.prediction
    limit = f" (threshold {row['threshold']:.3f})" if row["threshold"] is not None else ""
    yield f"{row['class']}: score {row['score']:.4f}{limit}, event of {row[EVENT_TIME]:%Y-%m-%d}"
    if lineage.reasons is None:
        yield "  reasons: not to be told any more"
    for place, reason in enumerate(lineage.reasons or (), start=1):
        yield f"  {place}. {reason.reason} ({reason.feature}: {reason.value})"
    yield f"version {row['model_version']} ({lineage.algorithm}), bundle {row['bundle_sha256']}"
    fitted = lineage.split.get("train", {})
    yield (
        f"  trained in the period {lineage.trained_as_of} on {fitted.get('n_rows', 0):,} rows "
        f"({fitted.get('first')} to {fitted.get('last')}), seed {lineage.seed}"
    )
    if lineage.trained_by is not None:
        yield f"  training set off by {lineage.trained_by}"
    if lineage.tables:
        yield "  data: " + ", ".join(f"{name} at version {n}" for name, n in lineage.tables.items())
    yield "  code: " + ", ".join(f"{name} {version}" for name, version in sorted(lineage.versions.items()))
    if lineage.verdict:
        said = "; ".join(lineage.verdict["reasons"])
        yield f"gate: {lineage.verdict['outcome']} as of {lineage.verdict[AS_OF]}: {said}"
    if lineage.promotion:
        by = lineage.promotion["evidence"].get("approved_by")
        yield f"in office since the period {lineage.promotion[AS_OF]}{f', approved by {by}' if by else ''}"
    yield f"watched in {row[AS_OF]}: {'; '.join(lineage.alerts) or 'no alert'}"
    if lineage.incidents:
        yield f"open incidents: {'; '.join(lineage.incidents)}"
