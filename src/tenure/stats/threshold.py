"""Every cut of a score, and the best one: by F1 or another metric, by recall, by cost.

A row is called positive when ``score >= threshold``. Thresholds lie halfway between neighbouring scores, so
that a score that differs in its last digit (an exported model's, say) falls on the same side. Choose on
validation, measure on test: the best cut looks better on the rows that chose it than it is.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tenure.stats.arrays import Bools, Floats, Ints
from tenure.stats.ranking import ranked_rows


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdCurve:
    """What each possible threshold does to the rows, from the strictest to the laxest.

    Attributes
    ----------
    thresholds : array of shape (n_cuts,)
        Descending; the first calls no row positive, the last calls all.
    n_true_positives, n_false_positives : array of shape (n_cuts,)
        Rows of class 1 and of class 0 called positive.
    n_positives, n_negatives : int
        Rows of class 1 and of class 0.
    """

    thresholds: Floats
    n_true_positives: Ints
    n_false_positives: Ints
    n_positives: int
    n_negatives: int

    @property
    def precision(self) -> Floats:
        """Share of rows called positive that are; 0 where none is called so."""
        return _ratio(self.n_true_positives, self.n_true_positives + self.n_false_positives)

    @property
    def recall(self) -> Floats:
        """Share of positives found (the true positive rate); 0 if there are none."""
        return _ratio(self.n_true_positives, self.n_positives)

    @property
    def false_positive_rate(self) -> Floats:
        """Share of negatives called positive; 0 if there are none."""
        return _ratio(self.n_false_positives, self.n_negatives)

    @property
    def f1(self) -> Floats:
        """2·TP / (2·TP + FP + FN)."""
        called = self.n_true_positives + self.n_false_positives
        return _ratio(2 * self.n_true_positives, called + self.n_positives)

    @property
    def accuracy(self) -> Floats:
        """Share of rows called right; 0 without rows."""
        right = self.n_true_positives + self.n_negatives - self.n_false_positives
        return _ratio(right, self.n_positives + self.n_negatives)

    @property
    def youden(self) -> Floats:
        """Recall − false positive rate; its maximum is the KS of a score that ranks class 1 higher."""
        return self.recall - self.false_positive_rate


@dataclass(frozen=True, slots=True)
class CostTable:
    """What one row costs, by what it was and what it was called. A gain is a negative cost.

    Attributes
    ----------
    false_positive, false_negative : float
        Called 1 but 0; called 0 but 1.
    true_positive, true_negative : float
        Called rightly.
    """

    false_positive: float
    false_negative: float
    true_positive: float = 0.0
    true_negative: float = 0.0


@dataclass(frozen=True, slots=True)
class Cut:
    """A chosen threshold and what it does to the rows that chose it.

    Attributes
    ----------
    threshold : float
        Positive when ``score >= threshold``.
    precision, recall, f1 : float
        In [0, 1], on those rows.
    objective : float
        What was maximised (or the mean cost per row, which was minimised).
    """

    threshold: float
    precision: float
    recall: float
    f1: float
    objective: float


def threshold_curve(target: npt.ArrayLike, score: npt.ArrayLike) -> ThresholdCurve:
    """Return the counts at every cut that changes a prediction, in O(n log n).

    Parameters
    ----------
    target : array_like of shape (n_rows,)
        0 or 1.
    score : array_like of shape (n_rows,)
        Higher means more likely 1; finite. Rows of equal score are never parted.

    Returns
    -------
    ThresholdCurve
        One cut more than there are distinct scores.

    Raises
    ------
    ValueError
        For a target other than 0 and 1, no rows, a score that is NaN or infinite, or different lengths.

    Examples
    --------
    >>> curve = threshold_curve([0, 0, 1, 1], [0.25, 0.5, 0.5, 0.75])
    >>> curve.thresholds[1:], curve.n_true_positives, curve.n_false_positives
    (array([0.625, 0.375, 0.25 ]), array([0, 1, 2, 2]), array([0, 0, 1, 2]))
    """
    positive, values = ranked_rows(target, score)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"a threshold needs rows with finite scores; there are {values.size} rows")
    order = np.argsort(-values, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(values[order])), values.size - 1)
    found = np.cumsum(positive[order])[ends]
    n_positives = int(positive.sum())
    return ThresholdCurve(
        thresholds=_cuts_between(values[order][ends]),
        n_true_positives=np.append(0, found).astype(np.int64),
        n_false_positives=np.append(0, ends + 1 - found).astype(np.int64),
        n_positives=n_positives,
        n_negatives=positive.size - n_positives,
    )


def maximise_f1(curve: ThresholdCurve) -> Cut:
    """Return the cut with the highest F1; among equals the strictest.

    Raises
    ------
    ValueError
        If there is only one class.

    References
    ----------
    .. [1] Z. C. Lipton, C. Elkan and B. Naryanaswamy, "Optimal Thresholding of Classifiers to Maximize F1
       Measure", 2014.

    Examples
    --------
    >>> cut = maximise_f1(threshold_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]))
    >>> round(cut.threshold, 3), round(cut.f1, 3), cut.recall
    (0.225, 0.8, 1.0)
    """
    return maximise(curve, curve.f1)


def maximise(curve: ThresholdCurve, objective: npt.ArrayLike) -> Cut:
    """Return the cut with the highest objective, for instance ``curve.accuracy`` or ``curve.youden``.

    Parameters
    ----------
    curve : ThresholdCurve
        The cuts.
    objective : array_like of shape (n_cuts,)
        One value per cut. Among equals the strictest cut is taken.

    Raises
    ------
    ValueError
        If there is only one class.
    """
    _check_both_classes(curve)
    values = np.asarray(objective, dtype=np.float64)
    return _cut_at(curve, int(np.argmax(values)), values)


def reach_recall(curve: ThresholdCurve, *, min_recall: float) -> Cut:
    """Return the cut with the best precision among those that find at least `min_recall` of the positives.

    Parameters
    ----------
    min_recall : float
        In [0, 1]. There is always such a cut: the laxest has a recall of 1.

    Returns
    -------
    Cut
        Its objective is the precision. Among equals the one with more recall.

    Raises
    ------
    ValueError
        If there is only one class, or `min_recall` lies outside [0, 1].

    Examples
    --------
    >>> cut = reach_recall(threshold_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), min_recall=0.9)
    >>> round(cut.threshold, 3), round(cut.precision, 3)
    (0.225, 0.667)
    """
    if not 0 <= min_recall <= 1:
        raise ValueError(f"`min_recall` must lie in [0, 1]; it is {min_recall}")
    _check_both_classes(curve)
    allowed = np.where(curve.recall >= min_recall, curve.precision, -np.inf)
    laxest_first = allowed[::-1]
    return _cut_at(curve, allowed.size - 1 - int(np.argmax(laxest_first)), curve.precision)


def minimise_cost(curve: ThresholdCurve, costs: CostTable) -> Cut:
    """Return the cut with the lowest mean cost per row; among equals the strictest.

    For calibrated probabilities it comes near Elkan's threshold: with c the cost of each outcome,
    (c_fp − c_tn) / (c_fp − c_tn + c_fn − c_tp).

    Returns
    -------
    Cut
        Its objective is the mean cost per row. It may call all rows positive, or none.

    Raises
    ------
    ValueError
        If there is only one class.

    References
    ----------
    .. [1] C. Elkan, "The Foundations of Cost-Sensitive Learning", 2001.

    Examples
    --------
    >>> curve = threshold_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> minimise_cost(curve, CostTable(false_positive=1, false_negative=5)).objective
    0.25
    """
    _check_both_classes(curve)
    mean_cost = cost_by_cut(curve, costs)
    return _cut_at(curve, int(np.argmin(mean_cost)), mean_cost)


def cost_by_cut(curve: ThresholdCurve, costs: CostTable) -> Floats:
    """Return the mean cost per row at every cut."""
    missed = curve.n_positives - curve.n_true_positives
    spared = curve.n_negatives - curve.n_false_positives
    total = (
        costs.true_positive * curve.n_true_positives
        + costs.false_positive * curve.n_false_positives
        + costs.false_negative * missed
        + costs.true_negative * spared
    )
    return _ratio(total, curve.n_positives + curve.n_negatives)


def _cuts_between(scores: Floats) -> Floats:
    """One threshold above the highest score, one between each two, and the lowest score itself."""
    middle = scores[1:] + (scores[:-1] - scores[1:]) / 2
    between = np.where(middle > scores[1:], middle, scores[:-1])
    return np.concatenate([[np.nextafter(scores[0], np.inf)], between, scores[-1:]])


def _ratio(part: npt.NDArray[np.generic], whole: int | Ints) -> Floats:
    parts = np.asarray(part, dtype=np.float64)
    wholes = np.broadcast_to(np.asarray(whole, dtype=np.float64), parts.shape)
    return np.divide(parts, wholes, out=np.zeros(parts.shape), where=wholes > 0)


def _check_both_classes(curve: ThresholdCurve) -> None:
    if curve.n_positives == 0 or curve.n_negatives == 0:
        raise ValueError(
            "a threshold needs rows of both classes; "
            f"there are {curve.n_positives:,} of class 1 and {curve.n_negatives:,} of class 0"
        )


def _cut_at(curve: ThresholdCurve, place: int, objective: Floats) -> Cut:
    return Cut(
        threshold=float(curve.thresholds[place]),
        precision=float(curve.precision[place]),
        recall=float(curve.recall[place]),
        f1=float(curve.f1[place]),
        objective=float(objective[place]),
    )


def predicted_positive(score: npt.ArrayLike, threshold: float) -> Bools:
    """Return which rows a threshold calls positive: ``score >= threshold``; NaN is not.

    Examples
    --------
    >>> predicted_positive([0.2, 0.5, 0.7], 0.5)
    array([False,  True,  True])
    """
    return np.asarray(score, dtype=np.float64) >= threshold
