"""How a candidate treats the groups of protected attributes, on its test rows.

Impact: the share of favourable answers of each group against the most favoured one. Recall and false
positive rate: each group against the largest one. Measured with intervals, put to the policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tenure.domain.decisions import Reason
from tenure.domain.protected import UNKNOWN_GROUP, Groups
from tenure.domain.wording import counted
from tenure.evaluation.config import FairnessPolicy
from tenure.stats.evaluate import Outcomes
from tenure.stats.fairness import impact_ratio, rate_gap
from tenure.stats.interval import Interval

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Treatment:
    """What a model said of rows, and which group of an attribute each row belongs to."""

    attribute: str
    groups: Groups
    outcomes: Outcomes
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disparity:
    """One group against another in one measure."""

    attribute: str
    measure: str
    """``impact ratio``, ``recall gap`` or ``false positive rate gap``."""
    group: str
    against: str
    n_rows: int
    interval: Interval


def check_fairness(treatments: Sequence[Treatment], *, policy: FairnessPolicy) -> Iterator[Reason]:
    """A reason for every measure of every attribute: its worst group decides.

    Examples
    --------
    >>> list(check_fairness([], policy=FairnessPolicy()))
    []
    """
    for treatment in treatments:
        compared, small = compared_groups(treatment.groups, least=policy.min_rows)
        if len(compared) < 2:
            yield _too_few(treatment, compared, small, policy)
            continue
        for limit, disparities in _measures(treatment, compared, policy):
            yield _worst(list(disparities), limit, small, policy)


def compared_groups(groups: Groups, *, least: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The groups with enough rows, the largest first, and those without; the unknown are neither.

    Examples
    --------
    >>> compared_groups(np.array(["f", "m", "m", "unknown"], dtype=object), least=1)
    (('m', 'f'), ())
    """
    names, counts = np.unique(groups.astype(str), return_counts=True)
    known = sorted((-count, name) for name, count in zip(names, counts, strict=True) if name != UNKNOWN_GROUP)
    return (
        tuple(str(name) for count, name in known if -count >= least),
        tuple(str(name) for count, name in known if -count < least),
    )


def measure_impact(treatment: Treatment, groups: Sequence[str], favourable: Bools) -> Iterator[Disparity]:
    """The impact ratio of each group against the one with the largest share of favourable answers."""
    rates = {group: _counts(treatment.groups == group, favourable) for group in groups}
    best = max(groups, key=lambda group: rates[group][0] / rates[group][1])
    for group in groups:
        if group != best:
            interval = impact_ratio(*rates[group], *rates[best])
            yield Disparity(treatment.attribute, "impact ratio", group, best, int(rates[group][1]), interval)


def measure_gaps(
    treatment: Treatment, groups: Sequence[str], *, measure: str, actual: int
) -> Iterator[Disparity]:
    """The difference to the largest group in how many rows of class `actual` are called positive."""
    called = treatment.outcomes.predicted == 1
    asked = treatment.outcomes.codes == actual
    rates = {group: _counts(asked & (treatment.groups == group), called) for group in groups}
    for group in groups[1:]:
        interval = rate_gap(*rates[group], *rates[groups[0]])
        yield Disparity(treatment.attribute, measure, group, groups[0], int(rates[group][1]), interval)


def _measures(
    treatment: Treatment, groups: Sequence[str], policy: FairnessPolicy
) -> Iterator[tuple[float, Iterator[Disparity]]]:
    if policy.min_impact_ratio is not None:
        wanted = policy.favourable or treatment.classes[:1]
        favourable = np.isin(treatment.outcomes.predicted, [treatment.classes.index(name) for name in wanted])
        yield policy.min_impact_ratio, measure_impact(treatment, groups, favourable)
    if len(treatment.classes) == 2:
        gaps = (("recall gap", policy.max_tpr_gap, 1), ("false positive rate gap", policy.max_fpr_gap, 0))
        for measure, limit, actual in gaps:
            if limit is not None:
                yield limit, measure_gaps(treatment, groups, measure=measure, actual=actual)


def _worst(found: list[Disparity], limit: float, small: Sequence[str], policy: FairnessPolicy) -> Reason:
    """The reason of one measure: that of the group that comes off worst."""
    is_ratio = found[0].measure == "impact ratio"
    worst = min(found, key=lambda d: _closeness(d.interval.estimate, is_ratio=is_ratio))
    value = worst.interval.estimate
    if np.isnan(value):
        message = f"{worst.measure} of {worst.attribute} cannot be measured: no such answer in a group"
        return Reason(f"fairness {worst.attribute} {worst.measure}", favours=True, message=message)
    beyond = value < limit if is_ratio else abs(value) > limit
    equal = 1.0 if is_ratio else 0.0
    certain = worst.interval.lies_below(equal) or worst.interval.lies_above(equal)
    told = (
        f"{worst.measure} of `{worst.group}` against `{worst.against}` ({worst.attribute}) is {value:.3f}, "
        f"95 % interval {worst.interval.low:.3f} to {worst.interval.high:.3f}, on {worst.n_rows:,} rows "
        f"({'at least' if is_ratio else 'at most'} {limit:g})"
    )
    luck = "; the interval holds equal treatment" if beyond and not certain else ""
    few = f"; too few rows of {', '.join(f'`{name}`' for name in small[:5])}" if small else ""
    refused = beyond and (certain or not policy.certain)
    rule = f"fairness {worst.attribute} {worst.measure}"
    return Reason(rule, not refused, told + luck + few, value, limit)


def _closeness(value: float, *, is_ratio: bool) -> float:
    """The larger, the nearer to equal treatment; what is not known is never the worst."""
    if np.isnan(value):
        return np.inf
    return value if is_ratio else -abs(value)


def _too_few(
    treatment: Treatment, compared: Sequence[str], small: Sequence[str], policy: FairnessPolicy
) -> Reason:
    message = (
        f"`{treatment.attribute}` has {counted(len(compared), 'group')} with {policy.min_rows} test rows "
        f"or more ({len(small)} with fewer): nothing can be compared"
    )
    known = bool(compared or small)
    if not known:
        message = f"`{treatment.attribute}` is known of no test row: build the periods again that lack it"
    return Reason(f"fairness {treatment.attribute}", favours=known, message=message)


def _counts(rows: Bools, hits: Bools) -> tuple[int, int]:
    return int((rows & hits).sum()), int(rows.sum())
