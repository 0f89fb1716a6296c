"""A window before an event: ``3 months``, or ``all`` that was known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from tenure.domain.durations import Duration

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAYS_PER_MONTH = 365.25 / 12
"""Length of a month where none of the calendar's is meant: 30.4375 days."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time up to an event that an aggregate looks at; no `length` means all of it."""

    length: Duration | None = None

    @classmethod
    def parse(cls, text: str) -> Window:
        """The window that `text` names: a duration or ``all``.

        Raises
        ------
        ValueError
            If it is neither, or a duration of nothing.

        Examples
        --------
        >>> Window.parse("3 months").label, Window.parse("2 weeks").label, Window.parse("all").label
        ('3m', '14d', 'all')
        """
        if text.strip() == "all":
            return cls()
        length = Duration.parse(text)
        if not length:
            raise ValueError(f"`{text}` is an empty window; write for example `3 months`, or `all`")
        return cls(length)

    @property
    def label(self) -> str:
        """The window as the end of a feature's name."""
        if self.length is None:
            return "all"
        return f"{self.length.months}m" if self.length.months else f"{self.length.days}d"

    @property
    def n_months(self) -> float:
        """Its length in months of 30.4375 days; infinite for ``all``."""
        if self.length is None:
            return float("inf")
        return self.length.months + self.length.days / DAYS_PER_MONTH

    def __str__(self) -> str:
        """The window as it is written in a project file."""
        return "all" if self.length is None else str(self.length)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Accept text (or a ready `Window`) wherever a project file asks for a window."""
        from_text = core_schema.no_info_after_validator_function(cls.parse, core_schema.str_schema())
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.union_schema(
                [core_schema.is_instance_schema(cls), from_text], mode="left_to_right"
            ),
            serialization=core_schema.to_string_ser_schema(),
        )


def moved(time: ir.TimestampValue, by: Duration, *, back: bool = False) -> ir.TimestampValue:
    """`time` moved by a duration, as `Duration.after` and `Duration.before` move a day.

    The last day of a month stays the last day of a month: 29 February and six months are 31 August.
    """
    sign = -1 if back else 1
    shifted = _moved_months(time, sign * by.months) if by.months else time
    return shifted + ibis.interval(days=sign * by.days) if by.days else shifted


def _moved_months(time: ir.TimestampValue, n_months: int) -> ir.TimestampValue:
    day = ibis.interval(days=1)
    months = ibis.interval(months=n_months)
    is_last = (time + day).month() != time.month()
    return is_last.ifelse(time + day + months - day, time + months)
