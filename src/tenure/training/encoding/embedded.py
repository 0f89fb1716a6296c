"""Texts of the training rows → the directions in which they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tenure.bundle.encodings import EmbeddedText
from tenure.bundle.encodings.embedded import ngram_counts
from tenure.training.encoding.policy import EmbeddingPolicy

N_DECIMALS = 7
LEAST_SIZE = 1e-6
"""A direction of which the training texts have less, as a share of their largest, is rounding."""


def fit_embedding(counts: Mapping[str, int], policy: EmbeddingPolicy) -> EmbeddedText | None:
    r"""The leading right singular vectors of the training texts' TF-IDF; None where no text has an n-gram.

    Parameters
    ----------
    counts
        Training rows per text; null is none.
    policy
        Dimensions, buckets and n-grams.

    Notes
    -----
    TF-IDF is scikit-learn's: :math:`\mathrm{idf}_b = \ln \frac{1 + n}{1 + n_b} + 1` of n rows, n_b of them
    with bucket b, and rows of length 1. The decomposition is exact (ARPACK to machine precision from a
    start that is fixed, LAPACK where there are few texts), so there is nothing random in it: a seed would
    not change it. The sign of a direction is that which makes its largest weight positive; directions
    come with the largest singular value first.
    """
    grams = {text: ngram_counts(text, policy.ngrams, policy.buckets) for text in sorted(counts)}
    texts = [text for text, found in grams.items() if found]
    if not texts:
        return None
    in_rows: Counter[int] = Counter()
    for text in texts:
        in_rows.update(dict.fromkeys(grams[text], counts[text]))
    buckets = sorted(in_rows)
    n_with = np.array([in_rows[bucket] for bucket in buckets])
    idf = np.round(np.log((1 + sum(counts.values())) / (1 + n_with)) + 1, N_DECIMALS)
    vectors = _directions([grams[text] for text in texts], [counts[text] for text in texts], buckets, idf,
                          n_most=policy.dimensions)  # fmt: skip
    return EmbeddedText(
        n_buckets=policy.buckets,
        ngrams=policy.ngrams,
        buckets=tuple(buckets),
        idf=tuple(idf.tolist()),
        components=tuple(tuple(row) for row in np.round(vectors, N_DECIMALS).tolist()),
    )


def _directions(
    grams: Sequence[Mapping[int, int]],
    n_rows: Sequence[int],
    buckets: Sequence[int],
    idf: npt.NDArray[np.float64],
    *,
    n_most: int,
) -> npt.NDArray[np.float64]:
    """A row per bucket, a column per direction."""
    # seconds, that only a project that asks for an embedding should wait for
    from scipy.sparse import csr_array  # noqa: PLC0415
    from sklearn.decomposition import TruncatedSVD  # noqa: PLC0415
    from sklearn.preprocessing import normalize  # noqa: PLC0415

    places = {bucket: place for place, bucket in enumerate(buckets)}
    ends = np.cumsum([0, *(len(found) for found in grams)])
    columns = np.array([places[bucket] for found in grams for bucket in found])
    tf = np.array([n for found in grams for n in found.values()], dtype=np.float64)
    weights = csr_array((tf * idf[columns], columns, ends), shape=(len(grams), len(buckets)))
    # a text of n rows counts n times: its square root, once for each side of the product
    rows = normalize(weights).multiply(np.sqrt(np.array(n_rows))[:, np.newaxis]).tocsr()
    with threadpool_limits(1):  # sums in one order, whatever the machine
        if min(rows.shape) <= n_most:
            _, sizes, components = np.linalg.svd(rows.toarray(), full_matrices=False)
        else:
            svd = TruncatedSVD(n_components=n_most, algorithm="arpack", random_state=0).fit(rows)
            sizes, components = svd.singular_values_, svd.components_
    components = components[sizes > LEAST_SIZE * sizes[0]]
    largest = components[np.arange(len(components)), np.abs(components).argmax(axis=1)]
    directions: npt.NDArray[np.float64] = (components * np.sign(largest)[:, np.newaxis]).T
    return directions
