"""Categories of the training rows → the buckets that have a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tenure.bundle.encodings import HashedCategory, bucket_of
from tenure.training.encoding.policy import HashPolicy


def fit_hash(counts: Mapping[str, int], policy: HashPolicy, *, min_rows: int) -> HashedCategory:
    """The buckets of `min_rows` training rows or more, the most frequent `max_columns` of them.

    Parameters
    ----------
    counts
        Training rows per category; null is none.
    policy
        How many buckets, and how many columns.
    min_rows
        Rows that a bucket needs.

    Examples
    --------
    >>> fit_hash({"ada": 3, "mina": 1}, HashPolicy(buckets=8), min_rows=2).width
    1
    """
    rows: Counter[int] = Counter()
    for category, n in counts.items():
        rows[bucket_of(category, policy.buckets)] += n
    frequent = [bucket for bucket, n in rows.items() if n >= min_rows]
    chosen = sorted(frequent, key=lambda bucket: (-rows[bucket], bucket))[: policy.max_columns]
    return HashedCategory(policy.buckets, tuple(sorted(chosen)))
