"""Models as the loop speaks of them: a version in the registry, a candidate, who is in office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
    """Event times from `first` to `last`, both included."""

    first: date
    last: date
    n_rows: int


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

    @property
    def test(self) -> Evaluation:
        """The evaluation on rows that neither fitting nor tuning nor the threshold saw."""
        return evaluation_on(self.evaluations, "test")


@dataclass(frozen=True, slots=True)
class Office:
    """Who is in office, since when."""

    version: ModelVersion
    since: date
    """The period at whose end it was promoted; it scores from the next one on."""
