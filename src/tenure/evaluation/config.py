"""The section ``gate`` of the project file."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from tenure.domain.sources import Section
from tenure.stats.evaluate import METRICS

_PERCENT = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*%\s*$")


def _known_metric(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"`{name}` is no metric; there are {', '.join(METRICS)}")
    return name


def _share(value: Any) -> Any:
    """``2%`` as 0.02; other values as they are."""
    match = _PERCENT.match(value) if isinstance(value, str) else None
    return float(match[1]) / 100 if match else value


MetricName = Annotated[str, AfterValidator(_known_metric)]
RelativeShare = Annotated[float, Field(ge=0, lt=1), BeforeValidator(_share)]


class BeatChampion(Section):
    """By how much a candidate must beat the champion, on the same rows."""

    metric: MetricName = "f1"
    """What they are compared in."""
    by: RelativeShare = 0.02
    """Share of the champion's value by which the candidate must be better: ``2%`` or ``0.02``. Of two
    that are alike the champion stays, whatever this is."""
    interval: Literal["required", "reported"] = "required"
    """``required``: the 95 % bootstrap interval of the difference must lie wholly on the candidate's
    side, so that a lucky draw of test rows promotes nobody. ``reported``: the interval is part of the
    verdict, and the measured difference decides."""


class FairnessPolicy(Section):
    """How alike a candidate must treat the groups of every column marked ``protected``."""

    favourable: tuple[str, ...] = ()
    """Classes that are good for the person; of two classes the negative one when empty."""
    min_impact_ratio: float | None = Field(default=0.8, gt=0, le=1)
    """Least share of favourable answers of a group, as a share of the most favoured group's: 0.8 is
    the four-fifths rule. Nothing is required when null."""
    max_tpr_gap: float | None = Field(default=None, gt=0, le=1)
    """Largest difference in recall to the largest group: of those of the positive class, how many are
    called so. Of two classes only."""
    max_fpr_gap: float | None = Field(default=None, gt=0, le=1)
    """Largest difference in the false positive rate to the largest group. Of two classes only."""
    min_rows: int = Field(default=50, ge=1)
    """Groups with fewer test rows are told, and not compared."""
    certain: bool = True
    """Whether only a difference whose 95 % interval leaves out equal treatment refuses a candidate."""


class GatePolicy(Section):
    """What a candidate must show to take office. Every condition must hold."""

    minimum: dict[MetricName, float] = Field(default_factory=dict)
    """Least value of each metric on the candidate's test rows; for ``brier`` and ``log_loss``, where
    less is better, the largest. Measured values decide, not their intervals."""
    beat_champion: BeatChampion = BeatChampion()
    """How it must compare with the champion; with nobody in office `minimum` alone decides."""
    min_rows: int = Field(default=100, ge=1)
    """Fewer test rows, or fewer rows to compare on, promote nobody."""
    latency_ms: float | None = Field(default=50.0, gt=0)
    """Budget of processor time for one row, 99th percentile, in a process of its own on one thread; none
    when null."""
    fairness: FairnessPolicy = FairnessPolicy()
    """How alike the groups of protected attributes must be treated; nothing is asked when there are none."""
    approval: Literal["automatic", "required"] = "automatic"
    """``required``: a candidate that passed stays at ``staging`` until a person takes it into office by
    ``tenure approve``."""
    resamples: int = Field(default=1000, ge=100)
    """Resamples of the bootstrap interval."""
