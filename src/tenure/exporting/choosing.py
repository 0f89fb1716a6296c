"""Rule: which of a period's measurements become samples, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tenure.domain.measurements import MeasurementVerdict, Scope

NEWEST_COHORT = "newest_cohort"
"""What the newest matured cohort is called, so that its series goes on from month to month."""
_GRAVITY = {MeasurementVerdict.ALERT.value: 2, MeasurementVerdict.WARNING.value: 1}
_METRICS = frozenset(
    {
        *("psi", "kl", "js", "ks", "null_share", "null_increase", "new_category_share"),
        *("cardinality_ratio", "mean", "mean_shift", "importance", "share", "share_change"),
    }
)
"""Of features, scores and classes; of cohorts every metric is told."""

Row = Mapping[str, Any]


def chosen(rows: Sequence[Row], *, top: int) -> Iterator[tuple[Row, str]]:
    """The measurements to tell, each with the label that it is told under.

    Of features and classes the `top` gravest, and of equally grave ones those that matter most; of scores
    all; of matured cohorts the newest, under the one name `NEWEST_COHORT`.
    """
    of_scope: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_scope[row["scope"]].append(row)
    for scope in (Scope.FEATURE, Scope.SCORE, Scope.CLASS):
        kept = _gravest(of_scope[scope.value], top)
        for row in of_scope[scope.value]:
            if row["feature"] in kept and row["metric"] in _METRICS:
                yield row, row["feature"]
    cohorts = of_scope[Scope.PERFORMANCE.value]
    newest = max((row["feature"] for row in cohorts), default=None)
    for row in cohorts:
        if row["feature"] == newest:
            yield row, NEWEST_COHORT


def _gravest(rows: Sequence[Row], top: int) -> frozenset[str]:
    rank: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for row in rows:
        own = rank[row["feature"]]
        own[0] = max(own[0], _GRAVITY.get(row["verdict"], 0))
        if row["metric"] in {"importance", "psi"}:
            own[1 + (row["metric"] == "psi")] = row["value"] or 0.0
    ordered = sorted(rank, key=lambda name: ([-part for part in rank[name]], name))
    return frozenset(ordered[:top])
