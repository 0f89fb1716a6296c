"""Models as the loop speaks of them: a version in the registry, a candidate, who is in office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tenure.domain.cuts import LabelCuts
from tenure.domain.evaluations import Evaluation, Task, evaluation_on
from tenure.domain.findings import Finding


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A registered version of the project's model."""

    name: str
    version: int
    bundle_sha256: str
    """Hash of the bundle's manifest: the identity of the model artefact."""
    as_of: date
    """The period in which it was trained."""


@dataclass(frozen=True, slots=True)
class Span:
    """Rows by their event times, from `first` to `last`, both included, and by their entities."""

    first: date
    last: date
    n_rows: int
    entities: tuple[float, float] | None = None
    """Only entities placed from the first number on and before the second, going round from 1 to 0
    (see `tenure.domain.splits.entity_positions`); all of them when None."""


@dataclass(frozen=True, slots=True)
class Split:
    """Which events a model was fitted on, tuned on and tested on."""

    train: Span
    validation: Span
    test: Span
    n_embargoed: int = 0
    """Rows left out because their outcome window, or their entity, reaches across a boundary."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The best of the trials of one algorithm, as compared on validation."""

    algorithm: str
    n_trials: int
    validation_score: float
    """Of the tuning metric, oriented so that higher is better."""
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What training made: a challenger at ``staging`` with the evidence it was chosen on."""

    as_of: date
    version: ModelVersion
    algorithm: str
    task: Task
    classes: tuple[str, ...]
    """In the order of the probabilities; for a binary task the positive class is the last."""
    threshold: float | None
    """Least score of the positive class that counts as positive; None for more than two classes."""
    features: tuple[str, ...]
    split: Split
    evaluations: tuple[Evaluation, ...]
    trials: tuple[Trial, ...]
    max_export_difference: float
    """Largest difference in probability between trained and exported model, validation and test."""
    findings: tuple[Finding, ...] = ()
    """What was noticed in the training rows, such as features left out."""
    cuts: LabelCuts | None = None
    """Where its training cut the label into classes; None where the label is a class."""

    @property
    def test(self) -> Evaluation:
        """The evaluation on rows that neither fitting nor tuning nor the threshold saw."""
        return evaluation_on(self.evaluations, "test")


@dataclass(frozen=True, slots=True)
class Fold:
    """One test of a cross-validation: another fifth (or so) of the entities, another model."""

    number: int
    algorithm: str
    """The best on this fold's validation rows."""
    split: Split
    test: Evaluation


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """How the training does on every fold: an estimate of the recipe, not of one model."""

    as_of: date
    folds: tuple[Fold, ...]

    def values(self, metric: str) -> tuple[float, ...]:
        """The metric on the test rows of each fold.

        Raises
        ------
        KeyError
            If no such metric was measured.
        """
        return tuple(fold.test.value(metric) for fold in self.folds)

    @property
    def means(self) -> tuple[tuple[str, float], ...]:
        """The mean over folds of every metric, by name."""
        names = self.folds[0].test.names
        return tuple((name, sum(self.values(name)) / len(self.folds)) for name in names)


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found for one algorithm."""

    algorithm: str
    n_trials: int
    score: float
    """Of the best trial, on validation; higher is better."""


@dataclass(frozen=True, slots=True)
class Search:
    """What was searched for a training, ahead of it."""

    as_of: date
    metric: str
    """What trials were compared by."""
    algorithms: tuple[Searched, ...]


@dataclass(frozen=True, slots=True)
class Office:
    """Who is in office, since when."""

    version: ModelVersion
    since: date
    """The period at whose end it was promoted; it scores from the next one on."""
