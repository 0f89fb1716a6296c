"""Protected attributes: which columns they are, the groups they make, and the groups of given rows."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from tenure.domain.sources import Column, Source
from tenure.domain.tables import AS_OF, EVENT_TIME, KNOWN_AT

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

Groups: TypeAlias = npt.NDArray[np.object_]
"""The group of each row, by name."""

UNKNOWN_GROUP = "unknown"


@dataclass(frozen=True, slots=True)
class ProtectedColumn:
    """A protected column of a source, as the gate finds it in ``gold/protected``."""

    source: str
    column: str
    rule: Column

    @property
    def name(self) -> str:
        """Its name in ``gold/protected``."""
        return f"{self.source}_{self.column}"

    def group(self, value: str | float | None) -> str:
        """The group that a value belongs to; ``unknown`` for null.

        Examples
        --------
        >>> age = ProtectedColumn("people", "Age", Column(protected=True, bands=(25, 62)))
        >>> [age.group(value) for value in (19, 25, 70, None)]
        ['below 25', '25 to 62', '62 and over', 'unknown']
        """
        if value is None or value != value:  # noqa: PLR0124 - NaN
            return UNKNOWN_GROUP
        bands = self.rule.bands
        if not bands or isinstance(value, str):
            return str(value)
        place = bisect.bisect_right(bands, value)
        if place == 0:
            return f"below {bands[0]:g}"
        return (
            f"{bands[-1]:g} and over" if place == len(bands) else f"{bands[place - 1]:g} to {bands[place]:g}"
        )


def protected_columns(sources: Mapping[str, Source]) -> tuple[ProtectedColumn, ...]:
    """The columns marked ``protected``, in the order of the project file."""
    return tuple(
        ProtectedColumn(name, column, rule)
        for name, source in sources.items()
        for column, rule in source.columns.items()
        if rule.protected
    )


def groups_of(rows: pa.Table, protected: Sequence[ProtectedColumn]) -> dict[str, Groups]:
    """The group of each row by protected attribute; unknown throughout where the rows lack the attribute.

    Examples
    --------
    >>> import pyarrow as pa
    >>> sex = ProtectedColumn("people", "sex", Column(protected=True))
    >>> groups_of(pa.table({"people_sex": ["f", None]}), [sex])
    {'people_sex': array(['f', 'unknown'], dtype=object)}
    """
    nothing = [None] * rows.num_rows
    values = {
        column.name: rows[column.name].to_pylist() if column.name in rows.column_names else nothing
        for column in protected
    }
    return {
        column.name: np.array([column.group(value) for value in values[column.name]], dtype=object)
        for column in protected
    }


def with_attributes(rows: ir.Table, attributes: ir.Table, *, keys: Sequence[str]) -> ir.Table:
    """The rows with the columns of ``gold/protected`` beside them; null where it has no such event."""
    own = {*keys, EVENT_TIME, KNOWN_AT, AS_OF}
    names = [name for name in attributes.columns if name not in own]
    beside = attributes.select(*keys, EVENT_TIME, *names)
    return rows.left_join(beside, [*keys, EVENT_TIME]).select(*rows.columns, *names)
