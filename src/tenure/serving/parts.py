"""A batch as columns, champion and challenger → what each of them says of which rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.domain.arms import Arm
from tenure.serving.challenger import Challenger, Pairing
from tenure.serving.model import ServedModel

Places = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one model says of some rows of a batch."""

    model: ServedModel
    places: Places
    """Of the rows in the batch, ascending."""
    probabilities: npt.NDArray[np.float64]
    """Shape (n_rows of the part, n_classes)."""
    beside: Mapping[str, Any] = field(default_factory=dict)
    """What only the log is told: ``arm`` and ``against`` of a comparison."""

    @property
    def is_given(self) -> bool:
        """Whether the client is told; not what a shadow says."""
        return self.beside.get("arm") != Arm.SHADOW


def parts_of(
    rows: pa.Table, model: ServedModel, pairing: Pairing | None, challenger: Challenger
) -> list[Part]:
    """Who says what of a batch: as `tenure.serving.answering.answer_many` of rows, column by column.

    Parameters
    ----------
    rows
        A column per feature of both models, and the keys where they were sent.
    model
        Who is in office.
    pairing
        Who is tried beside it; nobody when None.
    challenger
        Is told when the challenger has no answer; its rows are the champion's then, outside the comparison.

    Returns
    -------
    list of Part
        Those that are given have each row once.
    """
    everything = np.arange(rows.num_rows, dtype=np.int32)
    if pairing is None:
        return [Part(model, everything, model.bundle.score(rows))]
    if pairing.is_shadow:
        return _with_shadow(rows, everything, pairing, challenger)
    arms = np.array([_arm(pairing, row) for row in _keys(rows, pairing)])
    tried = _tried(rows, everything[arms == Arm.CHALLENGER], pairing, challenger)
    own = np.flatnonzero(arms == Arm.CHAMPION).astype(np.int32)
    taken = own if tried is None else np.concatenate([own, tried.places])
    left = np.setdiff1d(everything, taken)
    parts = [_champions(rows, own, pairing, pairing.beside(Arm.CHAMPION)), tried]
    parts.append(_champions(rows, left, pairing, {}))
    return [part for part in parts if part is not None]


def _with_shadow(rows: pa.Table, everything: Places, pairing: Pairing, challenger: Challenger) -> list[Part]:
    said = pairing.champion.bundle.score(rows)
    shadow = _scored(rows, pairing, challenger)
    if shadow is None:
        return [Part(pairing.champion, everything, said)]
    return [
        Part(pairing.champion, everything, said, pairing.beside(Arm.CHAMPION)),
        Part(pairing.challenger, everything, shadow, pairing.beside(Arm.SHADOW)),
    ]


def _champions(rows: pa.Table, places: Places, pairing: Pairing, beside: Mapping[str, Any]) -> Part | None:
    if not places.size:
        return None
    said = pairing.champion.bundle.score(taken(rows, places))
    return Part(pairing.champion, places, said, beside)


def _tried(rows: pa.Table, places: Places, pairing: Pairing, challenger: Challenger) -> Part | None:
    if not places.size:
        return None
    said = _scored(taken(rows, places), pairing, challenger)
    if said is None:
        return None
    return Part(pairing.challenger, places, said, pairing.beside(Arm.CHALLENGER))


def _scored(rows: pa.Table, pairing: Pairing, challenger: Challenger) -> npt.NDArray[np.float64] | None:
    try:
        return pairing.challenger.bundle.score(rows)
    except Exception as error:  # noqa: BLE001 - the champion answers
        challenger.failed(pairing, error)
        return None


def taken(rows: pa.Table, places: Places) -> pa.Table:
    """Those rows, in that order; `pa.array` of NumPy values would wake pandas."""
    content = np.ascontiguousarray(places, np.int32)
    return rows.take(pa.Array.from_buffers(pa.int32(), len(content), [None, pa.py_buffer(content)]))


def _keys(rows: pa.Table, pairing: Pairing) -> list[dict[str, Any]]:
    """The keys of each row, as far as they were sent."""
    sent = [name for name in pairing.champion.bundle.schema.keys if name in rows.column_names]
    return rows.select(sent).to_pylist() if sent else [{}] * rows.num_rows


def _arm(pairing: Pairing, row: Mapping[str, Any]) -> str:
    return str(pairing.arm(row) or "")
