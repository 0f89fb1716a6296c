"""The section ``retrain`` of the project file."""

from __future__ import annotations

from pydantic import Field

from tenure.domain.sources import Section


class RetrainPolicy(Section):
    """When a candidate is trained. Any one trigger is enough; the brakes hold all of them back.

    One brake has no key: while features that matter feel a feed outage or a changed delivery, a training
    that nothing else asks for waits until half of the test rows are of events since it began.
    """

    psi: float | None = Field(default=0.25, gt=0)
    """Trigger: a feature that matters drifted by more than this (population stability index)."""
    prediction_drift: float | None = Field(default=0.15, gt=0)
    """Trigger: the scores drifted by more than this (Kullback-Leibler divergence)."""
    high_alerts: int | None = Field(default=2, ge=1)
    """Trigger: so many high-severity alerts in one period: on the scores, the classes, the
    performance, the population, a rule of the project, or on a feature that matters. That an estimate
    failed is told of the cohort by its performance already, and does not count again."""
    accuracy_drop: float | None = Field(default=0.05, gt=0, lt=1)
    """Trigger: accuracy on matured labels is lower than on the test rows by more than this share."""
    every_periods: int | None = Field(default=None, ge=1)
    """Trigger: so many periods since the last training, whatever the monitors say."""
    max_age_periods: int | None = Field(default=12, ge=1)
    """Trigger: the champion took office so many periods ago."""
    matters_share: float = Field(default=0.02, ge=0, le=1)
    """A feature matters when it holds at least this share of the champion's feature importance; a feed
    outage or a changed delivery does when the features that feel it hold as much together."""
    cooldown_periods: int = Field(default=3, ge=0)
    """Brake: so many periods must lie between two trainings. What counts is that somebody was trained: a
    training that was decided on and did not happen (leaks, too few labels) is none."""
    min_labels: int = Field(default=500, ge=1)
    """Brake: so many matured labels must be known."""
    min_label_times: int = Field(default=3, ge=1)
    """Brake: they must come from so many different event times, so that time can be split."""
