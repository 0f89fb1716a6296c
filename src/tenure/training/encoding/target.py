r"""Categories and labels of training rows → shares of classes: for them out of fold, for later rows of all.

With :math:`n` rows of the category, :math:`n_c` of them of class c, and :math:`N, N_c` likewise of all rows
that may be counted:

.. math:: s_c = \frac{n_c + m\,p_c}{n + m}, \qquad p_c = \frac{N_c + 1}{N + K}

the m-estimate with m = `smoothing` [1]_ [2]_, towards a prior by Laplace's rule of succession; null where
no label at all may be counted (N = 0), as for the first rows of all. A row that is fitted on must not be
given its own label: a model would learn to read it there. By time, a training row is given what was known
before its event, as it would have been had it been scored then (the ordered statistics of [3]_, by when
labels became known); by entity, what the other folds say.

References
----------
.. [1] D. Micci-Barreca, "A Preprocessing Scheme for High-Cardinality Categorical Attributes in
   Classification and Prediction Problems", SIGKDD Explorations 3(1), 2001, equations 3 to 5.
.. [2] B. Cestnik, "Estimating Probabilities: A Crucial Task in Machine Learning", ECAI 1990.
.. [3] L. Prokhorenkova et al., "CatBoost: Unbiased Boosting with Categorical Features", NeurIPS 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.bundle.encodings import TargetShares
from tenure.bundle.encodings.reading import distinct_values

Shares: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int64]
Times: TypeAlias = npt.NDArray[np.datetime64]

N_DECIMALS = 7
"""About what float32 holds: more digits would only make the bundle longer."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """The labels of the training rows, and what parts them so that no row is told its own.

    Attributes
    ----------
    codes : array of shape (n_rows,)
        The class of each row, 0 .. K - 1.
    classes : tuple of str
        Their names.
    event_times, known_at : arrays of shape (n_rows,)
        When each event happened, and when its label was known.
    positions : array of shape (n_rows,), or None
        The place of each row's entity in [0, 1), where rows are split by entity.
    """

    codes: Codes
    classes: tuple[str, ...]
    event_times: Times
    known_at: Times
    positions: npt.NDArray[np.float64] | None = None


def fit_target(values: npt.NDArray[np.generic], outcomes: Outcomes, *, smoothing: float) -> TargetShares:
    """The shares by category of all training rows: what later rows are given.

    Parameters
    ----------
    values
        The category of each training row; None for null, which is a category.
    outcomes
        Their labels.
    smoothing
        m, in rows.
    """
    distinct, categories = distinct_values(values)
    n_classes = len(outcomes.classes)
    counts = np.zeros((len(distinct), n_classes))
    np.add.at(counts, (categories, outcomes.codes), 1)
    everything = counts.sum(axis=0)
    shares = smoothed_shares(counts, everything, smoothing)
    names = [None if name is None else str(name) for name in distinct]
    order = sorted(range(len(names)), key=lambda place: (names[place] is None, names[place] or ""))
    unknown = smoothed_shares(np.zeros(n_classes), everything, smoothing)
    return TargetShares(
        classes=outcomes.classes[1:],
        categories=tuple(names[place] for place in order),
        shares=tuple(tuple(shares[place].tolist()) for place in order),
        unknown=tuple(unknown.tolist()),
    )


def shares_out_of_fold(
    values: npt.NDArray[np.generic], outcomes: Outcomes, *, smoothing: float, n_folds: int
) -> Shares:
    """The shares that each training row is given: of rows whose labels it may know, never of its own.

    Parameters
    ----------
    values, outcomes, smoothing
        As for `fit_target`.
    n_folds
        Folds of entities, where rows are split by entity.

    Returns
    -------
    array of shape (n_rows, K - 1)
    """
    categories = distinct_values(values)[1]
    if outcomes.positions is None:
        count = _counts_known_before
        known = count(categories, outcomes), count(np.zeros_like(categories), outcomes)
    else:
        folds = entity_folds(outcomes.positions, n_folds)
        known = (
            _counts_elsewhere(categories, folds, outcomes),
            _counts_elsewhere(np.zeros_like(categories), folds, outcomes),
        )
    return smoothed_shares(*known, smoothing)


def smoothed_shares(counts: Shares, everything: Shares, smoothing: float) -> Shares:
    """The m-estimate of the classes but the first, from counts per class (last axis), of 7 decimals.

    NaN where `everything` counts nothing.

    Examples
    --------
    >>> smoothed_shares(np.array([0.0, 2.0]), np.array([5.0, 3.0]), 2.0)  # (2 + 2 * 0.4) / (2 + 2)
    array([0.7])
    >>> smoothed_shares(np.zeros(3), np.zeros(3), 20.0)
    array([nan, nan])
    """
    n_known = everything.sum(axis=-1, keepdims=True)
    prior = np.where(n_known > 0, (everything + 1.0) / (n_known + counts.shape[-1]), np.nan)
    shares = (counts + smoothing * prior) / (counts.sum(axis=-1, keepdims=True) + smoothing)
    rounded: Shares = np.round(shares[..., 1:], N_DECIMALS)
    return rounded


def entity_folds(positions: npt.NDArray[np.float64], n_folds: int) -> Codes:
    """The fold of each row: entities in the order of their places, cut into runs of as many entities.

    Examples
    --------
    >>> entity_folds(np.array([0.9, 0.1, 0.5, 0.1]), 3)
    array([2, 0, 1, 0])
    """
    entities, ranks = np.unique(positions, return_inverse=True)
    folds: Codes = ranks.astype(np.int64) * n_folds // entities.size
    return folds


def _counts_known_before(categories: Codes, outcomes: Outcomes) -> Shares:
    """Rows per class of each row's category whose labels were known before its event.

    No label counts as known before its own event, so that no row is counted for itself. Rows are put in
    the order of category and time known; what lies between the start of a category and the event is
    counted by differences of running sums, in O(n log n).
    """
    events = outcomes.event_times.astype("datetime64[us]")
    known_at = np.maximum(outcomes.known_at.astype("datetime64[us]"), events)
    times, ranks = np.unique(np.concatenate([known_at, events]), return_inverse=True)
    known, event = np.split(ranks.astype(np.int64), 2)
    starts = categories * (times.size + 1)
    order = np.argsort(starts + known, kind="stable")
    ordered = (starts + known)[order]
    is_class = outcomes.codes[order, np.newaxis] == np.arange(len(outcomes.classes))
    sums = np.vstack([np.zeros(len(outcomes.classes)), np.cumsum(is_class, axis=0)])
    counts: Shares = sums[np.searchsorted(ordered, starts + event)] - sums[np.searchsorted(ordered, starts)]
    return counts


def _counts_elsewhere(categories: Codes, folds: Codes, outcomes: Outcomes) -> Shares:
    """Rows per class of each row's category in the other folds."""
    counts = np.zeros((categories.max() + 1, folds.max() + 1, len(outcomes.classes)))
    np.add.at(counts, (categories, folds, outcomes.codes), 1)
    elsewhere: Shares = counts.sum(axis=1)[categories] - counts[categories, folds]
    return elsewhere
