import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from tenure.bundle import Encoder, FeatureSpec
from tenure.bundle.encodings import EmbeddedText
from tenure.bundle.encodings.embedded import MAX_CHARACTERS, character_ngrams, ngram_counts
from tenure.domain.features import FeatureKind

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(WORDS, st.sampled_from([(1, 1), (2, 4), (3, 4), (3, 3)]))
def test_ngrams_are_those_of_scikit_learn(text, ngrams):
    vectorizer = CountVectorizer(analyzer="char_wb", ngram_range=ngrams, preprocessor=lambda word: word)
    plain = "".join(letter for letter in text if letter.isascii())
    assert list(character_ngrams(plain, *ngrams)) == vectorizer.build_analyzer()(plain.casefold())


def test_an_embedding_by_hand():
    (bucket,) = ngram_counts("a", (3, 3), 64)
    (other,) = ngram_counts("b", (3, 3), 64)
    learned = EmbeddedText(64, (3, 3), (bucket, other), (1.0, 2.0), ((1.0, 0.0), (0.0, 1.0)))
    spec = FeatureSpec("note", FeatureKind.TEXT, (), learned)
    values = np.array(["a", "b", "a b", "a a b", "zz", None, ""], dtype=object)
    root = np.sqrt
    expected = [
        [1, 0], [0, 1], [1 / root(5), 2 / root(5)], [2 / root(8), 2 / root(8)], [0, 0], [0, 0], [0, 0],
    ]  # fmt: skip
    np.testing.assert_allclose(Encoder([spec]).encode({"note": values}), expected, atol=1e-6)


@pytest.mark.parametrize("value", ["\ud800\ud800", 7, float("nan"), " \t", "\x00"])
def test_strange_values_get_numbers(value):
    learned = EmbeddedText(64, (3, 4), tuple(range(64)), (1.0,) * 64, ((0.5,),) * 64)
    row = Encoder([FeatureSpec("note", FeatureKind.TEXT, (), learned)]).encode_row({"note": value})
    assert np.isfinite(row).all()


def test_what_stands_behind_the_first_characters_is_not_looked_at():
    short, long = "ab " * (MAX_CHARACTERS // 3), "ab " * MAX_CHARACTERS
    assert sum(ngram_counts(long, (3, 4), 64).values()) <= sum(ngram_counts(short, (3, 4), 64).values()) + 9
