"""Probabilities and labels → every metric of a classifier, with its sampling error.

One list for training, the gate and monitoring, for two classes and for more:

===========  ==============================================  ===================  =================
metric       two classes                                     more than two        95 % interval
===========  ==============================================  ===================  =================
roc_auc      of the positive class                           mean, one vs rest    DeLong; bootstrap
gini         2·AUC − 1                                       2·AUC − 1            as roc_auc
ks           largest gap between the classes' scores         mean, one vs rest    —
accuracy     at the threshold                                of the likeliest     Wilson
precision    of the positive class, at the threshold         mean over classes    linearised
recall       of the positive class, at the threshold         mean over classes    linearised
f1           of the positive class, at the threshold         mean over classes    linearised
brier        mean squared error of the probabilities         summed over classes  normal
log_loss     mean −ln p of what came true                    the same             normal
===========  ==============================================  ===================  =================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tenure.domain.evaluations import Direction, Evaluation, Metric
from tenure.stats import classification, probability
from tenure.stats.arrays import Floats, Ints, as_probabilities, check_same_length
from tenure.stats.bootstrap import Resampling, bootstrap_interval
from tenure.stats.delong import delong_interval
from tenure.stats.interval import Interval
from tenure.stats.ks import ks_between_classes
from tenure.stats.proportion import wilson_interval
from tenure.stats.ranking import roc_auc, roc_auc_macro
from tenure.stats.resampled import resampled_roc_auc_macro

EVEN_THRESHOLD = 0.5
"""What counts as positive when no threshold was chosen."""
Z_95 = 1.959963984540054
"""Standard normal quantile of 0.975."""
_RESAMPLING = Resampling(seed=0, n_resamples=200)


@dataclass(frozen=True)
class Outcomes:
    """What a model said of some rows, and what came true.

    Attributes
    ----------
    codes : array of shape (n_rows,)
        The class that came true, as its place among the classes.
    probabilities : array of shape (n_rows, n_classes)
        One probability per class.
    threshold : float
        Least probability of the last of two classes that counts as that class.
    """

    codes: Ints
    probabilities: Floats
    threshold: float = EVEN_THRESHOLD

    @property
    def n_classes(self) -> int:
        """How many classes there can be."""
        return int(self.probabilities.shape[1])

    @cached_property
    def predicted(self) -> Ints:
        """The class called: by the threshold of two classes, else the likeliest (the first of equals)."""
        called: Ints = (self.probabilities[:, 1] >= self.threshold).astype(np.int64)
        return called if self.n_classes == 2 else self.probabilities.argmax(axis=1).astype(np.int64)

    @cached_property
    def confusion(self) -> Ints:
        """Rows by true class (down) and called class (across)."""
        return classification.confusion_matrix(self.codes, self.predicted, n_classes=self.n_classes)

    @cached_property
    def roc_auc_interval(self) -> Interval:
        """DeLong's interval of two classes, a bootstrap of the mean over more."""
        if self.n_classes == 2:
            return delong_interval(self.codes, self.probabilities[:, 1])
        resampled = resampled_roc_auc_macro(self.codes, self.probabilities)
        return bootstrap_interval(resampled, n_rows=self.codes.size, resampling=_RESAMPLING)


Measure = Callable[[Outcomes], float]


@dataclass(frozen=True, slots=True)
class MetricRule:
    """How one metric is measured, which way it is better, and how far it may be off."""

    direction: Direction
    measure: Measure
    interval: Callable[[Outcomes], Interval] | None = None


def evaluate(
    probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    classes: Sequence[str],
    threshold: float | None,
    rows: str,
) -> Evaluation:
    """Every metric of the table above on one set of rows.

    Parameters
    ----------
    probabilities : array_like of shape (n_rows, n_classes)
        One probability per class.
    labels : array_like of shape (n_rows,)
        Names of the classes that came true.
    classes : sequence of str
        In the order of the probabilities; of two, the last is the positive one.
    threshold : float or None
        Least probability of the positive class that counts as positive; 0.5 when None. Not used for
        more than two classes.
    rows : str
        What the rows are called.

    Returns
    -------
    Evaluation
        Metrics that these rows leave undefined (an AUC of one class, anything without rows) are
        absent, so that a number is always a measured one.

    Raises
    ------
    ValueError
        If a label is no class, a probability is outside [0, 1], or lengths differ.

    Examples
    --------
    >>> shares = [[0.9, 0.1], [0.6, 0.4], [0.65, 0.35], [0.2, 0.8]]
    >>> result = evaluate(shares, ["good", "good", "bad", "bad"], ("good", "bad"), 0.3, "test")
    >>> result.value("roc_auc"), result.value("recall"), round(result.value("precision"), 3)
    (0.75, 1.0, 0.667)
    >>> evaluate(shares[:1], ["good"], ("good", "bad"), 0.5, "test").names
    ('accuracy', 'precision', 'recall', 'f1', 'brier', 'log_loss')
    """
    outcomes = outcomes_of(probabilities, labels, classes, threshold)
    counts = np.bincount(outcomes.codes, minlength=len(classes)).tolist()
    measured = [_metric(name, rule, outcomes) for name, rule in METRICS.items()]
    return Evaluation(
        rows=rows,
        n_rows=outcomes.codes.size,
        class_counts=tuple(zip(classes, counts, strict=True)),
        metrics=tuple(metric for metric in measured if not math.isnan(metric.value)),
    )


def measure(name: str, outcomes: Outcomes) -> float:
    """One metric by its name, oriented as it is; NaN where it is undefined.

    Raises
    ------
    KeyError
        If there is no such metric.
    """
    return METRICS[name].measure(outcomes)


def outcomes_of(
    probabilities: npt.ArrayLike, labels: npt.ArrayLike, classes: Sequence[str], threshold: float | None
) -> Outcomes:
    """Probabilities and named labels as arrays, checked.

    Raises
    ------
    ValueError
        If a label is no class, a probability is outside [0, 1], or lengths differ.
    """
    table = as_probabilities(np.reshape(np.asarray(probabilities, np.float64), (-1, len(classes))), "rows")
    codes = class_codes(labels, classes)
    check_same_length(probabilities=table, labels=codes)
    return Outcomes(codes, table, EVEN_THRESHOLD if threshold is None else threshold)


def class_codes(labels: npt.ArrayLike, classes: Sequence[str]) -> Ints:
    """The place of each label among the classes.

    Raises
    ------
    ValueError
        If a label is no class; the message names it.

    Examples
    --------
    >>> class_codes(["b", "a", "b"], ("a", "b"))
    array([1, 0, 1])
    """
    names = np.asarray(labels, dtype=object)
    codes = np.full(names.size, -1, dtype=np.int64)
    for code, name in enumerate(classes):
        codes[names == name] = code
    if (codes < 0).any():
        raise ValueError(f"the label {names[codes < 0][0]!r} is none of the classes {', '.join(classes)}")
    return codes


def _metric(name: str, rule: MetricRule, outcomes: Outcomes) -> Metric:
    value = rule.measure(outcomes) if outcomes.codes.size else math.nan
    if math.isnan(value) or rule.interval is None:
        return Metric(name, value, rule.direction)
    bounds = rule.interval(outcomes)
    if math.isnan(bounds.low) or math.isnan(bounds.high):
        return Metric(name, value, rule.direction)
    return Metric(name, value, rule.direction, low=bounds.low, high=bounds.high)


def _roc_auc(outcomes: Outcomes) -> float:
    if outcomes.n_classes == 2:
        return roc_auc(outcomes.codes, outcomes.probabilities[:, 1])
    return roc_auc_macro(outcomes.codes, outcomes.probabilities)


def _gini_interval(outcomes: Outcomes) -> Interval:
    auc = outcomes.roc_auc_interval
    return Interval(2 * auc.low - 1, 2 * auc.high - 1, auc.level, 2 * auc.estimate - 1)


def _ks(outcomes: Outcomes) -> float:
    if outcomes.n_classes == 2:
        return ks_between_classes(outcomes.codes, outcomes.probabilities[:, 1])
    by_class = [
        ks_between_classes(outcomes.codes == code, outcomes.probabilities[:, code])
        for code in range(outcomes.n_classes)
    ]
    known = [gap for gap in by_class if not math.isnan(gap)]
    return float(np.mean(known)) if known else math.nan


def _accuracy_interval(outcomes: Outcomes) -> Interval:
    return wilson_interval(float((outcomes.codes == outcomes.predicted).sum()), outcomes.codes.size)


def _of_positive_or_mean(
    of_class: Callable[[npt.ArrayLike], Floats], mean: Callable[[npt.ArrayLike], float]
) -> Measure:
    """A metric of the positive class of two, and its mean over more."""

    def take(outcomes: Outcomes) -> float:
        if outcomes.n_classes == 2:
            return float(of_class(outcomes.confusion)[1])
        return mean(outcomes.confusion)

    return take


def _linearised(take: Measure, called: float, actual: float) -> Callable[[Outcomes], Interval]:
    r"""The interval of a ratio of sums, or of the mean of such ratios over classes.

    Precision, recall and F1 are :math:`\sum u_i / \sum v_i` with u a hit and v a weighted sum of
    "called" and "actual" (1 and 0, 0 and 1, ½ and ½). To first order the error of a ratio r is that of
    the mean of :math:`(u_i - r v_i) / \bar v` (Cochran, "Sampling Techniques", 1977, section 2.11).
    """

    def bounds(outcomes: Outcomes) -> Interval:
        present = np.flatnonzero(outcomes.confusion.sum(axis=0) + outcomes.confusion.sum(axis=1))
        counted = np.array([1]) if outcomes.n_classes == 2 else present
        residuals = [_ratio_residuals(outcomes, code, called, actual) for code in counted]
        return _cut_to_shares(_mean_interval(take(outcomes), np.mean(residuals, axis=0)))

    return bounds


def _ratio_residuals(outcomes: Outcomes, code: int, called: float, actual: float) -> Floats:
    is_called, is_actual = outcomes.predicted == code, outcomes.codes == code
    hits = (is_called & is_actual).astype(np.float64)
    base = called * is_called + actual * is_actual
    if base.sum() == 0:
        return np.zeros(base.size)
    residuals: Floats = (hits - hits.sum() / base.sum() * base) / base.mean()
    return residuals


def _row_mean_interval(
    by_row: Callable[[npt.ArrayLike, npt.ArrayLike], Floats],
) -> Callable[[Outcomes], Interval]:
    """The normal interval of the mean of a value per row, not below 0."""

    def bounds(outcomes: Outcomes) -> Interval:
        values = by_row(outcomes.codes, outcomes.probabilities)
        found = _mean_interval(float(values.mean()), values)
        return Interval(max(found.low, 0.0), found.high, found.level, found.estimate, found.standard_error)

    return bounds


def _mean_interval(estimate: float, values: Floats) -> Interval:
    error = float(values.std(ddof=1)) / math.sqrt(values.size) if values.size > 1 else math.nan
    half = Z_95 * error
    return Interval(estimate - half, estimate + half, 0.95, estimate, error)


def _cut_to_shares(found: Interval) -> Interval:
    low, high = max(found.low, 0.0), min(found.high, 1.0)
    return Interval(low, high, found.level, found.estimate, found.standard_error)


_precision = _of_positive_or_mean(classification.precision_by_class, classification.macro_precision)
_recall = _of_positive_or_mean(classification.recall_by_class, classification.macro_recall)
_f1 = _of_positive_or_mean(classification.f1_by_class, classification.macro_f1)

METRICS: Mapping[str, MetricRule] = {
    "roc_auc": MetricRule(Direction.HIGHER, _roc_auc, lambda rows: rows.roc_auc_interval),
    "gini": MetricRule(Direction.HIGHER, lambda rows: 2 * _roc_auc(rows) - 1, _gini_interval),
    "ks": MetricRule(Direction.HIGHER, _ks),
    "accuracy": MetricRule(
        Direction.HIGHER, lambda rows: classification.accuracy(rows.confusion), _accuracy_interval
    ),
    "precision": MetricRule(Direction.HIGHER, _precision, _linearised(_precision, 1.0, 0.0)),
    "recall": MetricRule(Direction.HIGHER, _recall, _linearised(_recall, 0.0, 1.0)),
    "f1": MetricRule(Direction.HIGHER, _f1, _linearised(_f1, 0.5, 0.5)),
    "brier": MetricRule(
        Direction.LOWER,
        lambda rows: probability.brier_score(rows.codes, rows.probabilities),
        _row_mean_interval(probability.brier_by_row),
    ),
    "log_loss": MetricRule(
        Direction.LOWER,
        lambda rows: probability.log_loss(rows.codes, rows.probabilities),
        _row_mean_interval(probability.log_loss_by_row),
    ),
}
"""The metrics of a classifier, by name."""
