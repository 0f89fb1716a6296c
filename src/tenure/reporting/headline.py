"""The rule of the headline: whether to worry, in one sentence with its number."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from tenure.domain.decisions import Promotion, Verdict
from tenure.domain.measurements import Measurement, Scope
from tenure.domain.report import Concern, Decided, Drift, Headline, Holder, Matured, Monitored
from tenure.domain.wording import counted
from tenure.reporting.performance import main_metric
from tenure.reporting.telling import tell_alert

HIGH_ALERTS = "high alerts"
"""The rule of retraining whose value is the number of alerts that matter."""


def headline_of(
    holder: Holder | None, monitored: Monitored, performance: Sequence[Matured], decided: Decided
) -> Headline:
    """Whether to worry, and why; the first of these that holds is told.

    ==============================================  =======
    what happened                                   concern
    ==============================================  =======
    somebody took office                            calm; watch, if anything is an alert
    a candidate passed and waits for approval       watch
    a candidate was refused                         worry
    a training was decided, and nothing came of it  worry
    nobody is in office                             watch
    an alert that matters                           worry
    an alert, or a warning                          watch
    none of these                                   calm
    ==============================================  =======

    An alert matters when the retrain decision counted it as of high severity; where it does not
    count them, each one does. One on what an earlier version said does not: it has been replaced.
    """
    if decided.promotion is not None:
        return _promoted(decided.promotion, monitored, decided)
    if decided.verdict is not None:
        return _waits(decided) if decided.verdict.passed else _refused(decided.verdict)
    if decided.retraining is not None and decided.retraining.retrain:
        return _fruitless(decided)
    if holder is None:
        return _nobody(decided)
    if monitored.n_alerts:
        return _alarmed(monitored, performance, decided, holder)
    return _quiet(monitored, performance, f"version {holder.office.version.version}")


def _promoted(promotion: Promotion, monitored: Monitored, decided: Decided) -> Headline:
    concern = Concern.WATCH if monitored.n_alerts else Concern.CALM
    promoted, replaced = promotion.promoted.version, promotion.replaced
    if replaced is None:
        return Headline(concern, f"Version {promoted} takes office, the first one: {_test(decided)}.")
    difference = decided.verdict.difference if decided.verdict else None
    told = f"version {promoted} replaces version {replaced.version} from the next period on"
    if difference is None:
        return Headline(concern, f"{told.capitalize()}: {_test(decided)}.")
    return Headline(
        concern,
        f"{told.capitalize()}: {difference.metric} {difference.candidate:.3f} against "
        f"{difference.champion:.3f} on the same {difference.n_rows:,} rows.",
    )


def _waits(decided: Decided) -> Headline:
    candidate = decided.verdict.candidate.version if decided.verdict else 0
    measured = f": {_test(decided)}" if decided.candidate else ""
    return Headline(Concern.WATCH, f"Version {candidate} passed the gate and waits for approval{measured}.")


def _refused(verdict: Verdict) -> Headline:
    against = [reason.message for reason in verdict.reasons if not reason.favours]
    stays = f"version {verdict.champion.version} stays" if verdict.champion else "nobody is in office"
    said = f": {against[0]}" if against else ""
    return Headline(
        Concern.WORRY, f"Version {verdict.candidate.version} was trained and refused, {stays}{said}."
    )


def _fruitless(decided: Decided) -> Headline:
    if decided.audit is not None:
        first = f": {decided.audit.why[0]}" if decided.audit.why else ""
        return Headline(Concern.WORRY, f"A training was due, and the leakage audit stopped it{_ended(first)}")
    reasons = decided.retraining.reasons if decided.retraining else ()
    asked = [reason.message for reason in reasons if reason.favours]
    return Headline(
        Concern.WORRY, f"A training is due{_ended(f': {asked[0]}' if asked else '')} Nothing was trained yet."
    )


def _nobody(decided: Decided) -> Headline:
    reasons = decided.retraining.reasons if decided.retraining else ()
    held = [reason.message for reason in reasons if not reason.favours]
    return Headline(
        Concern.WATCH,
        f"Nobody is in office yet, so nothing is scored{_ended(f': {held[0]}' if held else '')}",
    )


def _alarmed(
    monitored: Monitored, performance: Sequence[Matured], decided: Decided, holder: Holder
) -> Headline:
    past = {str(c.cohort) for c in performance if c.version != holder.office.version.version}
    present = [alert for alert in monitored.alerts if not _is_past(alert, past)]
    n_past = sum(_is_past(alert, past) for alert in monitored.alerts)
    matters = _n_high(monitored, decided) > n_past
    worst = tell_alert((present or monitored.alerts)[0], monitored.drift, performance)
    n_more = monitored.n_alerts - 1
    more = f", and {counted(n_more, 'more alert')}" if n_more else ""
    return Headline(
        Concern.WORRY if matters else Concern.WATCH,
        f"{worst}{more}. {_stays(holder, present=bool(present), matters=matters)}{_waiting(decided)}.",
    )


def _is_past(alert: Measurement, past: AbstractSet[str]) -> bool:
    """Whether it is about what somebody said who has been replaced since."""
    return alert.scope in {Scope.PERFORMANCE, Scope.ESTIMATE} and alert.feature in past


def _stays(holder: Holder, *, present: bool, matters: bool) -> str:
    who = f"Version {holder.office.version.version}"
    if not present:
        return f"{who} has been in office since {holder.office.since}, and has no alert of its own"
    return f"{who} stays in office" if matters else f"{who} stays in office: none of it weighs much with it"


def _waiting(decided: Decided) -> str:
    """Why no training answers the alerts, where they asked for one; brakes are the last of the reasons."""
    reasons = decided.retraining.reasons if decided.retraining else ()
    asked = any(reason.favours for reason in reasons if reason.rule == HIGH_ALERTS)
    held_back = [reason.message for reason in reasons if not reason.favours]
    return f"; a training waits: {held_back[-1]}" if asked and held_back else ""


def _quiet(monitored: Monitored, performance: Sequence[Matured], who: str) -> Headline:
    largest = max((row for row in monitored.drift if row.psi is not None), key=_psi, default=None)
    parts = [f"no alert among {counted(monitored.n_measurements, 'measurement')}"]
    if largest is not None:
        parts.append(f"the largest drift is `{largest.feature}` (psi {_psi(largest):.2f})")
    if performance and (metric := main_metric(performance[-1])):
        name, value = metric
        parts.append(f"the last matured cohort has {name} {value:.3f} (n={performance[-1].n_rows:,})")
    if not monitored.n_warnings:
        return Headline(Concern.CALM, f"{who.capitalize()} does as expected: {', '.join(parts)}.")
    warnings = counted(monitored.n_warnings, "warning")
    return Headline(Concern.WATCH, f"{who.capitalize()} has {warnings}: {', '.join(parts)}.")


def _n_high(monitored: Monitored, decided: Decided) -> int:
    """Alerts that matter, as the retrain decision counted them; all of them when it did not."""
    reasons = decided.retraining.reasons if decided.retraining else ()
    high = [reason.value for reason in reasons if reason.rule == HIGH_ALERTS and reason.value is not None]
    return int(high[0]) if high else monitored.n_alerts


def _test(decided: Decided) -> str:
    metric = main_metric(decided.candidate.test) if decided.candidate else None
    if decided.candidate is None or metric is None:
        return "it passed the gate"
    return f"{metric[0]} {metric[1]:.3f} on {decided.candidate.test.n_rows:,} test rows"


def _psi(row: Drift) -> float:
    return row.psi if row.psi is not None else 0.0


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
