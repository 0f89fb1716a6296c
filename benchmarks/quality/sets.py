"""The three sets of real tables, and one measurement of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class DataSet:
    """One example on real tables, with our best settings for it."""

    name: str
    example: str
    project: str
    as_of: str
    metric: str
    """What everybody searches for: ``roc_auc``, or ``f1`` (the mean over classes)."""

    @property
    def settings(self) -> Path:
        """The project file that is laid beside the example's."""
        return HERE / "projects" / f"{self.name}.yaml"


SETS = (
    DataSet("cs611", "cash_loans", "experiment.yaml", "2025-01-01", "roc_auc"),
    DataSet("home_credit", "home_credit", "tenure.yaml", "2018-01-07", "roc_auc"),
    DataSet("housing", "housing", "istanbul.yaml", "2023-09-30", "f1"),
)


@dataclass(frozen=True, slots=True)
class Job:
    """One system on one set within a budget."""

    data_set: DataSet
    budget_s: int
    system: str
    folder: Path
    """Of the set: ``project/`` and ``rows.parquet``."""

    @property
    def project(self) -> Path:
        """A copy of the example."""
        return self.folder / "project"

    @property
    def rows(self) -> Path:
        """What everybody is given."""
        return self.folder / "rows.parquet"

    @property
    def work(self) -> Path:
        """Where it may write."""
        return self.folder / f"{self.system}-{self.budget_s}"

    @property
    def answers(self) -> Path:
        """The probabilities of the test rows, a column per class."""
        return self.work / "answers.parquet"

    @property
    def name(self) -> str:
        """What the measurement is kept under."""
        return f"{self.data_set.name}-{self.budget_s}-{self.system}"
