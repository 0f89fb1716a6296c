"""When to look next whether something is due."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

EVERY_PERIOD = "period"
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_WHILE_WAITING = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Looks:
    """When it is looked whether something is due."""

    times: tuple[time, ...] = ()
    """Each day at these; as soon as a period is over, where there are none."""

    def next(self, now: datetime, *, due: date, waits: bool) -> datetime:
        """The next time to look.

        Parameters
        ----------
        now
            With its zone.
        due
            The first day on which the next period is over.
        waits
            Whether something is due that waits for the world: then every five minutes, if no times are set.

        Examples
        --------
        >>> now = datetime.fromisoformat("2024-03-01T06:30+01:00")
        >>> Looks((time(6), time(18))).next(now, due=date(2024, 4, 2), waits=False).isoformat()
        '2024-03-01T18:00:00+01:00'
        >>> Looks().next(now, due=date(2024, 4, 2), waits=False).isoformat()
        '2024-04-02T00:00:00+01:00'
        """
        if self.times:
            today = [datetime.combine(now.date(), each, tzinfo=now.tzinfo) for each in self.times]
            return min(each if each > now else each + timedelta(days=1) for each in today)
        if waits:
            return now + _WHILE_WAITING
        return max(datetime.combine(due, time.min, tzinfo=now.tzinfo), now)


def read_looks(every: Sequence[str]) -> Looks:
    """``period``, or one time of the day after another.

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> read_looks(["06:00", "18:30"]).times
    (datetime.time(6, 0), datetime.time(18, 30))
    >>> read_looks(["hourly"])
    Traceback (most recent call last):
    ValueError: `hourly` is neither `period` nor a time of the day such as 06:00
    """
    if tuple(every) == (EVERY_PERIOD,):
        return Looks()
    for each in every:
        if not _TIME.fullmatch(each):
            raise ValueError(f"`{each}` is neither `{EVERY_PERIOD}` nor a time of the day such as 06:00")
    return Looks(tuple(sorted(time.fromisoformat(each) for each in every)))
