"""Features whose rise may only raise, or only lower, the score: from their names to matrix columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tenure.bundle.encoding import FeatureSpec
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.errors import TrainingError
from tenure.training.config import Monotone

SIGNS: Mapping[Monotone, int] = {Monotone.INCREASING: 1, Monotone.DECREASING: -1}


def column_directions(specs: Sequence[FeatureSpec], monotone: Mapping[str, Monotone]) -> tuple[int, ...]:
    """1, −1 or 0 (free) for each column of the matrix; empty where every column is free.

    Examples
    --------
    >>> specs = [
    ...     FeatureSpec("job", FeatureKind.CATEGORY, ("cook", "clerk")),
    ...     FeatureSpec("debt", FeatureKind.NUMBER),
    ... ]
    >>> column_directions(specs, {"debt": Monotone.INCREASING})
    (0, 0, 1)
    """
    if not monotone:
        return ()
    signs = {name: SIGNS[direction] for name, direction in monotone.items()}
    return tuple(signs.get(spec.name, 0) for spec in specs for _ in range(spec.width))


def require_orders(columns: Sequence[FeatureColumn], monotone: Mapping[str, Monotone]) -> None:
    """Refuse a direction for a feature that there is not, or that has no order.

    Raises
    ------
    TrainingError
        If `model.monotone` names one.
    """
    kinds = {column.name: column.kind for column in columns}
    for name in monotone:
        if name not in kinds:
            raise TrainingError(
                f"`model.monotone` names `{name}`, which is none of the {len(kinds)} features",
                hint=f"they begin with {', '.join(f'`{each}`' for each in list(kinds)[:5])}; "
                "gold/features has them all.",
            )
        if kinds[name] is not FeatureKind.NUMBER:
            raise TrainingError(
                f"`model.monotone` names `{name}`, a {kinds[name]}: its values have no order",
                hint="give numbers a direction only.",
            )
