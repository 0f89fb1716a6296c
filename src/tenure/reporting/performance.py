"""Measurements of performance → one row per matured cohort."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from tenure.domain.evaluations import Evaluation
from tenure.domain.measurements import Measurement, Scope
from tenure.domain.models import Office
from tenure.domain.report import Matured
from tenure.reporting.drift import gravest

MAIN_METRICS = ("roc_auc", "f1", "accuracy")
"""What a model is summed up by: the first of these that was measured."""


def matured_cohorts(measurements: Sequence[Measurement], history: Sequence[Office]) -> tuple[Matured, ...]:
    """How each cohort among the measurements did, the oldest first.

    Parameters
    ----------
    measurements
        Of one period, or the last of each cohort.
    history
        Terms of office, oldest first: they tell who scored a cohort.
    """
    rows = sorted((m for m in measurements if m.scope is Scope.PERFORMANCE), key=lambda m: m.feature)
    return tuple(
        _matured(date.fromisoformat(cohort), list(part), history)
        for cohort, part in groupby(rows, key=lambda m: m.feature)
    )


def scorer(history: Sequence[Office], period: date) -> int | None:
    """The version that was in office when the period began; None when nobody was.

    Examples
    --------
    >>> scorer((), date(2024, 1, 31)) is None
    True
    """
    held = [office.version.version for office in history if office.since < period]
    return held[-1] if held else None


def main_metric(found: Evaluation | Matured) -> tuple[str, float] | None:
    """Name and value of the metric that sums a model up; None when none of them was measured."""
    values = dict(found.metrics) if isinstance(found, Matured) else {m.name: m.value for m in found.metrics}
    for name in MAIN_METRICS:
        value = values.get(name)
        if value is not None:
            return name, value
    return None


def _matured(cohort: date, measured: list[Measurement], history: Sequence[Office]) -> Matured:
    return Matured(
        cohort=cohort,
        version=scorer(history, cohort),
        n_rows=max(m.n for m in measured),
        metrics=tuple((m.metric, m.value) for m in measured),
        verdict=gravest([m.verdict for m in measured]),
    )
