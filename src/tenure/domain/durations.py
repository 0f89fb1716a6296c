"""Spans of calendar time: ``6 months``, ``30 days``."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from tenure.domain.wording import agreeing

_PATTERN = re.compile(r"^\s*(\d+)\s*(day|week|month|year)s?\s*$")
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A span of whole months and whole days, as written in a project file.

    Examples
    --------
    >>> Duration.parse("6 months")
    Duration(months=6, days=0)
    >>> str(Duration.parse("2 weeks"))
    '14 days'
    >>> Duration.parse("1 month").after(date(2024, 1, 31))
    datetime.date(2024, 2, 29)
    """

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Duration:
        """The span that `text` names: a whole number and day(s), week(s), month(s) or year(s).

        Raises
        ------
        ValueError
            If `text` is anything else.
        """
        match = _PATTERN.match(text)
        if match is None:
            raise ValueError(f"`{text}` is not a duration; write for example `6 months` or `30 days`")
        count, unit = int(match[1]), match[2]
        return cls(months=count * _MONTHS.get(unit, 0), days=count * _DAYS.get(unit, 0))

    def after(self, day: date) -> date:
        """The day this long after `day`; months keep the end of the month."""
        return shift_months(day, self.months) + timedelta(days=self.days)

    def before(self, day: date) -> date:
        """The day this long before `day`; months keep the end of the month."""
        return shift_months(day, -self.months) - timedelta(days=self.days)

    def __bool__(self) -> bool:
        """Whether the span is longer than nothing."""
        return bool(self.months or self.days)

    def __str__(self) -> str:
        """The span as it is written in a project file."""
        parts = [_count(self.months, "month"), _count(self.days, "day")]
        return " ".join(part for part in parts if part) or "0 days"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Accept text (or a ready `Duration`) wherever a project file asks for a span."""
        from_text = core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema())
        return core_schema.union_schema(
            [core_schema.is_instance_schema(cls), from_text],
            mode="left_to_right",
            serialization=core_schema.to_string_ser_schema(),
        )


def shift_months(day: date, n_months: int) -> date:
    """The same day `n_months` later (earlier if negative); the last day of a month stays the last.

    Examples
    --------
    >>> shift_months(date(2024, 2, 29), 1)
    datetime.date(2024, 3, 31)
    >>> shift_months(date(2024, 1, 30), 1)
    datetime.date(2024, 2, 29)
    """
    if n_months == 0:
        return day
    index = day.year * 12 + day.month - 1 + n_months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


def _count(number: int, unit: str) -> str:
    return "" if number == 0 else f"{number} {agreeing(number, unit)}"
