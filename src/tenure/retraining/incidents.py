"""Rule: what was delivered wrongly, since when -> which features of the period feel it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tenure.domain.causes import Cause, CauseKind
from tenure.domain.features import FeatureColumn
from tenure.domain.incidents import Incident, IncidentKind, incident_title
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope

Key = tuple[IncidentKind, str]

KIND_OF_FINDING: Mapping[str, IncidentKind] = {
    "ING001": IncidentKind.FEED,
    "ING004": IncidentKind.DELIVERY,
    "ING005": IncidentKind.DELIVERY,
    "VAL001": IncidentKind.DELIVERY,
    "VAL002": IncidentKind.DELIVERY,
}
"""The findings of a period, by source, that open an incident of the data at its end."""
_OF_EVERY_FEATURE = frozenset({Scope.SCORE, Scope.CLASS, Scope.ESTIMATE})


@dataclass(frozen=True, slots=True)
class DataIncident:
    """A feed outage or a changed delivery that features of the champion feel in this period."""

    kind: IncidentKind
    source: str
    since: date
    """The period in which it began."""
    features: frozenset[str]
    """Those that feel it."""
    importance: float
    """Their share of the champion's importance."""
    unclear: frozenset[str] = frozenset()
    """Features that may feel it or not: SQL made them of columns that are not told."""
    n_labels: int = 0
    """Labels, known by now, of events of that period or later."""
    matures: date | None = None
    """The period in which the first of them is known; None where no label says how long that takes."""

    @property
    def title(self) -> str:
        """What it is and since when, in a few words.

        Examples
        --------
        >>> since = date(2024, 7, 1)
        >>> DataIncident(IncidentKind.FEED, "clicks", since, frozenset(), 0.4).title
        'feed outage of `clicks` (2024-07-01)'
        """
        return f"{incident_title(self.kind, self.source)} ({self.since})"

    def explains(self, measured: Measurement) -> bool:
        """Whether the measurement may be its doing.

        Scores and classes are made of all features, so that theirs may be; so may the performance on
        cohorts that were scored since.
        """
        if measured.scope is Scope.FEATURE:
            return measured.feature in self.features | self.unclear
        if measured.scope is Scope.PERFORMANCE:
            return measured.feature >= self.since.isoformat()
        return measured.scope in _OF_EVERY_FEATURE


def find_incidents(
    columns: Sequence[FeatureColumn],
    measurements: Sequence[Measurement],
    causes: Sequence[Cause],
    *,
    found: Sequence[Key],
    before: Sequence[Incident],
    as_of: date,
) -> tuple[DataIncident, ...]:
    """What is wrong with the delivered data, a source each, and which features feel it; it may be none.

    An outage is felt by every feature with an alert that is made of the source, also after the source
    delivers again, for as long as its incident is open; a changed delivery by features of the source that
    lost values, have another unit, or were named in the incident so far. A feature that SQL made of columns
    that are not told feels either when it lost values; otherwise it may, or may not.

    Parameters
    ----------
    columns
        Which source each feature is made of.
    measurements, causes
        Of the period.
    found
        What findings of the period say, by `KIND_OF_FINDING`.
    before
        The incidents that the period before left open.
    as_of
        The period: in which those began that were not open.
    """
    told = dict.fromkeys((*found, *_of_causes(causes, columns)), as_of)
    told |= {each.key: each.since for each in before if each.kind in KIND_OF_FINDING.values()}
    out = {source for kind, source in told if kind is IncidentKind.FEED}
    named = {each.key: frozenset(signal.about for signal in each.signals) for each in before}
    changed = {name for cause in causes if cause.kind is CauseKind.UNIT_CHANGE for name in cause.features}
    alerted, lost = _alerted(measurements), _alerted(measurements, "null_increase")
    felt = {(IncidentKind.FEED, source): alerted for source in out}
    felt |= {
        key: alerted & (lost | changed | named.get(key, frozenset()))
        for key in told
        if key[0] is IncidentKind.DELIVERY and key[1] not in out
    }
    unclear = frozenset(column.name for column in columns if not column.inputs)
    importance = {m.feature: m.value or 0.0 for m in measurements if m.metric == "importance"}
    incidents = []
    for key in sorted(felt):
        features = (felt[key] & _made_of(key[1], columns)) | (unclear & lost)
        weight = sum(importance.get(name, 0.0) for name in sorted(features))
        incidents.append(DataIncident(*key, told[key], features, weight, unclear))
    return tuple(incidents)


def _of_causes(causes: Sequence[Cause], columns: Sequence[FeatureColumn]) -> Iterator[Key]:
    sources = {column.name: column.sources for column in columns}
    for cause in causes:
        if cause.kind is CauseKind.OUTAGE:
            yield IncidentKind.FEED, cause.subject
        else:
            yield from ((IncidentKind.DELIVERY, source) for source in sources.get(cause.subject, ()))


def _made_of(source: str, columns: Sequence[FeatureColumn]) -> frozenset[str]:
    return frozenset(column.name for column in columns if source in column.sources)


def _alerted(measurements: Sequence[Measurement], metric: str = "") -> frozenset[str]:
    """The features with an alert, of that metric or of any."""
    return frozenset(
        m.feature
        for m in measurements
        if m.scope is Scope.FEATURE and m.verdict is MeasurementVerdict.ALERT and metric in {"", m.metric}
    )
