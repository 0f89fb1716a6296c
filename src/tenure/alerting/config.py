"""The section ``alert`` of the project file."""

from __future__ import annotations

from pydantic import Field

from tenure.domain.incidents import IncidentSeverity
from tenure.domain.sources import Section


class AlertPolicy(Section):
    """Which incidents are told, and how often; where, ``TENURE_ALERTS`` in the environment says."""

    least: IncidentSeverity = IncidentSeverity.WARNING
    """The least severity that is told: ``critical``, ``warning`` or ``info``. Every incident is recorded."""
    cooldown_periods: int = Field(default=3, ge=1)
    """An incident that goes on is told again after so many periods, or as soon as it is graver. One that
    comes back within so many periods is the same one, and told only if it is critical or graver."""
    critical_share: float = Field(default=0.10, ge=0, le=1)
    """A feed outage or changed delivery is critical when the features it hits hold at least this share
    of the champion's importance."""
    null_features_share: float = Field(default=0.5, gt=0, le=1)
    """When at least this share of a source's features (and two) is null more often, its feed is out."""
