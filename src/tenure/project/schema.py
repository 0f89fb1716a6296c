"""The project file as a frozen tree: one section per stage, each defined by its stage."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from tenure.alerting.config import AlertPolicy
from tenure.auditing.config import AuditPolicy
from tenure.domain.periods import PeriodUnit
from tenure.domain.serving import ServeConfig
from tenure.domain.sources import Identifier, Section, Source
from tenure.evaluation.config import GatePolicy
from tenure.features.config import FeatureBlock, Label, Population
from tenure.monitoring.config import MonitorPolicy
from tenure.reporting.config import ReportConfig
from tenure.retraining.config import RetrainPolicy
from tenure.training.config import ModelConfig
from tenure.validation.config import ValidationPolicy

ProjectName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class DuckDBConfig(Section):
    """Expressions run in this process, spilling to disk."""

    name: Literal["duckdb"] = "duckdb"
    """Which engine."""
    threads: int = Field(default=1, ge=1)
    """Threads for expressions. One gives the same tables to the last bit on every run; more are
    quicker on large data, and sums of floats may then differ in their last digit."""
    memory_limit: str | None = Field(default=None, pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$")
    """Such as ``8GB``; 80 % of the machine when absent."""


class SparkConfig(Section):
    """Expressions run on Spark, which may have many machines."""

    name: Literal["spark"]
    """Which engine."""
    master: str = Field(default="local[*]", pattern=r"^(local(\[[^\]]+\])?$|[a-z0-9-]+://.|yarn$)")
    """``spark://host:7077`` for a cluster, ``local[2]`` for two threads of this machine; all of them when
    absent."""
    folder: str | None = None
    """Where rows pass between this process and Spark, relative to the project file: a folder that all
    machines of the cluster have under one name. The system's temporary one when absent."""
    settings: dict[str, str] = Field(default_factory=dict)
    """Spark's own, such as ``spark.executor.memory``."""

    @model_validator(mode="after")
    def _shares_a_folder(self) -> Self:
        if not self.master.startswith("local") and self.folder is None:
            raise ValueError(
                f"`{self.master}` has machines of its own: state `folder`, a folder that all of them have"
            )
        return self


def _short_form(value: Any) -> Any:
    """``spark`` for ``{name: spark}``; DuckDB where no engine is named."""
    if isinstance(value, str):
        return {"name": value}
    return {"name": "duckdb"} | value if isinstance(value, dict) else value


def _name_of_engine(value: Any) -> str | None:
    return value.get("name") if isinstance(value, dict) else getattr(value, "name", None)


EngineConfig = Annotated[
    Annotated[DuckDBConfig, Tag("duckdb")] | Annotated[SparkConfig, Tag("spark")],
    Discriminator(
        _name_of_engine,
        custom_error_type="engine",
        custom_error_message="an engine is `duckdb` or `spark`, or a section with its `name`",
    ),
    BeforeValidator(_short_form),
]


class Project(Section):
    """What one project file says."""

    extends: str | None = None
    """Another project file, relative to this one, that this one changes: sections are merged key by
    key, everything else here takes the place of what is there. Paths start from this file's folder."""
    project: ProjectName
    """The project's name: the name of its model in the registry."""
    datamart: str = "datamart"
    """Folder of the tables, relative to the project file, or ``s3://bucket/prefix``."""
    models: str = "models"
    """Folder of the registry, studies and bundles, relative to the project file."""
    reports: str = "reports"
    """Folder of the reports, relative to the project file."""
    tracking: str | None = None
    """Address of an MLflow server or database (``http://...``, ``postgresql://...``); SQLite in `models`
    when absent."""
    artifacts: str | None = Field(default=None, pattern=r"^s3://")
    """Where MLflow keeps files and bundles: ``s3://bucket/prefix``. In `models` when absent, or where the
    MLflow server says."""
    studies: str | None = Field(default=None, pattern=r"^postgres(ql)?(\+psycopg2)?://")
    """A PostgreSQL database that keeps the searches for parameters, in the schema ``tenure_studies``: a
    training that was killed goes on at another machine. Files in `models` when absent."""
    engine: EngineConfig = DuckDBConfig()
    """Where expressions run: ``duckdb``, ``spark``, or a section with the settings of one."""
    period: PeriodUnit = PeriodUnit.MONTH
    """The unit of a run: ``month``, ``week`` or ``day``."""
    seed: int = Field(default=0, ge=0)
    """Seed of everything random."""
    sources: dict[Identifier, Source] = Field(min_length=1)
    """The raw tables, by name."""
    population: Population
    """Who is scored, and when."""
    label: Label
    """What is predicted, and when it is known."""
    features: tuple[FeatureBlock, ...] = Field(min_length=1)
    """What the model may look at."""
    model: ModelConfig = ModelConfig()
    """How candidates are trained."""
    gate: GatePolicy = GatePolicy()
    """What a candidate must show to take office."""
    monitor: MonitorPolicy = MonitorPolicy()
    """What is watched, and when a number is an alert."""
    retrain: RetrainPolicy = RetrainPolicy()
    """When a candidate is trained."""
    alert: AlertPolicy = AlertPolicy()
    """Which incidents are told, and how often."""
    validation: ValidationPolicy = ValidationPolicy()
    """How raw rows are checked."""
    audit: AuditPolicy = AuditPolicy()
    """How leakage is looked for, and what is muted."""
    serve: ServeConfig = ServeConfig()
    """How the model in office answers over HTTP."""
    report: ReportConfig = ReportConfig()
    """What is written for people."""
