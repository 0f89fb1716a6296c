"""Rows dealt into parts, so that what is chosen on some of them can be judged on others."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from sklearn.model_selection import StratifiedKFold

from tenure.domain.splits import Mask, SplitBy, SplitPolicy, entity_codes, entity_positions, folds_by_time
from tenure.stats.arrays import Ints
from tenure.training.encoding.target import entity_folds
from tenure.training.rows import LabelledRows

N_FOLDS = 5

Fold: TypeAlias = tuple[Ints, Ints]
"""Places of the rows to choose on, and of the rows held out."""


def folds_like_split(
    rows: LabelledRows, codes: Ints, *, n_classes: int, policy: SplitPolicy
) -> tuple[tuple[Mask, Mask], ...]:
    """Rows to fit on and rows held out, parted as the split parts its sides: by time, or by entity.

    Parameters
    ----------
    rows
        The training rows.
    codes
        Their classes.
    n_classes
        How many there are: a fold whose rows to fit on lack one is left out.
    policy
        What parts the rows, and what is left out between the parts.
    """
    if policy.by is SplitBy.ENTITY:
        part = entity_folds(entity_positions(rows.table, rows.keys), N_FOLDS)
        folds = tuple((part != number, part == number) for number in range(N_FOLDS))
    else:
        entities = entity_codes(rows.table, rows.keys)
        times = rows.event_times, rows.label_known_at
        folds = folds_by_time(*times, entities, policy=policy, n_folds=N_FOLDS)
    return tuple(
        (fitted, held_out)
        for fitted, held_out in folds
        if held_out.any() and np.unique(codes[fitted]).size == n_classes
    )


def held_out_folds(codes: Ints, *, seed: int) -> tuple[Fold, ...]:
    """Five folds (fewer where a class has fewer rows), each with every class on both sides.

    Every row is held out once. Empty where a class has one row only: nothing can be judged then.
    """
    counts = np.bincount(codes)
    n_folds = min(N_FOLDS, int(counts[counts > 0].min()))
    if n_folds < 2:
        return ()
    dealt = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    return tuple(dealt.split(np.zeros((codes.size, 1)), codes))
