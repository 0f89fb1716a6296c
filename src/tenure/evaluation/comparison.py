"""Candidate and champion on the same rows: the difference in one metric, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.bundle import BundleSchema
from tenure.domain.cuts import LabelCuts, class_names
from tenure.domain.decisions import Difference
from tenure.evaluation.resampling import resampled_metric
from tenure.stats.arrays import Floats
from tenure.stats.bootstrap import Resampling, bootstrap_difference
from tenure.stats.evaluate import Outcomes, outcomes_of


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What one model says of some rows."""

    schema: BundleSchema
    probabilities: Floats


def measure_difference(
    metric: str,
    candidate: Answers,
    champion: Answers,
    labels: Sequence[str],
    *,
    resampling: Resampling,
) -> Difference | None:
    """Candidate minus champion in `metric` on the same rows, with the paired bootstrap interval.

    Where the models know different classes, a class that one does not know has probability 0 for it.
    Classes that are cut from a number are those of the candidate's cuts, for both: the project's question
    as it is asked now.

    Returns
    -------
    Difference or None
        None where the metric is undefined for either: no rows, or an AUC of one class.
    """
    if not labels:
        return None
    classes = all_classes(candidate.schema.classes, champion.schema.classes)
    ours, theirs = (_outcomes(answers, labels, classes) for answers in (candidate, champion))
    measures = [resampled_metric(metric, outcomes) for outcomes in (ours, theirs)]
    once = np.ones((1, len(labels)))
    our_value, their_value = (float(measure(once)[0]) for measure in measures)
    interval = bootstrap_difference(*measures, n_rows=len(labels), resampling=resampling)
    if any(math.isnan(number) for number in (our_value, their_value, interval.low, interval.high)):
        return None
    return Difference(metric, our_value, their_value, interval.low, interval.high, len(labels))


@dataclass(frozen=True, slots=True)
class MovedCuts:
    """Two models of the same label whose cuts differ, on the rows they are compared on."""

    candidate: LabelCuts
    champion: LabelCuts
    same_share: float
    """Share of the rows that are of the same class by both, in [0, 1]; NaN without rows."""


def moved_cuts(candidate: BundleSchema, champion: BundleSchema, labels: pa.ChunkedArray) -> MovedCuts | None:
    """How far the champion's cuts are from the candidate's; None where they are the same, or there are none.

    Parameters
    ----------
    candidate, champion
        What the two models predict.
    labels
        Of the rows that both are measured on: numbers.
    """
    if candidate.cuts is None or champion.cuts is None or candidate.cuts == champion.cuts:
        return None
    ours, theirs = (class_names(labels, cuts) for cuts in (candidate.cuts, champion.cuts))
    same = float(np.mean(ours == theirs)) if len(ours) else math.nan
    return MovedCuts(candidate.cuts, champion.cuts, same)


def why_not_comparable(candidate: BundleSchema, champion: BundleSchema) -> str:
    """Why the two models answer different questions; empty when they answer the same one.

    Two binary models must have the same positive class: a metric of one class means nothing for
    another. Models of more classes may know different ones.
    """
    if candidate.task is not champion.task:
        return f"the candidate's task is {candidate.task}, the champion's {champion.task}"
    if (candidate.cuts is None) is not (champion.cuts is None):
        cut, named = ("candidate", "champion") if candidate.cuts else ("champion", "candidate")
        return f"the {cut}'s classes are cut from a number, the {named}'s are not"
    if candidate.threshold is not None and candidate.classes != champion.classes:
        ours, theirs = (" or ".join(schema.classes) for schema in (candidate, champion))
        return f"the candidate tells {ours} apart (the last is positive), the champion {theirs}"
    return ""


def all_classes(candidate: Sequence[str], champion: Sequence[str]) -> tuple[str, ...]:
    """The candidate's classes, then those that only the champion knows.

    Examples
    --------
    >>> all_classes(("a", "c"), ("a", "b"))
    ('a', 'c', 'b')
    """
    return tuple(dict.fromkeys([*candidate, *champion]))


def _outcomes(answers: Answers, labels: Sequence[str], classes: Sequence[str]) -> Outcomes:
    aligned: npt.NDArray[np.float64] = np.zeros((len(labels), len(classes)))
    for place, name in enumerate(answers.schema.classes):
        aligned[:, classes.index(name)] = answers.probabilities[:, place]
    return outcomes_of(aligned, np.array(labels, dtype=object), classes, answers.schema.threshold)
