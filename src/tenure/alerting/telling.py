"""A trouble -> the sentence that says what happened, and the one that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tenure.alerting.evidence import MISSING, StageFinding, beyond
from tenure.domain.decisions import Promotion, RetrainDecision, Verdict
from tenure.domain.incidents import IncidentKind
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.domain.wording import agreeing, counted

_OF_SCORES = frozenset({Scope.SCORE, Scope.CLASS})
MAX_TOLD = 2
"""Findings told in full; the others are counted."""
_ADVICE = {
    IncidentKind.FEED: "Ask who delivers `{}`: the rows are taken in when they come, what was decided stays.",
    IncidentKind.DELIVERY: "Compare the files of `{}` with the project file.",
    IncidentKind.DRIFT: "See in the report what moved. A step in one period is mostly a change at the source "
    "and is mended there; a slow climb is the customers, and what a retraining is for.",
    IncidentKind.SCORES: "See in the report what moved, and look again at decisions near the threshold.",
    IncidentKind.PERFORMANCE: "Look at the cohorts in the report; `tenure rollback` puts a version back.",
    IncidentKind.QUALITY: "See the findings of `{}` in the report.",
    IncidentKind.RULE: "The rule is the project's own (`monitor.rules`): who wrote it knows what to do.",
    IncidentKind.LEAKAGE: "Nothing is trained until the column is out, or muted with a reason.",
    IncidentKind.STOPPED: "Mend the delivery and run the period again: nothing was taken in.",
}


def summarise(
    key: tuple[IncidentKind, str],
    found: Sequence[StageFinding],
    measured: Sequence[Measurement],
    *,
    recovering: bool = False,
) -> str:
    """What happened, with the worst number, its limit and its rows; bounded, however much there is.

    `recovering` is whether a feed that was out delivers again, and only its features still feel it.
    """
    kind, subject = key
    if recovering:
        return _joined(f"rows of `{subject}` come again", _still(measured), _scores(measured))
    tell = _SUMMARIES.get(kind, _tell_findings)
    return tell(subject, found, measured)


def advise(kind: IncidentKind, subject: str, found: Sequence[StageFinding]) -> str:
    """What to do about it: what the kind asks for, and the hint of the first finding."""
    hints = [each.finding.hint for each in found if each.finding.hint]
    asked = _ADVICE[kind].format(subject)
    return f"{asked} {_sentence(hints[0])}" if hints else asked


def tell_answer(
    decision: RetrainDecision | None, verdict: Verdict | None, promotion: Promotion | None
) -> str:
    """What the loop did about the model in the period, from the decision to retrain to the promotion.

    Examples
    --------
    >>> tell_answer(None, None, None)
    ''
    """
    if decision is None:
        return ""
    asked = [reason.message for reason in decision.triggers if reason.favours]
    if not asked:
        return "no trigger asks for a retraining"
    if not decision.retrain:
        held = [reason.message for reason in decision.brakes if not reason.favours]
        return f"a retraining waits: {'; '.join(held)}"
    return _joined(f"retraining was decided ({'; '.join(asked)})", _outcome(verdict, promotion))


def _outcome(verdict: Verdict | None, promotion: Promotion | None) -> str:
    if verdict is None:
        return "nothing was trained"
    version = verdict.candidate.version
    if promotion is not None:
        return f"version {version} was trained, passed the gate and takes office"
    against = [reason.message for reason in verdict.reasons if not reason.favours]
    return f"version {version} was trained and refused: {against[0] if against else 'see the verdict'}"


def _tell_findings(_subject: str, found: Sequence[StageFinding], _measured: Sequence[Measurement]) -> str:
    messages = list(dict.fromkeys(each.finding.message for each in found))
    more = len(messages) - MAX_TOLD
    told = "; ".join(messages[:MAX_TOLD])
    return f"{told}; and {counted(more, 'more finding')}" if more > 0 else told


def _tell_feed(subject: str, found: Sequence[StageFinding], measured: Sequence[Measurement]) -> str:
    lost = {m.feature for m in measured if m.metric in MISSING}
    lack = (
        f"{counted(len(lost), 'feature')} of `{subject}` {agreeing(len(lost), 'is', 'are')} null more often"
    )
    happened = found[0].finding.message if found else lack
    return _joined(happened, _felt(measured), _scores(measured))


def _tell_delivery(subject: str, found: Sequence[StageFinding], measured: Sequence[Measurement]) -> str:
    happened = _tell_findings(subject, found, measured) or f"values of `{subject}` still do not come"
    return _joined(happened, _felt(measured), _scores(measured))


def _tell_drift(subject: str, _found: Sequence[StageFinding], measured: Sequence[Measurement]) -> str:
    moved = {m.feature for m in measured if m.scope is Scope.FEATURE}
    return _joined(
        f"{counted(len(moved), 'feature')} of `{subject}` drifted", _most(measured), _scores(measured)
    )


def _tell_scores(_subject: str, _found: Sequence[StageFinding], measured: Sequence[Measurement]) -> str:
    return _joined(_scores(measured))


def _tell_performance(subject: str, _found: Sequence[StageFinding], measured: Sequence[Measurement]) -> str:
    cohorts = {m.feature for m in measured}
    worst = max(measured, key=beyond)
    return (
        f"{subject} did worse than its test rows and scores said, on "
        f"{counted(len(cohorts), 'matured cohort')}: {_number(worst)} on the cohort {worst.feature}"
    )


def _tell_rule(subject: str, _found: Sequence[StageFinding], measured: Sequence[Measurement]) -> str:
    return f"the rule `{subject}` is broken: {_number(measured[0])}"


_SUMMARIES: Mapping[IncidentKind, Callable[[str, Sequence[StageFinding], Sequence[Measurement]], str]] = {
    IncidentKind.FEED: _tell_feed,
    IncidentKind.DELIVERY: _tell_delivery,
    IncidentKind.DRIFT: _tell_drift,
    IncidentKind.SCORES: _tell_scores,
    IncidentKind.PERFORMANCE: _tell_performance,
    IncidentKind.RULE: _tell_rule,
}


def _felt(measured: Sequence[Measurement]) -> str:
    features = {m.feature for m in measured if m.scope is Scope.FEATURE}
    if not features:
        return ""
    return f"{counted(len(features), 'feature feels', 'features feel')} it, {_most(measured)}"


def _still(measured: Sequence[Measurement]) -> str:
    features = {m.feature for m in measured if m.scope is Scope.FEATURE}
    return (
        f"{counted(len(features), 'feature still feels', 'features still feel')} the gap, {_most(measured)}"
    )


def _most(measured: Sequence[Measurement]) -> str:
    of_features = [m for m in measured if m.scope is Scope.FEATURE]
    if not of_features:
        return ""
    worst = max(of_features, key=lambda m: (m.verdict is MeasurementVerdict.ALERT, beyond(m)))
    return f"most of all `{worst.feature}` ({_number(worst)})"


def _scores(measured: Sequence[Measurement]) -> str:
    """What the scores did, or the classes where the scores are calm."""
    moved = [m for m in measured if m.scope in _OF_SCORES]
    if not moved:
        return ""
    worst = max(moved, key=lambda m: (m.scope is Scope.SCORE, beyond(m)))
    what = (
        "the scores drifted" if worst.scope is Scope.SCORE else f"class `{worst.feature}` changed its share"
    )
    return f"{what} ({_number(worst)})"


def _number(measured: Measurement) -> str:
    limit = "" if measured.threshold is None else f", limit {measured.threshold:g}"
    value = "unknown" if measured.value is None else f"{measured.value:.3g}"
    return f"{measured.metric} {value}{limit}, n={measured.n:,}"


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
