"""Features made so far → one feature of two or more of them."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.sources import reason_words
from tenure.features.config import CrossBlock
from tenure.features.naming import cross_name, last_known_name
from tenure.features.selection import did_you_mean
from tenure.features.values import finite

SEPARATOR = " x "


@dataclass(frozen=True, slots=True)
class Cross:
    """A cross whose members are known: features of the table it is added to."""

    column: FeatureColumn
    members: tuple[str, ...]


def resolve_member(name: str, *, made: Sequence[str], columns: Mapping[str, Sequence[str]]) -> str:
    """The feature that a member of a cross means.

    Parameters
    ----------
    name
        As the project file writes it: a feature, ``source.column``, or a column that one source has.
    made
        The features of the blocks above.
    columns
        The columns of each source that may be features.

    Returns
    -------
    str
        The feature's name. One that is not among `made` is that of a last known value.

    Raises
    ------
    ValueError
        If it means nothing, or the column of more than one source.

    Examples
    --------
    >>> resolve_member("Age", made=[], columns={"attributes": ["Age"]})
    'attributes_Age'
    """
    if name in made:
        return name
    places = [
        (source, column)
        for source, names in columns.items()
        for column in names
        if name in {column, f"{source}.{column}"}
    ]
    if len(places) == 1:
        return last_known_name(*places[0])
    if places:
        written = ", ".join(f"`{source}.{column}`" for source, column in places)
        raise ValueError(f"`{name}` is a column of more than one source; write one of {written}")
    known = [*made, *(column for names in columns.values() for column in names)]
    raise ValueError(f"`{name}` is no feature of the blocks above and no column{did_you_mean(name, known)}")


def resolve_cross(block: CrossBlock, members: Sequence[FeatureColumn]) -> Cross:
    """The cross of features: a number where all of them are, a category where all of them are.

    Raises
    ------
    ValueError
        If numbers and categories are mixed.
    """
    kinds = {member.kind for member in members}
    name = cross_name(block.cross)
    if len(kinds) > 1:
        said = ", ".join(f"`{member.name}` is a {member.kind}" for member in members)
        raise ValueError(
            f"cross `{name}` mixes kinds ({said}); cut the number into bands with an SQL feature"
        )
    inputs = tuple(dict.fromkeys(source for member in members for source in member.inputs))
    words = " and ".join(member.words or member.name for member in members)
    column = FeatureColumn(name, kinds.pop(), "cross", inputs, words, reason_words(block.reason))
    return Cross(column, tuple(member.name for member in members))


def cross_value(cross: Cross, values: Sequence[ir.Value]) -> ir.Value:
    """The product of numbers, or categories written one after another; null where one of them is."""
    if cross.column.kind is FeatureKind.NUMBER:
        return finite(functools.reduce(operator.mul, values))
    separator = ibis.literal(SEPARATOR)
    return functools.reduce(lambda left, right: left + separator + right, values)
