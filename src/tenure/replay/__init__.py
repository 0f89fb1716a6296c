"""Replay: the loop, period by period through history, with the decisions of each period."""

from tenure.replay.backfill import backfill, plan
from tenure.replay.plan import PeriodState, PlannedPeriod, plan_backfill

__all__ = ["PeriodState", "PlannedPeriod", "backfill", "plan", "plan_backfill"]
