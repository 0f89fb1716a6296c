"""Rows dealt into parts, so that what is chosen on some of them can be judged on others."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from sklearn.model_selection import StratifiedKFold

from tenure.stats.arrays import Ints

N_FOLDS = 5

Fold: TypeAlias = tuple[Ints, Ints]
"""Places of the rows to choose on, and of the rows held out."""


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
