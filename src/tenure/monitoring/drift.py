"""Rules: a column's reference and current profile -> measurements with verdicts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.monitoring.config import MonitorPolicy
from tenure.stats.divergence import js_distance, kl_divergence, wasserstein_from_bins
from tenure.stats.ks import ks_from_counts
from tenure.stats.moments import Moments
from tenure.stats.multiple import benjamini_hochberg
from tenure.stats.numbers import QUANTILES, Counts, NumberProfile
from tenure.stats.profile import Profile
from tenure.stats.proportion import compare_proportions
from tenure.stats.psi import measure_psi
from tenure.stats.words import CategoryProfile

Verdict = MeasurementVerdict


@dataclass(frozen=True, slots=True)
class Ruler:
    """What every measurement of one period shares."""

    as_of: date
    n: int
    policy: MonitorPolicy
    ordered: frozenset[str] = frozenset()
    """Features whose positions have an order: numbers."""

    def plain(self, scope: Scope, name: str, metric: str, value: float | None) -> Measurement:
        """A number without a threshold."""
        kept = None if value is None or not math.isfinite(value) else float(value)
        return Measurement(self.as_of, scope, name, metric, kept, None, self.n, Verdict.NO_THRESHOLD)

    def judged(
        self, scope: Scope, name: str, metric: str, value: float, *, limit: float, verdict: Verdict
    ) -> Measurement:
        """A number with its threshold; few rows make every verdict `not enough rows`."""
        if self.n < self.policy.min_rows:
            verdict = Verdict.NOT_ENOUGH_ROWS
        kept = float(value) if math.isfinite(value) else None
        return Measurement(self.as_of, scope, name, metric, kept, limit, self.n, verdict)


def measure_features(reference: Profile, current: Profile, ruler: Ruler) -> Iterator[Measurement]:
    """Every measurement of every feature; significance is judged over all of them together."""
    p_values, of_means = adjusted_p_values(reference, current), _p_values_of_means(reference, current)
    of_nulls, of_new = _p_values_of_nulls(reference, current), _p_values_of_new(reference, current)
    for name, part in reference.numbers.items():
        now = current.numbers[name]
        yield _mean_shift(name, part, now, of_means[name], ruler)
        yield from _drift(Scope.FEATURE, name, (part.counts, now.counts), p_values[name], ruler)
        yield from _describe_number(Scope.FEATURE, name, part, now, ruler)
        yield from _null_share(name, (part.counts, now.counts), of_nulls[name], ruler)
        yield from _outside(name, part, now, ruler)
    for name, words in reference.categories.items():
        now_words = current.categories[name]
        yield from _drift(Scope.FEATURE, name, (words.left_out, now_words.counts), p_values[name], ruler)
        yield from _describe_category(name, words, now_words, of_new[name], ruler)
        yield from _null_share(name, (words.counts, now_words.counts), of_nulls[name], ruler)
    for name, share in reference.importance.items():
        yield ruler.plain(Scope.FEATURE, name, "importance", share)


def measure_scores(reference: Profile, current: Profile, ruler: Ruler) -> Iterator[Measurement]:
    """Drift of the score (of the last class; of every class where there are more than two)."""
    p_values = adjusted_p_values(reference, current)
    for name in watched_scores(reference):
        part, now = reference.scores[name], current.scores[name]
        label = "score" if len(reference.scores) == 2 else f"score {name}"
        p_value = p_values[_score_key(name)]
        for measured in _drift(Scope.SCORE, label, (part.counts, now.counts), p_value, ruler):
            is_kl = measured.metric == "kl"
            yield _as_prediction_drift(measured, p_value, ruler) if is_kl else measured
        yield from _describe_number(Scope.SCORE, label, part, now, ruler)


def watched_scores(reference: Profile) -> list[str]:
    """The classes whose score is watched: the last of two, else every one."""
    names = list(reference.scores)
    return names[-1:] if len(names) == 2 else names


def adjusted_p_values(reference: Profile, current: Profile) -> Mapping[str, float]:
    """The p-value of each PSI under no drift, adjusted for looking at all features and scores."""
    pairs = {name: (p.counts, current.numbers[name].counts) for name, p in reference.numbers.items()}
    pairs |= {name: (p.left_out, current.categories[name].counts) for name, p in reference.categories.items()}
    for name in watched_scores(reference):
        pairs[_score_key(name)] = (reference.scores[name].counts, current.scores[name].counts)
    if not current.n_rows or not reference.n_rows:
        return dict.fromkeys(pairs, 1.0)
    raw = [measure_psi(then, now).p_value for then, now in pairs.values()]
    finite = [1.0 if math.isnan(p) else p for p in raw]
    return dict(zip(pairs, benjamini_hochberg(finite).tolist(), strict=True))


def _score_key(name: str) -> str:
    """A name that no feature has."""
    return f"\0score {name}"


def measure_classes(reference: Profile, current: Profile, ruler: Ruler) -> Iterator[Measurement]:
    """The share of each class among the predictions, against the reference's."""
    for name, n_then in reference.classes.items():
        if not current.n_rows or not reference.n_rows:
            continue
        test = compare_proportions(n_then, reference.n_rows, current.classes[name], current.n_rows)
        limit = ruler.policy.class_share
        alert = abs(test.difference) > limit and test.p_value < ruler.policy.significance
        yield ruler.plain(Scope.CLASS, name, "share", current.classes[name] / current.n_rows)
        verdict = Verdict.ALERT if alert else Verdict.OK
        yield ruler.judged(Scope.CLASS, name, "share_change", test.difference, limit=limit, verdict=verdict)


def _drift(
    scope: Scope, name: str, counts: tuple[Counts, Counts], p_value: float, ruler: Ruler
) -> Iterator[Measurement]:
    then, now = counts
    if not sum(now) or not sum(then):
        yield ruler.judged(
            scope, name, "psi", math.nan, limit=ruler.policy.psi, verdict=Verdict.NOT_ENOUGH_ROWS
        )
        return
    psi = measure_psi(then, now).value
    verdict = _psi_verdict(psi, p_value, ruler.policy)
    yield ruler.judged(scope, name, "psi", psi, limit=ruler.policy.psi, verdict=verdict)
    yield ruler.plain(scope, name, "psi_p_value", p_value)
    yield ruler.plain(scope, name, "kl", kl_divergence(then, now))
    yield ruler.plain(scope, name, "js", js_distance(then, now))
    ordered = scope is Scope.SCORE or name in ruler.ordered
    if ordered and sum(then[:-1]) > 0 and sum(now[:-1]) > 0:
        yield ruler.plain(scope, name, "ks", ks_from_counts(then[:-1], now[:-1]).statistic)


def _psi_verdict(psi: float, p_value: float, policy: MonitorPolicy) -> Verdict:
    if p_value >= policy.significance:
        return Verdict.OK
    if psi > policy.psi:
        return Verdict.ALERT
    return Verdict.WARNING if psi > policy.psi_warning else Verdict.OK


def _as_prediction_drift(kl: Measurement, p_value: float, ruler: Ruler) -> Measurement:
    limit = ruler.policy.prediction_drift
    value = kl.value if kl.value is not None else math.nan
    alert = value > limit and p_value < ruler.policy.significance
    verdict = Verdict.ALERT if alert else Verdict.OK
    return ruler.judged(kl.scope, kl.feature, "kl", value, limit=limit, verdict=verdict)


def _describe_number(
    scope: Scope, name: str, then: NumberProfile, now: NumberProfile, ruler: Ruler
) -> Iterator[Measurement]:
    moments = now.moments
    values = {
        "mean": moments.mean,
        "std": moments.std,
        "min": moments.minimum,
        "max": moments.maximum,
        "skew": moments.skew,
        "mode": now.mode(),
        **dict(zip((f"p{round(100 * q):02d}" for q in QUANTILES), now.quantiles(), strict=True)),
        "cardinality_ratio": now.n_occupied / then.n_occupied if then.n_occupied else None,
        "std_shift": _spread_shift(then, now),
        "skew_shift": moments.skew - then.moments.skew,
        "wasserstein": _wasserstein(then, now),
    }
    if scope is not Scope.FEATURE:  # of a feature it has a limit
        values["mean_shift"] = _in_reference_std(then, now)
    for metric, value in values.items():
        yield ruler.plain(scope, name, metric, value)


def _p_values_of_nulls(reference: Profile, current: Profile) -> Mapping[str, float]:
    """The chance of so many nulls without a change, adjusted for looking at all features.

    Fisher's exact test, one-sided: of some sixty rows with three nulls a normal approximation cries wolf.
    """
    pairs = {name: (part.counts, current.numbers[name].counts) for name, part in reference.numbers.items()}
    pairs |= {name: (p.counts, current.categories[name].counts) for name, p in reference.categories.items()}
    raw = [_p_value_of_more(then, now, -1) for then, now in pairs.values()]
    return dict(zip(pairs, benjamini_hochberg(raw).tolist() if raw else [], strict=True))


def _p_value_of_more(then: Counts, now: Counts, place: int) -> float:
    """Fisher's exact test, one-sided: so many rows of the period at one place, or more."""
    from scipy import stats  # noqa: PLC0415 - takes a second, which other steps need not wait for

    n_then, n_now = int(sum(then)), int(sum(now))
    n_there = int(then[place] + now[place])
    return float(stats.hypergeom.sf(int(now[place]) - 1, n_then + n_now, n_there, n_now))


def _p_values_of_new(reference: Profile, current: Profile) -> Mapping[str, float]:
    """The chance of so many rows of unknown categories without a change, adjusted over all categories.

    Fisher's exact test, one-sided, against the rows of the reference whose category no other row of it has:
    each of them was as new to the rest as a row of the period is to all (`CategoryProfile.left_out`).
    """
    raw = [
        _p_value_of_more(p.left_out, current.categories[n].counts, -2)
        for n, p in reference.categories.items()
    ]
    return dict(zip(reference.categories, benjamini_hochberg(raw).tolist() if raw else [], strict=True))


def _p_values_of_means(reference: Profile, current: Profile) -> Mapping[str, float]:
    """Welch's test of each number's mean, adjusted for looking at all of them.

    The period counts with its own spread, so that one value as large as all others together, which moves
    the mean, proves nothing; and with the reference's where that is larger: of a skewed number few rows
    with a low mean have a low spread, too, and would cry wolf.
    """
    from scipy import stats  # noqa: PLC0415 - as above

    raw = []
    for name, part in reference.numbers.items():
        then, now = part.moments, current.numbers[name].moments
        p_value = math.nan
        if min(then.n, now.n) > 1:
            before, after = _sample_std(then), max(_sample_std(then), _sample_std(now))
            test = stats.ttest_ind_from_stats(
                then.mean, before, then.n, now.mean, after, now.n, equal_var=False
            )
            p_value = float(test.pvalue)
        raw.append(1.0 if math.isnan(p_value) else p_value)
    return dict(zip(reference.numbers, benjamini_hochberg(raw).tolist() if raw else [], strict=True))


def _sample_std(moments: Moments) -> float:
    return moments.std * math.sqrt(moments.n / (moments.n - 1))


def _mean_shift(
    name: str, then: NumberProfile, now: NumberProfile, p_value: float, ruler: Ruler
) -> Measurement:
    """How far the mean moved: what bins of equal frequency are slow to see."""
    shift, limit = _in_reference_std(then, now), ruler.policy.mean_shift
    if shift is None or not math.isfinite(shift):
        return ruler.plain(Scope.FEATURE, name, "mean_shift", None)
    above = abs(shift) > limit and p_value < ruler.policy.significance
    verdict = Verdict.WARNING if above else Verdict.OK
    return ruler.judged(Scope.FEATURE, name, "mean_shift", shift, limit=limit, verdict=verdict)


def _in_reference_std(then: NumberProfile, now: NumberProfile) -> float | None:
    """How far the mean moved, in standard deviations of the reference."""
    spread = then.moments.std
    return (now.moments.mean - then.moments.mean) / spread if spread > 0 else None


def _spread_shift(then: NumberProfile, now: NumberProfile) -> float | None:
    """How much wider the values lie, as a share of the reference's standard deviation."""
    spread = then.moments.std
    return now.moments.std / spread - 1 if spread > 0 else None


def _outside(name: str, then: NumberProfile, now: NumberProfile, ruler: Ruler) -> Iterator[Measurement]:
    """The share of rows beyond the smallest and the largest value of the reference."""
    if not ruler.n or not sum(then.counts):
        return
    test = compare_proportions(then.n_outside, sum(then.counts), now.n_outside, ruler.n)
    limit = ruler.policy.out_of_range
    beyond = now.n_outside / ruler.n > limit and test.p_value < ruler.policy.significance
    yield ruler.judged(
        Scope.FEATURE,
        name,
        "out_of_range",
        now.n_outside / ruler.n,
        limit=limit,
        verdict=Verdict.WARNING if beyond else Verdict.OK,
    )


def _wasserstein(then: NumberProfile, now: NumberProfile) -> float | None:
    if len(then.edges) < 2 or not sum(now.counts[:-1]) or not sum(then.counts[:-1]):
        return None
    return wasserstein_from_bins(then.counts, now.counts, then.edges)


def _describe_category(
    name: str, then: CategoryProfile, now: CategoryProfile, p_value: float, ruler: Ruler
) -> Iterator[Measurement]:
    """The rows of categories that the reference does not have, and how many categories there are.

    Both are a warning only where there are more such rows than a column with rare values has anyhow.
    """
    more = p_value < ruler.policy.significance
    share, limit = _share_at(now.counts, -2), ruler.policy.new_category_share + _share_at(then.left_out, -2)
    ratio = now.n_distinct / then.n_distinct if then.n_distinct else math.nan
    most = ruler.policy.cardinality_ratio
    for metric, value, threshold in (
        ("new_category_share", share, limit),
        ("cardinality_ratio", ratio, most),
    ):
        verdict = Verdict.WARNING if more and value > threshold else Verdict.OK
        yield ruler.judged(Scope.FEATURE, name, metric, value, limit=threshold, verdict=verdict)


def _share_at(counts: Counts, place: int) -> float:
    return counts[place] / sum(counts) if sum(counts) else math.nan


def _null_share(
    name: str, counts: tuple[Counts, Counts], p_value: float, ruler: Ruler
) -> Iterator[Measurement]:
    then, now = counts
    if not ruler.n or not sum(then):
        return
    share = now[-1] / ruler.n
    increase, limit = share - then[-1] / sum(then), ruler.policy.null_increase
    yield ruler.plain(Scope.FEATURE, name, "null_share", share)
    alert = increase > limit and p_value < ruler.policy.significance
    verdict = Verdict.ALERT if alert else Verdict.OK
    yield ruler.judged(Scope.FEATURE, name, "null_increase", increase, limit=limit, verdict=verdict)
