"""How a bundle's scores are to be read where a probability is wanted: a part of ``metrics.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenure.stats.scaling import Scaling

SCALING = "scaling"


def scaling_record(scaling: Scaling) -> dict[str, Any]:
    """The scaling as ``metrics.json`` holds it, under ``scaling``.

    Examples
    --------
    >>> scaling_of({SCALING: scaling_record(Scaling(0.8, (0.0, 0.1)))}, n_classes=2)
    Scaling(slope=0.8, offsets=(0.0, 0.1))
    """
    return {"slope": scaling.slope, "offsets": list(scaling.offsets)}


def scaling_of(metrics: Mapping[str, Any], *, n_classes: int) -> Scaling:
    """The scaling that a bundle's metrics tell; one that changes nothing when they tell none."""
    record = metrics.get(SCALING)
    if record is None:
        return Scaling(1.0, (0.0,) * n_classes)
    return Scaling(record["slope"], tuple(record["offsets"]))
