"""The section ``monitor`` of the project file."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from tenure.domain.sources import Section


class MonitorRule(Section):
    """A number that a query of the gold tables gives, and where it must lie."""

    name: str = Field(min_length=1, max_length=80)
    """What is watched, in words: "average credit score"."""
    sql: str = Field(min_length=1)
    """One SELECT over ``features``, ``labels`` and ``predictions`` that gives one row: ``value``, and ``n``
    for the rows it rests on (with fewer than `monitor.min_rows` the verdict is `not enough rows`)."""
    below: float | None = None
    """A value below this breaks the rule."""
    above: float | None = None
    """A value above this breaks the rule."""
    verdict: Literal["alert", "warning"] = "alert"
    """What a broken rule is."""
    history: bool = False
    """Whether the query sees every row known by the end of the period, not the period's own alone."""

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.below is None and self.above is None:
            raise ValueError("give `below`, `above`, or both")
        return self


class MonitorPolicy(Section):
    """When a measured number is an alert. Effects count only where they are significant, too."""

    psi: float = Field(default=0.25, gt=0)
    """Population stability index of a feature, or of the score: above it, an alert."""
    psi_warning: float = Field(default=0.10, gt=0)
    """Above it, a warning."""
    prediction_drift: float = Field(default=0.15, gt=0)
    """Kullback-Leibler divergence of the scores: above it, an alert."""
    null_increase: float = Field(default=0.10, gt=0, lt=1)
    """Share of nulls above the reference's by more than this: an alert."""
    new_category_share: float = Field(default=0.01, ge=0, lt=1)
    """Share of rows in categories that the reference does not have, beyond the share that its rare ones make
    likely: above it, a warning."""
    mean_shift: float = Field(default=0.2, gt=0)
    """Distance of a number's mean from the reference's, in its standard deviations: above it, a warning."""
    out_of_range: float = Field(default=0.05, ge=0, lt=1)
    """Share of rows beyond the least and the largest value of the training rows: above it, a warning."""
    cardinality_ratio: float = Field(default=1.3, gt=1)
    """Categories of the period to those of the reference: above it, and with more rows of new ones than the
    reference's rare ones make likely, a warning."""
    class_share: float = Field(default=0.10, gt=0, lt=1)
    """Difference in the share of rows put into a class: above it, an alert."""
    accuracy_drop: float = Field(default=0.05, gt=0, lt=1)
    """Accuracy of a matured cohort below the test rows', as a share of it: above it, an alert."""
    calibration_gap: float = Field(default=0.10, gt=0, lt=1)
    """Share of a class in a matured cohort less what the scores said of it: beyond it, an alert."""
    estimate_error: float = Field(default=0.03, gt=0, lt=1)
    """AUC or accuracy of a matured cohort further than this from what its scores had promised: an alert."""
    rules: tuple[MonitorRule, ...] = ()
    """Numbers of your own to be watched."""
    significance: float = Field(default=0.01, gt=0, lt=1)
    """False discovery rate over all features of a period (Benjamini-Hochberg)."""
    min_rows: int = Field(default=50, ge=1)
    """With fewer rows nothing is an alert; the verdict says `not enough rows`."""
