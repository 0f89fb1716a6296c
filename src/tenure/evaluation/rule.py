"""The rule of the gate: every condition is asked, each says why, and all must hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tenure.domain.decisions import Difference, Reason, Verdict
from tenure.domain.evaluations import Direction, Evaluation
from tenure.domain.models import ModelVersion
from tenure.evaluation.comparison import MovedCuts
from tenure.evaluation.config import BeatChampion, GatePolicy
from tenure.evaluation.fairness import Treatment, check_fairness
from tenure.evaluation.probe import Probe
from tenure.stats.evaluate import METRICS

_ROUNDING = 1e-12
"""What two sums of floats that should be equal may differ by."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Candidate against champion on the rows that neither was fitted or tuned on."""

    n_rows: int
    n_left_out: int
    """Test rows of the candidate that the champion was fitted or tuned on."""
    difference: Difference | None
    """None where the metric is undefined on these rows."""
    obstacle: str = ""
    """Why the two cannot be compared at all; empty when they can."""
    moved_cuts: MovedCuts | None = None
    """Where the two cut their classes from a number, at different values."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rule looks at."""

    as_of: date
    candidate: ModelVersion
    champion: ModelVersion | None
    test: Evaluation
    """The candidate on all of its test rows, as measured by the gate."""
    n_test_rows: int
    """How many test rows training said there were."""
    audited: bool
    """Whether the bundle's provenance tells of an audit without errors."""
    probe: Probe
    comparison: Comparison | None
    """None when nobody is in office."""
    treatments: tuple[Treatment, ...] = ()
    """How it treats the groups of each protected attribute."""


def decide_promotion(evidence: Evidence, *, policy: GatePolicy) -> Verdict:
    """Passed when every condition of the gate holds; the verdict lists all of them either way."""
    reasons = tuple(_conditions(evidence, policy))
    passed = all(reason.favours for reason in reasons)
    return Verdict(
        as_of=evidence.as_of,
        candidate=evidence.candidate,
        champion=evidence.champion,
        passed=passed,
        awaits_approval=passed and policy.approval == "required",
        reasons=reasons,
        difference=evidence.comparison.difference if evidence.comparison else None,
    )


def _conditions(evidence: Evidence, policy: GatePolicy) -> Iterator[Reason]:
    yield _audit(evidence.audited)
    yield Reason("clean process", evidence.probe.answered, evidence.probe.message)
    yield from _latency(evidence.probe.latency_ms, policy.latency_ms)
    yield from _rows(evidence, policy.min_rows)
    for metric, limit in policy.minimum.items():
        yield _minimum(evidence.test, metric, limit)
    yield from check_fairness(evidence.treatments, policy=policy.fairness)
    if evidence.comparison is None:
        yield Reason("champion", favours=True, message="nobody is in office to be compared with")
    else:
        yield from _against_champion(evidence.comparison, policy)


def _audit(audited: bool) -> Reason:  # noqa: FBT001 - the one thing it is about
    message = "the bundle's provenance tells of an audit without errors"
    missing = "the bundle's provenance does not tell of an audit without errors"
    return Reason("audit", audited, message if audited else missing)


def _latency(measured: float | None, budget: float | None) -> Iterator[Reason]:
    """Within the budget, the measured time stays out: verdicts on the same data must be the same."""
    if budget is None or measured is None:
        return
    if measured <= budget:
        message = f"one row takes no longer than {budget:g} ms of processor time"
        yield Reason("latency", favours=True, message=message, threshold=budget)
    else:
        message = (
            f"one row takes {measured:.1f} ms of processor time at the 99th percentile; the budget is "
            f"{budget:g} ms"
        )
        yield Reason("latency", favours=False, message=message, value=measured, threshold=budget)


def _rows(evidence: Evidence, least: int) -> Iterator[Reason]:
    n_rows, told = evidence.test.n_rows, evidence.n_test_rows
    if n_rows != told:
        message = f"training tells of {told:,} test rows; the gate finds {n_rows:,}"
        yield Reason("same test rows", n_rows == told, message, float(n_rows), float(told))
    message = f"{n_rows:,} test rows that the candidate was not fitted or tuned on (at least {least:,})"
    yield Reason("test rows", n_rows >= least, message, float(n_rows), float(least))


def _minimum(test: Evaluation, metric: str, limit: float) -> Reason:
    rule = f"minimum {metric}"
    lower = METRICS[metric].direction is Direction.LOWER
    if metric not in test.names:
        message = f"{metric} is undefined on the {test.n_rows:,} test rows"
        return Reason(rule, favours=False, message=message, threshold=limit)
    value = test.value(metric)
    word = "at most" if lower else "at least"
    message = f"{metric} is {value:.4f} on {test.n_rows:,} test rows ({word} {limit:g})"
    return Reason(rule, value <= limit if lower else value >= limit, message, value, limit)


def _against_champion(comparison: Comparison, policy: GatePolicy) -> Iterator[Reason]:
    if comparison.obstacle:
        message = f"{comparison.obstacle}: they cannot be compared"
        yield Reason("comparable", favours=False, message=message)
        return
    yield _shared_rows(comparison, policy.min_rows)
    if comparison.moved_cuts is not None:
        yield _cuts(comparison.moved_cuts)
    difference = comparison.difference
    if difference is None:
        metric = policy.beat_champion.metric
        message = f"{metric} is undefined on the {comparison.n_rows:,} rows that both can be measured on"
        yield Reason("beat champion", favours=False, message=message)
        return
    yield _beat(difference, policy.beat_champion)
    if policy.beat_champion.interval == "required":
        yield _certain(difference)


def _shared_rows(comparison: Comparison, least: int) -> Reason:
    n_rows = comparison.n_rows
    message = f"{n_rows:,} rows that neither was fitted or tuned on (at least {least:,})"
    if comparison.n_left_out:
        message += f"; {comparison.n_left_out:,} left out because the champion was"
    return Reason("shared rows", n_rows >= least, message, float(n_rows), float(least))


def _cuts(moved: MovedCuts) -> Reason:
    """Told, not asked: a champion whose cuts have aged is measured by those of today."""
    ours, theirs = ("; ".join(cuts.words) for cuts in (moved.candidate, moved.champion))
    message = (
        f"both are measured against the candidate's cuts ({ours}); by the champion's ({theirs}) "
        f"{moved.same_share:.1%} of the rows are of the same class"
    )
    return Reason("cuts", favours=True, message=message, value=moved.same_share)


def _beat(difference: Difference, beat: BeatChampion) -> Reason:
    sign = _sign(difference.metric)
    gain = sign * (difference.candidate - difference.champion)
    needed = beat.by * abs(difference.champion)
    threshold = difference.champion + sign * needed
    ours, theirs = difference.candidate, difference.champion
    message = (
        f"{difference.metric} is {ours:.4f}, the champion's {theirs:.4f} on the same "
        f"{difference.n_rows:,} rows; {threshold:.4f} is needed ({beat.by:.1%} better); "
        f"95 % interval of the difference {difference.low:+.4f} to {difference.high:+.4f}"
    )
    enough = gain > 0 and gain >= needed - _ROUNDING
    return Reason("beat champion", enough, message, difference.candidate, threshold)


def _certain(difference: Difference) -> Reason:
    """The worse end of the interval of the gain must be above nothing."""
    sign = _sign(difference.metric)
    worst = difference.low if sign > 0 else -difference.high
    said = "is" if worst > 0 else "may be luck: at worst it is"
    message = f"the gain in {difference.metric} {said} {worst:+.4f} at the worse end of its 95 % interval"
    return Reason("interval", worst > 0, message, worst, 0.0)


def _sign(metric: str) -> int:
    return -1 if METRICS[metric].direction is Direction.LOWER else 1
