"""What the rule looks at: the period's measurements and findings, and where each feature comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tenure.domain.costs import CostPolicy
from tenure.domain.features import FeatureColumn
from tenure.domain.findings import Finding
from tenure.domain.incidents import Incident, IncidentKind, IncidentSeverity, Signal
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope

MISSING = frozenset({"null_increase"})
"""Metrics that say that values do not come."""


@dataclass(frozen=True, slots=True)
class StageFinding:
    """A finding that found something, and the stage whose finding it is."""

    stage: str
    finding: Finding

    @property
    def signal(self) -> Signal:
        """The finding as what an incident rests on."""
        return Signal(self.finding.code, self.finding.column, n=self.finding.n_rows)


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What the stage is told of the project."""

    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The sources that each feature view reads; every source is a view of itself."""
    costs: CostPolicy | None = None
    """None where the project has no cost table."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of one period that the rule may look at."""

    as_of: date
    measurements: tuple[Measurement, ...] = ()
    findings: tuple[StageFinding, ...] = ()
    """Those that found something."""
    stages: frozenset[str] = frozenset()
    """The stages that checked anything in the period."""
    sources: tuple[str, ...] = ()
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The sources that each feature is made of."""
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The silver columns that each feature is made of, as ``source.column``."""
    in_office: int | None = None
    """The version in office at the end of the period."""
    scorers: Mapping[str, int] = field(default_factory=dict)
    """Who scored each cohort."""
    costs: CostPolicy | None = None
    answer: str = ""
    """What the loop did about the model in this period."""
    earlier: tuple[Incident, ...] = ()
    """The last row of each incident of earlier periods."""

    @property
    def importance(self) -> Mapping[str, float]:
        """The share of the champion's importance that each feature holds."""
        return {
            m.feature: m.value or 0.0
            for m in self.measurements
            if m.scope is Scope.FEATURE and m.metric == "importance"
        }

    @property
    def alerts(self) -> tuple[Measurement, ...]:
        """The measurements that are alerts, and new categories, of which a warning is the most there is."""
        return tuple(
            m
            for m in self.measurements
            if m.verdict is MeasurementVerdict.ALERT
            or (m.metric == "new_category_share" and m.verdict is MeasurementVerdict.WARNING)
        )

    def open_of(self, kind: IncidentKind) -> Mapping[str, Incident]:
        """The incidents of a kind that earlier periods left open, by subject."""
        return {each.subject: each for each in self.earlier if each.kind is kind and each.is_open}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong in this period, with everything that shows it."""

    kind: IncidentKind
    subject: str
    severity: IncidentSeverity
    summary: str
    advice: str
    signals: tuple[Signal, ...]

    @property
    def key(self) -> tuple[IncidentKind, str]:
        """What it is about."""
        return self.kind, self.subject


def as_signal(measured: Measurement) -> Signal:
    """The measurement as what an incident rests on."""
    return Signal(measured.metric, measured.feature, measured.value, measured.threshold, measured.n)


def beyond(measured: Measurement) -> float:
    """How many times its limit a measurement is; 0 where one of them is not known."""
    if measured.value is None or not measured.threshold:
        return 0.0
    return abs(measured.value / measured.threshold)


def made_of(
    columns: Sequence[FeatureColumn], blocks: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The sources, and the silver columns, that each feature is made of.

    Where the columns are not known, as of SQL features, its sources are those that its view reads.

    Examples
    --------
    >>> from tenure.domain.features import FeatureKind
    >>> column = FeatureColumn("loans_debt", FeatureKind.NUMBER, "loans", ("loans.debt",))
    >>> made_of([column], {})
    ({'loans_debt': ('loans',)}, {'loans_debt': ('loans.debt',)})
    """
    origins = {
        column.name: tuple(dict.fromkeys(name.partition(".")[0] for name in column.inputs))
        or blocks.get(column.block, ())
        for column in columns
    }
    return origins, {column.name: column.inputs for column in columns}
