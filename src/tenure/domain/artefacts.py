"""What the steps of the loop hand to each other: small values that say what was written where.

Data stay in the datamart. An artefact names the slices, counts and findings of one step in one
period, so a step can run alone, after its predecessors ran in another process.

`proceeds` says whether the steps that take the artefact run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tenure.domain.causes import Cause
from tenure.domain.features import FeatureColumn
from tenure.domain.findings import Finding, blocking
from tenure.domain.measurements import Measurement
from tenure.domain.models import ModelVersion
from tenure.domain.periods import Period
from tenure.domain.tables import TableSlice


@dataclass(frozen=True, slots=True)
class Bronze:
    """Raw rows that became known in the period, as received: one slice per source."""

    period: Period
    slices: tuple[TableSlice, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def proceeds(self) -> bool:
        """Whether ingestion found nothing that stops the period."""
        return not blocking(self.findings)


@dataclass(frozen=True, slots=True)
class Validation:
    """What the checks of a period's bronze rows found."""

    period: Period
    findings: tuple[Finding, ...]

    @property
    def proceeds(self) -> bool:
        """Whether the period may go on."""
        return not blocking(self.findings)


@dataclass(frozen=True, slots=True)
class Repair:
    """How many values of a column were repaired, and how."""

    source: str
    column: str
    kind: str
    n_values: int


@dataclass(frozen=True, slots=True)
class Silver:
    """Typed, cleaned rows of the period: one slice per source, and what was repaired."""

    period: Period
    slices: tuple[TableSlice, ...]
    repairs: tuple[Repair, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Gold:
    """Features of the population whose events fell in the period, and labels that matured in it."""

    period: Period
    features: TableSlice
    labels: TableSlice
    keys: tuple[str, ...]
    columns: tuple[FeatureColumn, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Predictions:
    """Scores of the period's population by the champion in office when the period began."""

    period: Period
    champion: ModelVersion | None
    """None when nobody was in office: then nothing was scored."""
    slice: TableSlice | None


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Every measurement of the period."""

    period: Period
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...] = ()
    n_matured: int = 0
    """Labels known by the end of the period, in all."""
    causes: tuple[Cause, ...] = ()
    """What explains the drift of features, where something does."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What the leakage audit found in the rows a model would be trained on."""

    as_of: date
    findings: tuple[Finding, ...]
    muted: tuple[str, ...] = ()
    """Codes (with column) that the project file mutes; recorded with the decision."""

    @property
    def proceeds(self) -> bool:
        """Whether anything may be trained."""
        return not blocking(self.findings)
