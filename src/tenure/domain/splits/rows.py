"""Which rows are on which side, and whether each side has what is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.domain.models import Span, Split
from tenure.domain.wording import counted
from tenure.errors import NotEnoughLabelsError

Mask: TypeAlias = npt.NDArray[np.bool_]
Times: TypeAlias = npt.NDArray[np.datetime64]
Codes: TypeAlias = npt.NDArray[np.int64]
Arc: TypeAlias = tuple[float, float]

SIDES = ("train", "validation", "test")


@dataclass(frozen=True, slots=True, eq=False)
class SplitRows:
    """Which rows are on which side; a row may be on none."""

    split: Split
    train: Mask
    validation: Mask
    test: Mask

    def sides(self) -> tuple[tuple[str, Mask], ...]:
        """Name and rows of each side, the earliest first."""
        return tuple(zip(SIDES, (self.train, self.validation, self.test), strict=True))


def split_rows(
    times: Times,
    train: Mask,
    validation: Mask,
    test: Mask,
    *,
    n_embargoed: int = 0,
    entities: Sequence[Arc | None] = (None, None, None),
) -> SplitRows:
    """The sides with their spans of event times, and of entities where these part them.

    Raises
    ------
    NotEnoughLabelsError
        If a side has no row.
    """
    masks = (train, validation, test)
    named = zip(SIDES, masks, entities, strict=True)
    first, second, third = (_span(name, times[side], arc) for name, side, arc in named)
    return SplitRows(Split(first, second, third, n_embargoed), *masks)


def require_classes(
    labels: npt.NDArray[np.object_], rows: SplitRows, *, min_rows: int, named: Sequence[str] = ()
) -> tuple[str, ...]:
    """The classes, of which every side has at least `min_rows` rows: those found, sorted, or those named.

    Raises
    ------
    NotEnoughLabelsError
        If there is one class only, or a side has fewer rows of a class.
    """
    found = tuple(sorted({str(label) for label in labels[rows.train | rows.validation | rows.test]}))
    if len(found) < 2:
        raise NotEnoughLabelsError(
            f"all {len(labels):,} labels are of one class, `{''.join(found)}`: nothing can be learned",
            hint="check the label's SQL, or wait until other outcomes are known.",
        )
    classes = tuple(named) or found
    for name, side in rows.sides():
        for label in classes:
            n_rows = int((labels[side] == label).sum())
            if n_rows < min_rows:
                raise NotEnoughLabelsError(
                    f"{name} has {counted(n_rows, 'row')} of class `{label}`; {min_rows} are needed",
                    hint="wait for more labels, or set `model.split` to longer sides.",
                )
    return classes


def entity_codes(rows: pa.Table, keys: Sequence[str]) -> Codes:
    """A code per row, equal where all `keys` are equal; null keys are equal to each other.

    Examples
    --------
    >>> entity_codes(pa.table({"a": ["x", "y", "x"], "b": [1, 1, 1]}), ["a", "b"])
    array([0, 1, 0])
    """
    codes = np.zeros(rows.num_rows, dtype=np.int64)
    for key in keys:
        encoded = rows[key].combine_chunks().dictionary_encode(null_encoding="encode")
        column = np.asarray(encoded.indices, dtype=np.int64)
        pairs = codes * (column.max(initial=0) + 1) + column
        codes = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    return codes


def _span(name: str, times: Times, entities: Arc | None) -> Span:
    if times.size == 0:
        raise NotEnoughLabelsError(
            f"no labelled row is left for {name}",
            hint="wait for more labels, or change the days or the embargo in `model.split`.",
        )
    days = times.astype("datetime64[D]")
    return Span(days.min().item(), days.max().item(), times.size, entities)
