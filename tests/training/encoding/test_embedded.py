from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer

from tenure.bundle import FeatureSpec, encode
from tenure.bundle.encodings import EmbeddedText
from tenure.bundle.encodings.embedded import ngram_counts
from tenure.domain.features import FeatureKind
from tenure.training.encoding.embedded import fit_embedding
from tenure.training.encoding.policy import EmbeddingPolicy

POLICY = EmbeddingPolicy(dimensions=6, buckets=512)


def texts_of(n_rows: int = 400) -> list[str]:
    rng = np.random.default_rng(4)
    words = ["senior", "junior", "teacher", "nurse", "driver", "öğretmen", "şoför", "of", "the", "school"]
    return [" ".join(rng.choice(words, rng.integers(1, 4))) for _ in range(n_rows)]


def vectors_of(texts: list[str], learned: EmbeddedText) -> np.ndarray:
    values = np.array(texts, dtype=object)
    return encode({"note": values}, [FeatureSpec("note", FeatureKind.TEXT, (), learned)])


def counts_matrix(texts: list[str]) -> csr_array:
    counts = np.zeros((len(texts), POLICY.buckets))
    for row, text in enumerate(texts):
        for bucket, n in ngram_counts(text, POLICY.ngrams, POLICY.buckets).items():
            counts[row, bucket] = n
    return csr_array(counts)


def test_an_embedding_is_what_scikit_learn_makes_of_the_same_counts() -> None:
    texts = texts_of()
    learned = fit_embedding(Counter(texts), POLICY)
    assert learned is not None
    tfidf = TfidfTransformer().fit(counts_matrix(texts))
    svd = TruncatedSVD(POLICY.dimensions, algorithm="arpack", random_state=3)
    svd.fit(tfidf.transform(counts_matrix(texts)))
    expected = svd.transform(tfidf.transform(counts_matrix(texts)))
    found = vectors_of(texts, learned)
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected * signs, atol=1e-5)
    held = np.linalg.norm(found, axis=0)
    assert (np.diff(held) <= 1e-6).all()


def test_the_same_rows_in_any_order_give_the_same_embedding_with_its_signs() -> None:
    texts = texts_of()
    first, second = (fit_embedding(Counter(order), POLICY) for order in (texts, texts[::-1]))
    assert first == second
    assert first is not None
    components = np.array(first.components)
    largest = components[np.abs(components).argmax(axis=0), np.arange(components.shape[1])]
    assert (largest > 0).all()


def test_texts_that_look_alike_are_near_and_misspelt_ones_too() -> None:
    learned = fit_embedding(Counter(texts_of()), POLICY)
    assert learned is not None
    vectors = vectors_of(["school teacher", "schol teacher", "driver"], learned)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert unit[0] @ unit[1] > 0.8
    assert abs(unit[0] @ unit[2]) < 0.3


@pytest.mark.parametrize("n_texts", [1, 2, 6])
def test_few_texts_have_as_many_dimensions_as_they_have_directions(n_texts: int) -> None:
    counts = {f"{'abcdefgh'[n] * 5}": n + 1 for n in range(n_texts)}
    learned = fit_embedding(counts, POLICY)
    assert learned is not None
    assert learned.width == n_texts
    assert np.isfinite(vectors_of([*counts, "zzz"], learned)).all()


def test_texts_without_a_word_have_no_embedding() -> None:
    assert fit_embedding({" ": 3, "\t": 1}, POLICY) is None
