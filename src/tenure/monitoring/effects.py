"""Rules: what drift of a feature means to the model that is in office.

A distance between two distributions does not say whether the score cares. These do: how far the score
would move, how grave that makes the drift, who now gets which score, and what the score listens to.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope
from tenure.monitoring.drift import Ruler
from tenure.stats.numbers import Counts
from tenure.stats.profile import Profile
from tenure.stats.psi import population_stability_index
from tenure.stats.shares import shares_of
from tenure.stats.tails import midranks


def measure_weight(reference: Profile, current: Profile, ruler: Ruler) -> Iterator[Measurement]:
    """The effect of each feature's drift on the score, and its severity."""
    spread = reference.deciles.score.moments.std
    then, now = _counts(reference), _counts(current)
    for name, sums in reference.score_sums.items():
        if not sum(then[name]) or not sum(now[name]):
            continue
        effect = score_effect(then[name], now[name], sums) / spread if spread > 0 else 0.0
        like = reference.categories[name].left_out if name in reference.categories else then[name]
        psi = population_stability_index(like, now[name])
        share = reference.importance.get(name, 0.0)
        grave = drift_severity(psi, limit=ruler.policy.psi, importance=share, score_effect=effect)
        yield ruler.plain(Scope.FEATURE, name, "score_effect", effect)
        yield ruler.plain(Scope.FEATURE, name, "severity", grave)


def score_effect(reference: Counts, current: Counts, score_sums: tuple[float, ...]) -> float:
    r"""How far the mean score moves if rows move between the bins of one feature and nothing else changes.

    .. math:: \sum_i (q_i - p_i) \, s_i

    p the shares of the reference, q those of the period, s the mean score of the reference's rows in the
    bin. Of a bin that no row of the reference lies in nothing is known: it counts with the mean of all.

    Parameters
    ----------
    reference, current
        Rows per position, at least one each.
    score_sums
        The sum of the score over the reference's rows of each position.

    Returns
    -------
    float
        In units of the score, with its sign.

    Notes
    -----
    A first-order estimate: features that move together are each counted as if alone, and the scores are
    those of the rows that were trained on.

    Examples
    --------
    >>> round(score_effect((50, 50, 0), (25, 75, 0), (10.0, 30.0, 0.0)), 6)
    0.1
    """
    rows, sums = np.asarray(reference, float), np.asarray(score_sums)
    overall = sums.sum() / rows.sum()
    means = np.divide(sums, rows, out=np.full(rows.shape, overall), where=rows > 0)
    return float((shares_of(current) - shares_of(reference)) @ means)


def drift_severity(psi: float, *, limit: float, importance: float, score_effect: float) -> float:
    r"""How grave the drift of a feature is, from how far it went and how much that matters.

    .. math:: \frac{\mathrm{PSI}}{\mathrm{PSI} + \mathrm{limit}} \; \bigl(1 - (1 - a)(1 - \min(1, |e|))\bigr)

    a the feature's share of the model's importance, e the effect on the score in its standard deviations:
    either is enough to matter. A choice of this project, made to put alerts in an order.

    Parameters
    ----------
    psi : float
        0 or more.
    limit : float
        The PSI that is an alert; there the first factor is a half.
    importance : float
        In [0, 1].
    score_effect : float
        Of either sign.

    Returns
    -------
    float
        In [0, 1): 0 without drift, or of a feature that the model does not use; NaN for a NaN PSI.

    Examples
    --------
    >>> round(drift_severity(0.25, limit=0.25, importance=0.4, score_effect=-0.5), 6)
    0.35
    >>> drift_severity(9.0, limit=0.25, importance=0.0, score_effect=0.0)
    0.0
    """
    if math.isnan(psi):
        return math.nan
    matters = 1 - (1 - importance) * (1 - min(1.0, abs(score_effect)))
    return psi / (psi + limit) * matters


def measure_deciles(reference: Profile, current: Profile, ruler: Ruler) -> Iterator[Measurement]:
    """The mean of the features that matter most, by decile of the score; 1 is the lowest.

    `n` is the number of rows of the decile that have a value.
    """
    for name, then in reference.deciles.features.items():
        now = current.deciles.features[name]
        spread = reference.numbers[name].moments.std
        for place in range(reference.deciles.n_deciles):
            mean = now.mean(place)
            shift = (mean - then.mean(place)) / spread if spread > 0 else math.nan
            for metric, value in ((f"mean {place + 1}", mean), (f"mean_shift {place + 1}", shift)):
                kept = value if math.isfinite(value) else None
                yield Measurement(
                    ruler.as_of,
                    Scope.DECILE,
                    name,
                    metric,
                    kept,
                    None,
                    now.n[place],
                    MeasurementVerdict.NO_THRESHOLD,
                )


def compare_sensitivity(
    reference: Mapping[str, float], current: Mapping[str, float], ruler: Ruler
) -> Iterator[Measurement]:
    """What the score listens to in this period, against the held-out rows of the training.

    Shares of the features that matter most, their difference, and how well the two orders agree
    (Spearman; of three features at least).
    """
    both = [name for name in reference if name in current]
    for name in both:
        yield ruler.plain(Scope.FEATURE, name, "importance_now", current[name])
        yield ruler.plain(Scope.FEATURE, name, "importance_shift", current[name] - reference[name])
    if len(both) < 3:
        return
    ranks = [midranks([side[name] for name in both]) for side in (reference, current)]
    if min(np.ptp(side) for side in ranks) > 0:
        agreement = float(np.corrcoef(ranks[0], ranks[1])[0, 1])
        yield ruler.plain(Scope.POPULATION, "features", "importance_rank_correlation", agreement)


def _counts(profile: Profile) -> dict[str, Counts]:
    numbers = {name: part.counts for name, part in profile.numbers.items()}
    return numbers | {name: part.counts for name, part in profile.categories.items()}
