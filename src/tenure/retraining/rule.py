"""The rule: triggers ask for a training, brakes hold it back, and every one of them says why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from tenure.domain.decisions import Reason, RetrainDecision
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.wording import counted
from tenure.retraining.config import RetrainPolicy
from tenure.retraining.incidents import DataIncident


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rule looks at."""

    as_of: date
    in_office: bool
    n_labels: int
    """Matured labels known by `as_of`."""
    n_label_times: int
    """Different event times among them."""
    measurements: tuple[Measurement, ...]
    periods_since_training: int | None
    """None when nothing was ever trained."""
    periods_in_office: int | None
    """None when nobody is in office."""
    n_label_classes: int = 2
    """Different classes, or numbers to be cut into classes, among the matured labels."""
    incidents: tuple[DataIncident, ...] = ()
    """What is wrong with the delivered data, and how many labels there are since."""
    n_wanted: int = 1
    """So many labels make half of the rows that a candidate would be tested on."""


def decide_retraining(evidence: Evidence, *, policy: RetrainPolicy) -> RetrainDecision:
    """Retrain when at least one trigger asks for it and no brake holds it back.

    With nobody in office that alone is a trigger. Every rule that was asked is among the reasons:
    `favours` is True when it asked for a training, or did not hold it back.
    """
    triggers = tuple(_triggers(evidence, policy))
    brakes = tuple(_brakes(evidence, policy))
    retrain = any(t.favours for t in triggers) and all(b.favours for b in brakes)
    return RetrainDecision(evidence.as_of, retrain, triggers + brakes, evidence.n_labels, len(triggers))


def _triggers(evidence: Evidence, policy: RetrainPolicy) -> Iterator[Reason]:
    if not evidence.in_office:
        yield Reason("nobody in office", favours=True, message="nobody is in office")
        return
    mattering = _mattering(evidence.measurements, policy.matters_share)
    yield from _feature_drift(evidence.measurements, mattering, policy.psi)
    yield from _prediction_drift(evidence.measurements, policy.prediction_drift)
    yield from _high_alerts(evidence.measurements, mattering, policy.high_alerts)
    yield from _accuracy_drop(evidence.measurements, policy.accuracy_drop)
    yield from _elapsed("schedule", evidence.periods_since_training, policy.every_periods, "last training")
    yield from _elapsed("age", evidence.periods_in_office, policy.max_age_periods, "champion took office")


def _mattering(measurements: Sequence[Measurement], share: float) -> frozenset[str]:
    """The features with at least `share` of the champion's importance."""
    return frozenset(
        m.feature
        for m in measurements
        if m.scope is Scope.FEATURE and m.metric == "importance" and (m.value or 0.0) >= share
    )


def _feature_drift(
    measurements: Sequence[Measurement], mattering: frozenset[str], limit: float | None
) -> Iterator[Reason]:
    if limit is None:
        return
    drifted = [
        m
        for m in measurements
        if m.metric == "psi"
        and m.feature in mattering
        and m.scope is Scope.FEATURE
        and m.verdict is MeasurementVerdict.ALERT
        and (m.value or 0.0) > limit
    ]
    worst = max(drifted, key=lambda m: m.value or 0.0, default=None)
    if worst is None:
        yield Reason(
            "feature drift",
            favours=False,
            message=f"no feature that matters has PSI above {limit}",
            value=None,
            threshold=limit,
        )
        return
    drifting = counted(len(drifted), "feature that matters", "features that matter")
    message = f"{drifting} drifted, most of all {worst.feature} (PSI {worst.value:.2f})"
    yield Reason("feature drift", favours=True, message=message, value=worst.value, threshold=limit)


def _prediction_drift(measurements: Sequence[Measurement], limit: float | None) -> Iterator[Reason]:
    if limit is None:
        return
    drift = _one(measurements, Scope.SCORE, "kl")
    if drift is None or drift.value is None:
        yield Reason(
            "prediction drift",
            favours=False,
            message="the drift of the scores is not known",
            value=None,
            threshold=limit,
        )
        return
    high = drift.value > limit and drift.verdict is MeasurementVerdict.ALERT
    message = f"the scores drifted by {drift.value:.3f} (limit {limit})"
    yield Reason("prediction drift", high, message, drift.value, limit)


def _high_alerts(
    measurements: Sequence[Measurement], mattering: frozenset[str], limit: int | None
) -> Iterator[Reason]:
    if limit is None:
        return
    alerts = {
        (m.scope, m.feature)
        for m in measurements
        if m.verdict is MeasurementVerdict.ALERT
        and m.scope is not Scope.ESTIMATE
        and (m.scope is not Scope.FEATURE or m.feature in mattering)
    }
    message = f"{counted(len(alerts), 'high-severity alert')} (limit {limit})"
    yield Reason("high alerts", len(alerts) >= limit, message, float(len(alerts)), float(limit))


def _accuracy_drop(measurements: Sequence[Measurement], limit: float | None) -> Iterator[Reason]:
    if limit is None:
        return
    drop = _one(measurements, Scope.PERFORMANCE, "accuracy_drop")
    if drop is None or drop.value is None:
        yield Reason(
            "accuracy", favours=False, message="no scored cohort has matured yet", value=None, threshold=limit
        )
        return
    significant = drop.verdict is MeasurementVerdict.ALERT
    side = "below" if drop.value >= 0 else "above"
    so_far = f"{abs(drop.value):.1%} {side} the test rows'"
    message = f"accuracy on the cohort {drop.feature} is {so_far} (limit {limit:.0%})"
    yield Reason("accuracy", significant and drop.value > limit, message, drop.value, limit)


def _elapsed(rule: str, periods: int | None, limit: int | None, since: str) -> Iterator[Reason]:
    if limit is None or periods is None:
        return
    message = f"{counted(periods, 'period')} since the {since} (limit {limit})"
    yield Reason(rule, periods >= limit, message, float(periods), float(limit))


def _brakes(evidence: Evidence, policy: RetrainPolicy) -> Iterator[Reason]:
    since = evidence.periods_since_training
    if since is not None and policy.cooldown_periods:
        message = f"{counted(since, 'period')} since the last training (cooldown {policy.cooldown_periods})"
        limit = float(policy.cooldown_periods)
        yield Reason("cooldown", since >= policy.cooldown_periods, message, float(since), limit)
    yield from _labels_since(evidence, policy)
    yield _at_least("labels", evidence.n_labels, policy.min_labels, "matured label")
    yield _at_least(
        "label times", evidence.n_label_times, policy.min_label_times, "event time", "with labels"
    )
    yield _at_least("label classes", evidence.n_label_classes, 2, "class", "among the labels")


def _labels_since(evidence: Evidence, policy: RetrainPolicy) -> Iterator[Reason]:
    """One brake for each feed outage and changed delivery that features which matter feel.

    Until labels of events since it began are among the test rows, nothing can show that a candidate does
    better on what is scored now. A training that is asked for by what none of them explains does not wait.
    """
    felt = [each for each in evidence.incidents if each.importance >= policy.matters_share]
    apart = _asked_apart(evidence, felt, policy) if felt else None
    for incident in felt:
        enough = incident.n_labels >= evidence.n_wanted
        message = _told_labels(incident, evidence)
        if apart is not None and not enough:
            message = f"not for the {incident.title}, but as {apart.message}"
        count, wanted = float(incident.n_labels), float(evidence.n_wanted)
        yield Reason("labels since", enough or apart is not None, message, count, wanted)


def _asked_apart(
    evidence: Evidence, incidents: Sequence[DataIncident], policy: RetrainPolicy
) -> Reason | None:
    """What asks for a training when all that the incidents may explain is left out; None when nothing does.

    Schedule and age ask for a training of any data: they wait.
    """
    left = [m for m in evidence.measurements if not any(each.explains(m) for each in incidents)]
    mattering = _mattering(left, policy.matters_share)
    asked = (
        *_feature_drift(left, mattering, policy.psi),
        *_high_alerts(left, mattering, policy.high_alerts),
        *_accuracy_drop(left, policy.accuracy_drop),
    )
    return next((reason for reason in asked if reason.favours), None)


def _told_labels(incident: DataIncident, evidence: Evidence) -> str:
    so_many = f"{incident.n_labels:,} of {evidence.n_wanted:,}"
    if incident.n_labels or incident.matures is None or incident.matures <= evidence.as_of:
        return f"labels since the {incident.title}: {so_many}"
    return f"labels since the {incident.title} mature from {incident.matures} on: {so_many}"


def _at_least(rule: str, count: int, least: int, noun: str, *more: str) -> Reason:
    plural = f"{noun}es" if noun.endswith("s") else ""
    message = " ".join([counted(count, noun, plural), *more, f"(at least {least:,})"])
    return Reason(rule, count >= least, message, float(count), float(least))


def _one(measurements: Sequence[Measurement], scope: Scope, metric: str) -> Measurement | None:
    """The measurement of that name with the latest `feature` (cohorts sort by date)."""
    same = [m for m in measurements if m.scope is scope and m.metric == metric]
    return max(same, key=lambda m: m.feature, default=None)
