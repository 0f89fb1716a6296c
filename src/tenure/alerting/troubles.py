"""Rules: what shows in a period -> what is wrong, each thing once, with everything that shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tenure.alerting.config import AlertPolicy
from tenure.alerting.evidence import MISSING, Evidence, StageFinding, Trouble, as_signal, beyond
from tenure.alerting.severity import severity_of
from tenure.alerting.telling import advise, summarise
from tenure.domain.findings import Severity
from tenure.domain.incidents import Incident, IncidentKind, Signal
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope

Key = tuple[IncidentKind, str]

_NO_ROWS = frozenset({"ING001"})
_OTHER_COLUMNS = frozenset({"ING004", "ING005", "VAL001", "VAL002"})
_DELIVERED = ("ingest", "validate", "clean", "build")
"""The stages whose findings are about what was delivered."""
_OF_SCORES = frozenset({Scope.SCORE, Scope.CLASS})
_OF_FEATURES = frozenset({IncidentKind.FEED, IncidentKind.DELIVERY, IncidentKind.DRIFT})
DELIVERS_AGAIN = "delivers again"
ALL_FEATURES = "features"
"""The subject of features whose source is not known."""


@dataclass(slots=True)
class Grouped:
    """What shows each thing that is wrong, while the rule sorts the period's evidence."""

    findings: defaultdict[Key, list[StageFinding]] = field(default_factory=lambda: defaultdict(list))
    measured: defaultdict[Key, list[Measurement]] = field(default_factory=lambda: defaultdict(list))

    recovering: frozenset[str] = frozenset()
    """The sources that deliver again, and of which features may still lack what did not come."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """The things that are wrong, in the order in which they were found."""
        return tuple(dict.fromkeys([*self.findings, *self.measured]))


def find_troubles(evidence: Evidence, *, policy: AlertPolicy) -> tuple[Trouble, ...]:
    """Everything that is wrong in the period, each thing once.

    A finding or alert belongs to one trouble:

    1. A source of which no row came, or of which most features lost values: an outage of its feed. It takes
       every alert on features made of that source, also after it delivers again, until they are calm.
    2. A source that came with other columns, or with a column in another unit: a changed delivery. It takes
       the alerts on features made of those columns, and on features of that source that lost values.
    3. Any other alert on a feature: drift of the source that it is made of.
    4. Alerts on the scores and classes follow the trouble that they followed before, else the one whose
       features hold most of the champion's importance; without one they are a trouble of their own.
    5. Alerts on cohorts and on their estimates: the performance of the version that scored them.
    6. Each rule of the project's own; leaks, and other warnings of what was delivered, by source.
    """
    grouped = Grouped()
    _sort_findings(evidence, grouped)
    _sort_features(evidence, policy, grouped)
    _sort_scores(evidence, grouped)
    for measured in evidence.alerts:
        if measured.scope is Scope.RULE:
            grouped.measured[IncidentKind.RULE, measured.feature].append(measured)
        if measured.scope in {Scope.PERFORMANCE, Scope.ESTIMATE}:
            version = evidence.scorers.get(measured.feature)
            subject = "an earlier version" if version is None else f"version {version}"
            grouped.measured[IncidentKind.PERFORMANCE, subject].append(measured)
    return tuple(_trouble(key, grouped, evidence, policy) for key in grouped.keys)


def missing_columns(found: Iterable[StageFinding]) -> frozenset[str]:
    """The columns that findings of a changed delivery name.

    Examples
    --------
    >>> from tenure.domain.findings import Finding
    >>> said = "1 declared columns of `loans` did not come and are null: `debt`"
    >>> missing_columns([StageFinding("ingest", Finding("ING005", Severity.WARNING, said, scope="loans"))])
    frozenset({'debt'})
    """
    return frozenset(
        name for each in found for name in each.finding.message.split("`")[1::2] if name != each.finding.scope
    )


def _sort_findings(evidence: Evidence, grouped: Grouped) -> None:
    for each in evidence.findings:
        key = _key_of(each, evidence)
        if key is not None:
            grouped.findings[key].append(each)
    for kind, subject in list(grouped.findings):
        if kind is IncidentKind.FEED:  # nothing came: what else is said of the source follows from that
            for other in (IncidentKind.DELIVERY, IncidentKind.QUALITY):
                grouped.findings[kind, subject] += grouped.findings.pop((other, subject), [])


def _key_of(each: StageFinding, evidence: Evidence) -> Key | None:
    finding = each.finding
    names_source = each.stage == "monitor" and finding.scope in evidence.sources
    if finding.code in _NO_ROWS or names_source:
        return IncidentKind.FEED, finding.scope
    if each.stage == "monitor" and evidence.origins.get(finding.scope):
        return IncidentKind.DELIVERY, evidence.origins[finding.scope][0]
    if finding.code in _OTHER_COLUMNS:
        return IncidentKind.DELIVERY, finding.scope
    if each.stage == "audit" and finding.severity is Severity.ERROR:
        return IncidentKind.LEAKAGE, "training"
    if each.stage in _DELIVERED and finding.severity is not Severity.INFO:
        return IncidentKind.QUALITY, finding.scope or each.stage
    return None


def _sort_features(evidence: Evidence, policy: AlertPolicy, grouped: Grouped) -> None:
    alerts = [m for m in evidence.alerts if m.scope is Scope.FEATURE]
    lost = frozenset(m.feature for m in alerts if m.metric in MISSING)
    known = {subject for kind, subject in grouped.findings if kind is IncidentKind.DELIVERY}
    out = {subject for kind, subject in grouped.findings if kind is IncidentKind.FEED}
    out |= set(_without_values(lost, evidence, policy)) - known
    before = evidence.open_of(IncidentKind.FEED)
    out |= set(before) - known
    grouped.recovering = frozenset(name for name in out & set(before) if _came_again(name, before, grouped))
    places = _Places(evidence, grouped, frozenset(out), lost)
    unclear = []
    for measured in alerts:
        key = places.of(measured)
        if key is None:
            unclear.append(measured)
        else:
            grouped.measured[key].append(measured)
    for measured in unclear:
        sources = evidence.origins.get(measured.feature, ()) or (ALL_FEATURES,)
        most = max(sources, key=lambda s: (len(grouped.measured.get((IncidentKind.DRIFT, s), ())), s))
        grouped.measured[IncidentKind.DRIFT, most].append(measured)


def _came_again(source: str, before: Mapping[str, Incident], grouped: Grouped) -> bool:
    """Whether nothing came of the source before, and something does now."""
    is_out = (IncidentKind.FEED, source) in grouped.findings
    return not is_out and any(signal.value is None for signal in before[source].signals)


def _without_values(lost: frozenset[str], evidence: Evidence, policy: AlertPolicy) -> Iterator[str]:
    """The sources of which most features lost values, and at least two."""
    made: defaultdict[str, set[str]] = defaultdict(set)
    for feature, sources in evidence.origins.items():
        if len(sources) == 1:
            made[sources[0]].add(feature)
    for source, features in made.items():
        n_lost = len(features & lost)
        if n_lost >= 2 and n_lost >= policy.null_features_share * len(features):
            yield source


@dataclass(slots=True)
class _Places:
    """Which trouble an alert on a feature belongs to."""

    evidence: Evidence
    grouped: Grouped
    out: frozenset[str]
    lost: frozenset[str]

    def of(self, measured: Measurement) -> Key | None:
        """The trouble; None where several sources could be the one."""
        sources = self.evidence.origins.get(measured.feature, ())
        for source in sources:
            if source in self.out:
                return IncidentKind.FEED, source
        for source in sources:
            if self._is_missing(measured.feature, source):
                return IncidentKind.DELIVERY, source
        return (IncidentKind.DRIFT, sources[0]) if len(sources) == 1 else None

    def _is_missing(self, feature: str, source: str) -> bool:
        """Whether the feature is made of what did not come, or still lacks the values."""
        found = self.grouped.findings.get((IncidentKind.DELIVERY, source))
        if found is not None:
            columns = {f"{source}.{column}" for column in missing_columns(found)}
            named = feature in {each.finding.scope for each in found}
            return (
                named or feature in self.lost or not columns.isdisjoint(self.evidence.inputs.get(feature, ()))
            )
        before = self.evidence.open_of(IncidentKind.DELIVERY).get(source)
        return before is not None and feature in self.lost and feature in {s.about for s in before.signals}


def _sort_scores(evidence: Evidence, grouped: Grouped) -> None:
    alerts = [m for m in evidence.alerts if m.scope in _OF_SCORES]
    if alerts:
        grouped.measured[_followed(evidence, grouped)] += alerts


def _followed(evidence: Evidence, grouped: Grouped) -> Key:
    """The trouble whose features the scores follow."""
    held = {
        key: sum(evidence.importance.get(name, 0.0) for name in {m.feature for m in measured})
        for key, measured in grouped.measured.items()
        if key[0] in _OF_FEATURES and any(m.verdict is MeasurementVerdict.ALERT for m in measured)
    }
    before = [each.key for each in evidence.earlier if each.is_open and _has_scores(each.signals)]
    for key in before:
        if key in held:
            return key
    n_alerts = {key: len(grouped.measured[key]) for key in held}
    return max(held, key=lambda k: (held[k], n_alerts[k], k[1]), default=(IncidentKind.SCORES, "scores"))


def _has_scores(signals: Sequence[Signal]) -> bool:
    return any(signal.about.startswith("score") for signal in signals)


def _trouble(key: Key, grouped: Grouped, evidence: Evidence, policy: AlertPolicy) -> Trouble:
    found, measured = grouped.findings.get(key, []), grouped.measured.get(key, [])
    kind, subject = key
    recovering = kind is IncidentKind.FEED and subject in grouped.recovering
    again = (Signal(DELIVERS_AGAIN, subject),) if recovering else ()
    return Trouble(
        kind=kind,
        subject=subject,
        severity=severity_of(key, found, measured, evidence=evidence, policy=policy),
        summary=summarise(key, found, measured, recovering=recovering),
        advice=advise(kind, subject, found),
        signals=(*again, *(each.signal for each in found), *_worst_first(measured)),
    )


def _gravity(measured: Measurement) -> tuple[bool, bool, float, str, str]:
    is_warning = measured.verdict is not MeasurementVerdict.ALERT
    told = (measured.feature, measured.metric)
    return (measured.scope not in _OF_SCORES, is_warning, -beyond(measured), *told)


def _worst_first(measured: Sequence[Measurement]) -> Iterator[Signal]:
    """Alerts by how far they are beyond their limits; those on the scores come first."""
    ordered = sorted(measured, key=_gravity)
    return (as_signal(m) for m in ordered)
