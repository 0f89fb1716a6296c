"""Categories of the training rows → the buckets that have a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tenure.bundle.encodings import HashedCategory, bucket_of
from tenure.stats.categories import choose_categories
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
    frequent = {f"{bucket:08d}": n for bucket, n in rows.items() if n >= min_rows}
    chosen = choose_categories(dict(frequent), n_top=policy.max_columns).top
    return HashedCategory(policy.buckets, tuple(sorted(int(bucket) for bucket in chosen)))
