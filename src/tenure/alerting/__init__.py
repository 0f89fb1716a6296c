"""measurements, findings, decisions -> incidents: one per thing that is wrong, not one per number."""

from tenure.alerting.message import write_message
from tenure.alerting.stage import alert, stopped_period

__all__ = ["alert", "stopped_period", "write_message"]
