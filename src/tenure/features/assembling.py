"""Parts side by side: one row per row of the population, never more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from tenure.domain.features import FeatureColumn
from tenure.domain.tables import AS_OF, EVENT_TIME, KNOWN_AT, LABEL
from tenure.features.config import FeatureBlock
from tenure.features.crosses import Cross, cross_value
from tenure.features.linking import KNOWN, ROW_ID
from tenure.features.parts import Ground, LeftOut, Part

_RESERVED = frozenset({AS_OF, EVENT_TIME, KNOWN_AT, LABEL, "label_known_at"})


@dataclass(frozen=True, slots=True)
class Parts:
    """The features made so far."""

    parts: tuple[Part, ...] = ()
    crosses: tuple[Cross, ...] = ()
    blocks: tuple[FeatureBlock, ...] = ()
    """The blocks that they come from."""
    hidden: frozenset[str] = frozenset()
    """Columns made only to be crossed."""
    left_out: tuple[LeftOut, ...] = ()
    """Rows that source blocks do not look at."""

    @property
    def columns(self) -> tuple[FeatureColumn, ...]:
        """All features that are shown, in the order of the blocks."""
        plain = (column for part in self.parts for column in part.columns if column.name not in self.hidden)
        return (*plain, *(cross.column for cross in self.crosses))


def assemble(made: Parts, ground: Ground, *, numbered: bool = False) -> ir.Table:
    """The population's keys and ``event_time``, ``known_at``, and a column for each feature, in order.

    ``known_at`` is the latest time at which a row used for any of the features became known; null
    where no row with a time was used. Each part has at most one row per row of the population, so the
    result has exactly as many rows as the population. With `numbered`, `ROW_ID` comes first.
    """
    joined = ground.population
    for number, part in enumerate(made.parts):
        right = part.express(ground).rename({_row(number): ROW_ID, _known(number): KNOWN})
        joined = joined.left_join(right, joined[ROW_ID] == right[_row(number)])
    values = dict(_values(joined, made))
    crossed = {
        cross.column.name: cross_value(cross, [values[name] for name in cross.members])
        for cross in made.crosses
    }
    shown = {name: value for name, value in values.items() if name not in made.hidden}
    known_at = {KNOWN_AT: _latest(joined, made)}
    first = [ROW_ID] if numbered else []
    return joined.order_by(ROW_ID).select(*first, *ground.keys, EVENT_TIME, **known_at, **shown, **crossed)


def check_names(columns: Sequence[FeatureColumn], *, keys: Sequence[str]) -> tuple[str, ...]:
    """Problems of names: two features of one name (engines do not tell capitals apart), or a taken one."""
    seen: dict[str, FeatureColumn] = {}
    taken = {name.lower() for name in (*keys, *_RESERVED)}
    problems = []
    for column in columns:
        name = column.name.lower()
        if name in taken:
            problems.append(f"feature `{column.name}` of `{column.block}` has the name of a key or a time")
        elif name in seen:
            other = seen[name]
            problems.append(
                f"`{column.block}` and `{other.block}` both make a feature `{other.name}`; give one block a "
                "`suffix`, or leave the column out"
            )
        seen.setdefault(name, column)
    return tuple(problems)


def _values(joined: ir.Table, made: Parts) -> Iterator[tuple[str, ir.Value]]:
    for part in made.parts:
        for column in part.columns:
            value = joined[column.name]
            yield column.name, value.fill_null(0.0) if column.name in part.zeros else value


def _latest(joined: ir.Table, made: Parts) -> ir.TimestampValue:
    known = [joined[_known(number)].cast("timestamp(6)") for number in range(len(made.parts))]
    return ibis.greatest(*known) if known else ibis.null("timestamp(6)")


def _row(number: int) -> str:
    return f"{ROW_ID}_{number}"


def _known(number: int) -> str:
    return f"{KNOWN}_{number}"
