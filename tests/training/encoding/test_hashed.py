from __future__ import annotations

from collections import Counter

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from tenure.bundle import FeatureSpec, encode
from tenure.bundle.encodings import HashedCategory, bucket_of
from tenure.domain.features import FeatureKind
from tenure.training.encoding.hashed import fit_hash
from tenure.training.encoding.policy import HashPolicy

ALL = HashPolicy(max_columns=16_384)


def matrix_of(streets: np.ndarray, hashed: HashedCategory) -> np.ndarray:
    return encode({"street": streets}, [FeatureSpec("street", FeatureKind.CATEGORY, (), hashed)]).astype(
        np.float64
    )


def test_leaving_out_buckets_without_a_training_row_changes_no_model() -> None:
    rng = np.random.default_rng(2)
    n_rows = 1_500
    streets = np.array([f"sokak {n}" for n in rng.integers(0, 60, n_rows)], dtype=object)
    labels = rng.random(n_rows) < np.array([int(street[6:]) / 60 for street in streets])
    kept = fit_hash(Counter(streets.tolist()), ALL, min_rows=1)
    full = HashedCategory(ALL.buckets, tuple(range(ALL.buckets)))
    unseen = np.array([f"sokak {n}" for n in range(40, 90)], dtype=object)
    # a street that is new may fall into a bucket that no training row had: 0 in all columns that count
    models = LogisticRegression(tol=1e-9, max_iter=1_000), DecisionTreeClassifier(min_samples_leaf=5)
    for model in models:
        narrow = clone(model).fit(matrix_of(streets, kept), labels)
        wide = clone(model).fit(matrix_of(streets, full), labels)
        for asked in (streets, unseen):
            np.testing.assert_allclose(
                narrow.predict_proba(matrix_of(asked, kept)),
                wide.predict_proba(matrix_of(asked, full)),
                atol=1e-6,
            )
    assert kept.width <= 60


def test_a_bucket_counts_the_rows_of_all_its_categories() -> None:
    policy = HashPolicy(buckets=2)
    counts = {f"street {n}": 1 for n in range(40)}
    assert fit_hash(counts, policy, min_rows=10).buckets == (0, 1)
    assert fit_hash(counts, policy, min_rows=41).buckets == ()


def test_the_most_frequent_buckets_have_a_column_where_there_are_too_many() -> None:
    counts = {f"street {n}": 1_000 if n < 10 else 1 for n in range(500)}
    kept = fit_hash(counts, HashPolicy(max_columns=10), min_rows=1)
    assert set(kept.buckets) == {bucket_of(f"street {n}", 16_384) for n in range(10)}
