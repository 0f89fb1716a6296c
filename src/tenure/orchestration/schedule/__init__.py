"""The day's date → the periods that are due → runs, one after another: for those who have no scheduler."""

from tenure.orchestration.schedule.clock import Clock, SystemClock
from tenure.orchestration.schedule.due import Standing, periods_due, read_standing
from tenure.orchestration.schedule.loop import Plan, keep_schedule
from tenure.orchestration.schedule.news import News, What
from tenure.orchestration.schedule.times import Looks, read_looks

__all__ = [
    "Clock",
    "Looks",
    "News",
    "Plan",
    "Standing",
    "SystemClock",
    "What",
    "keep_schedule",
    "periods_due",
    "read_looks",
    "read_standing",
]
