"""A version's card and what the gold tables say of it → one HTML file for whoever validates it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tenure.domain.wording import agreeing, counted
from tenure.governance.validation import Validation, simple_rival
from tenure.render.card import SIDES, ModelCard
from tenure.render.drawing import draw_tradeoff
from tenure.render.files import write_file
from tenure.render.templates import template
from tenure.render.words import measured_metrics, metric_name

CALIBRATION = ("calibration_error", "calibration_gap", "observed_share", "rank_stability")
"""What cohorts tell of whether a score means what it says."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How much less a metric is on test than on the rows that were fitted on."""

    name: str
    fitted: float
    test: float

    @property
    def difference(self) -> float:
        """On test less on the rows fitted on."""
        return self.test - self.fitted


def write_validation(told: Validation, card: ModelCard, folder: Path) -> Path:
    """The path of the report, ``validation-<version>.html`` in `folder`."""
    return write_file(
        folder / f"validation-{told.version.version}.html", render_validation(told, card).encode()
    )


def render_validation(told: Validation, card: ModelCard) -> str:
    """The report as one HTML file that needs nothing else; each part says where its numbers are from.

    Parameters
    ----------
    told
        What the gold tables say of the version.
    card
        What its bundle says; see `tenure.render.card.read_version`.
    """
    drawn = None if card.tradeoff is None else draw_tradeoff(card.tradeoff, card.threshold)
    return template("validation.html.j2").render(
        told=told,
        card=card,
        sides=SIDES,
        tradeoff=drawn,
        rival=simple_rival(card.provenance.get("trials", {})),
        gaps=tuple(gaps(card)),
        metrics=measured_metrics(card.cohorts),
        calibration=_calibration(card),
        limits=(*told.limits, *limits(told, card)),
    )


def gaps(card: ModelCard) -> Iterator[Gap]:
    """Metrics that were measured on the rows fitted on and on test, side by side."""
    for metric in card.metrics:
        if metric.train is not None and metric.test is not None:
            yield Gap(metric.name, metric.train, metric.test)


def limits(told: Validation, card: ModelCard) -> Iterator[str]:
    """What the numbers of this report cannot say."""
    split = card.split
    yield (
        f"It was fitted on events from {split.train.first} to {split.train.last}: it is known to hold for "
        "rows like these."
    )
    if split.n_embargoed:
        their = agreeing(split.n_embargoed, "its", "their")
        rows = counted(split.n_embargoed, "row")
        yield f"{rows} took no part, because {their} window reaches over a boundary."
    if not card.cohorts:
        yield "No cohort that it scored has labels yet: all numbers are of rows before it was in office."
    if any(metric.low is None and metric.test is not None for metric in card.metrics):
        without = ", ".join(metric_name(m.name) for m in card.metrics if m.low is None and m.test is not None)
        yield f"There is no interval of: {without}."
    if not told.groups:
        yield "How it treats groups of people has not been measured."


def _calibration(card: ModelCard) -> list[str]:
    """The metrics of calibration that its cohorts have."""
    names = {name for cohort in card.cohorts for name, _ in cohort.metrics}
    return sorted(name for name in names if name.partition(" ")[0] in CALIBRATION)
