"""Features by what they come from: which of them go when a source, an SQL file or the crosses go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tenure.domain.features import FeatureColumn
from tenure.features.config import FeatureBlock, SourceBlock, SqlBlock
from tenure.features.queries import tables_read

MADE_SO_FAR = "features"
"""What a query calls the features of the blocks before it."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of features, and those that are left without it."""

    name: str
    columns: tuple[FeatureColumn, ...]
    others: tuple[FeatureColumn, ...]


def groups_of(columns: Sequence[FeatureColumn], needs: Mapping[str, frozenset[str]]) -> tuple[Group, ...]:
    """The groups, in the order of their first feature.

    With a source go the features that others make of it: crosses, and blocks that need it.

    Parameters
    ----------
    columns
        All features.
    needs
        The sources that each block needs besides its own, by the block's name (see `needs_of`).

    Examples
    --------
    >>> from tenure.domain.features import FeatureKind
    >>> age = FeatureColumn("age", FeatureKind.NUMBER, "people")
    >>> pay = FeatureColumn("pay", FeatureKind.NUMBER, "jobs")
    >>> both = FeatureColumn("age_x_pay", FeatureKind.NUMBER, "cross", ("people.age", "jobs.pay"))
    >>> for group in groups_of([age, pay, both], {}):
    ...     print(group.name, [column.name for column in group.others])
    people ['pay']
    jobs ['age']
    cross ['age', 'pay']
    """
    names = dict.fromkeys(column.block for column in columns)
    return tuple(_group(name, columns, needs) for name in names)


def needs_of(blocks: Sequence[FeatureBlock], sources: Sequence[str]) -> dict[str, frozenset[str]]:
    """The sources that each block needs besides its own: those it is joined through, or its query reads.

    Parameters
    ----------
    blocks
        With the texts of their queries.
    sources
        The names of all sources.
    """
    needs: dict[str, frozenset[str]] = {}
    for block in blocks:
        if isinstance(block, SourceBlock):
            read = {block.through} - {None}
            needs[block.source] = needs.get(block.source, frozenset()) | frozenset(map(str, read))
        elif isinstance(block, SqlBlock):
            read_by = {*tables_read(block.select, [*sources, MADE_SO_FAR]), *block.through.values()}
            needs[block.name] = needs.get(block.name, frozenset()) | _with_blocks_before(read_by, needs)
    return needs


def _with_blocks_before(read: set[str], needs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What a query reads; all blocks before it in the place of the features made so far."""
    return frozenset(read - {MADE_SO_FAR}) | (frozenset(needs) if MADE_SO_FAR in read else frozenset())


def _group(name: str, columns: Sequence[FeatureColumn], needs: Mapping[str, frozenset[str]]) -> Group:
    going = tuple(column for column in columns if name in _rests_on(column, needs))
    return Group(name, going, tuple(column for column in columns if column not in going))


def _rests_on(column: FeatureColumn, needs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    read = {path.partition(".")[0] for path in column.inputs}
    return frozenset({column.block, *read}) | needs.get(column.block, frozenset())
