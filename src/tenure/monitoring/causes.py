"""Rules: features that drifted together -> what explains them: a source that stopped, a unit that changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from tenure.domain.causes import Cause, CauseKind
from tenure.domain.features import FeatureColumn
from tenure.domain.findings import Finding, Severity
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.stats.numbers import NumberProfile
from tenure.stats.profile import Profile

LEAST_SHARE = 0.5
"""Share of a source's features that must be null more often, for the source to have stopped."""
LEAST_FACTOR = 2.0
"""Values that doubled, or halved, may have another unit; less is growth."""
TOLERANCE = 0.2
"""By how much the factor of the spread may differ from that of the mean, as a share of it."""
LEAST_MEAN = 0.1
"""Of a mean, in standard deviations, for a factor between two of them to mean anything."""
_NO_ROW = "no row of it became known in the period"
_FEWER = "fewer events meet its rows"
_CODES = {CauseKind.OUTAGE: "MON009", CauseKind.UNIT_CHANGE: "MON010"}
_HINTS = {
    CauseKind.OUTAGE: "ask who delivers the source; a model trained now would learn from its absence.",
    CauseKind.UNIT_CHANGE: "ask who delivers it whether the unit changed, and convert it on the way in.",
}


def find_causes(
    measurements: Sequence[Measurement],
    columns: Sequence[FeatureColumn],
    *,
    reference: Profile,
    current: Profile,
    silent: AbstractSet[str] = frozenset(),
) -> tuple[Cause, ...]:
    """What explains the alerts on features: the causes that explain most importance come first.

    Parameters
    ----------
    measurements
        Of the period.
    columns
        Which source each feature was made of.
    reference, current
        Profiles of the reference and of the period.
    silent
        Sources of which no row became known in the period.
    """
    importance = reference.importance
    outages = list(_outages(measurements, columns, importance, silent))
    explained = {feature for cause in outages for feature in cause.features}
    changed = _alerted(measurements, "psi") - explained
    units = list(_unit_changes(sorted(changed), reference, current))
    return tuple(sorted([*outages, *units], key=lambda cause: (-cause.importance, cause.subject)))


def findings_of_causes(causes: Sequence[Cause]) -> Iterator[Finding]:
    """A finding for each cause."""
    for cause in causes:
        yield Finding(
            code=_CODES[cause.kind],
            severity=Severity.WARNING,
            message=cause.message,
            scope=cause.subject,
            examples=cause.features[:5],
            hint=_HINTS[cause.kind],
        )


def _outages(
    measurements: Sequence[Measurement],
    columns: Sequence[FeatureColumn],
    importance: Mapping[str, float],
    silent: AbstractSet[str],
) -> Iterator[Cause]:
    nulls = _values(measurements, "null_share")
    missing = _alerted(measurements, "null_increase")
    watched = [column for column in columns if column.name in importance]
    for source in sorted({name for column in watched for name in column.sources}):
        of_source = [column.name for column in watched if column.sources == {source}]
        gone = tuple(sorted(missing & set(of_source)))
        if gone and len(gone) >= LEAST_SHARE * len(of_source):
            share = sum(nulls[name] for name in gone) / len(gone)
            why = _NO_ROW if source in silent else _FEWER
            weight = sum(importance[name] for name in gone)
            yield Cause(
                kind=CauseKind.OUTAGE,
                subject=source,
                features=gone,
                importance=weight,
                size=share,
                message=_told_outage(source, (len(gone), len(of_source)), weight, share, why),
            )


def _told_outage(source: str, counts: tuple[int, int], importance: float, share: float, why: str) -> str:
    n_gone, n_features = counts
    return (
        f"`{source}` stopped delivering: {n_gone:,} of its {n_features:,} features, with {importance:.0%} of "
        f"the importance, are null in {share:.0%} of the rows ({why})"
    )


def _unit_changes(names: Sequence[str], reference: Profile, current: Profile) -> Iterator[Cause]:
    for name in names:
        if name not in reference.numbers:
            continue
        factor = _common_factor(reference.numbers[name], current.numbers[name])
        if factor is None:
            continue
        importance = reference.importance.get(name, 0.0)
        message = (
            f"`{name}` is {_times(factor)} what it was in mean and in spread, as if its unit had changed"
        )
        yield Cause(CauseKind.UNIT_CHANGE, name, (name,), importance, factor, message)


def _common_factor(then: NumberProfile, now: NumberProfile) -> float | None:
    """The factor between mean and mean, and between spread and spread, where it is the same.

    Neither depends on bins, out of which a changed unit carries most rows. A column around 0 has no factor
    between its means.
    """
    before, after = then.moments, now.moments
    if not (before.std > 0 and after.std > 0 and abs(before.mean) > LEAST_MEAN * before.std):
        return None
    of_mean, of_spread = after.mean / before.mean, after.std / before.std
    if of_mean <= 0 or abs(of_mean - of_spread) > TOLERANCE * of_mean:
        return None
    return of_mean if max(of_mean, 1 / of_mean) >= LEAST_FACTOR else None


def _times(factor: float) -> str:
    return f"{factor:,.3g} times" if factor >= 1 else f"1/{1 / factor:,.3g} of"


def _alerted(measurements: Sequence[Measurement], metric: str) -> set[str]:
    return {
        m.feature
        for m in measurements
        if m.scope is Scope.FEATURE and m.metric == metric and m.verdict is MeasurementVerdict.ALERT
    }


def _values(measurements: Sequence[Measurement], metric: str) -> dict[str, float]:
    return {
        m.feature: m.value or 0.0 for m in measurements if m.scope is Scope.FEATURE and m.metric == metric
    }
