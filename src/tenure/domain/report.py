"""A period's report as data: what a person should know of it, every number from a gold table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tenure.domain.artefacts import Repair
from tenure.domain.cuts import LabelCuts
from tenure.domain.decisions import Promotion, RetrainDecision, Verdict
from tenure.domain.evaluations import Evaluation, Task
from tenure.domain.findings import Finding
from tenure.domain.measurements import Measurement, MeasurementVerdict
from tenure.domain.models import ModelVersion, Office, Split


class Concern(StrEnum):
    """Whether to worry."""

    CALM = "calm"
    WATCH = "watch"
    WORRY = "worry"


@dataclass(frozen=True, slots=True)
class Headline:
    """Whether to worry, and the one sentence that says why, with its number."""

    concern: Concern
    sentence: str


@dataclass(frozen=True, slots=True)
class Trained:
    """What a version was trained on and how it did on its test rows, as its training recorded it."""

    version: ModelVersion
    algorithm: str
    task: Task
    classes: tuple[str, ...]
    threshold: float | None
    n_features: int
    split: Split
    test: Evaluation
    cuts: LabelCuts | None = None
    """Where the label, a number, was cut into the classes."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the office at the end of the period."""

    office: Office
    trained: Trained | None
    """None when another datamart recorded the training."""


@dataclass(frozen=True, slots=True)
class Received:
    """Rows of one source that became known in the period."""

    source: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finding, and the stage whose finding it is."""

    stage: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Checked:
    """How the checks of one stage ended: each ended in one of four ways."""

    stage: str
    n_checks: int
    n_found: int
    n_passed: int
    n_muted: int
    n_not_run: int
    """Skipped, or not applicable: these have not passed."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What was received, repaired and found in the period."""

    received: tuple[Received, ...]
    repairs: tuple[Repair, ...]
    n_population: int
    """Events of the period."""
    n_labels: int
    """Labels that matured in the period."""
    n_matured: int
    """Labels known by the end of the period, in all."""
    checked: tuple[Checked, ...]
    noticed: tuple[Noticed, ...]
    """The gravest first, a bounded number of them; what monitoring found is in `Monitored`."""
    n_noticed: int
    """How many there were before the bound."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one feature is from what the champion was trained on."""

    feature: str
    psi: float | None
    null_increase: float | None
    importance: float | None
    """Share of the champion's feature importance."""
    n: int
    verdict: MeasurementVerdict
    """The gravest verdict of any measurement of the feature."""
    severity: float | None = None
    """How grave its drift is, in [0, 1)."""


@dataclass(frozen=True, slots=True)
class Monitored:
    """What the monitors measured in the period."""

    n_measurements: int
    n_alerts: int
    n_warnings: int
    alerts: tuple[Measurement, ...]
    """The gravest first, a bounded number of them."""
    drift: tuple[Drift, ...]
    """The gravest first."""
    scores: tuple[Measurement, ...]
    """Mean and drift of the score; share of each class and its change."""


@dataclass(frozen=True, slots=True)
class Matured:
    """How the champion of the time did on one cohort: the events of one period, on the labels known since."""

    cohort: date
    version: int | None
    """Who scored it; None when the decisions do not tell."""
    n_rows: int
    metrics: tuple[tuple[str, float | None], ...]
    verdict: MeasurementVerdict

    def value(self, name: str) -> float | None:
        """The metric called `name`; None where it is undefined or was not measured."""
        return dict(self.metrics).get(name)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A decision that changed something: a training, a verdict, a promotion, a rollback, a blocked audit."""

    as_of: date
    kind: str
    outcome: str
    model_version: int | None
    replaced_version: int | None
    why: tuple[str, ...]
    """The first few reasons that spoke for the outcome."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided in the period; None where there was nothing to decide upon."""

    retraining: RetrainDecision | None
    audit: Milestone | None
    """Only when it blocked the training."""
    candidate: Trained | None
    verdict: Verdict | None
    promotion: Promotion | None


@dataclass(frozen=True, slots=True)
class Report:
    """One period, for a person: first whether to worry, then what it rests on."""

    as_of: date
    project: str
    headline: Headline
    scored_by: int | None
    """The version that scored the period; None when nobody was in office when it began."""
    holder: Holder | None
    intake: Intake
    monitored: Monitored
    performance: tuple[Matured, ...]
    decided: Decided
    timeline: tuple[Milestone, ...]
    """Every decision so far that changed something, oldest first."""
    n_kept: int
    """Periods so far in which the decision was to leave things as they are."""
