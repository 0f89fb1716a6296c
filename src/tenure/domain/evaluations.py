"""How well a model does on stated rows: metrics with direction and sampling error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Which way a metric is better."""

    HIGHER = "higher"
    LOWER = "lower"


class Task(StrEnum):
    """What is predicted."""

    BINARY = "binary"
    MULTICLASS = "multiclass"


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured number of one model on one set of rows.

    `low` and `high` bound a 95 % interval of the sampling error; equal to `value` when not estimated.
    """

    name: str
    value: float
    direction: Direction = Direction.HIGHER
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model's metrics on one set of rows."""

    rows: str
    """Which rows: ``train``, ``validation``, ``test``, or a cohort."""
    n_rows: int
    class_counts: tuple[tuple[str, int], ...]
    metrics: tuple[Metric, ...]

    def value(self, name: str) -> float:
        """The value of the metric called `name`.

        Raises
        ------
        KeyError
            If no such metric was measured; the message lists those that were.
        """
        for metric in self.metrics:
            if metric.name == name:
                return metric.value
        raise KeyError(f"no metric `{name}` on {self.rows}; measured: {', '.join(self.names)}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the metrics measured."""
        return tuple(metric.name for metric in self.metrics)


def evaluation_on(evaluations: Sequence[Evaluation], rows: str) -> Evaluation:
    """The evaluation on the rows called `rows`.

    Raises
    ------
    KeyError
        If there is none.
    """
    for evaluation in evaluations:
        if evaluation.rows == rows:
            return evaluation
    raise KeyError(f"no evaluation on `{rows}`; there is {', '.join(e.rows for e in evaluations)}")
