"""Embedding: texts that look alike get numbers that are alike, words never seen included."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from tenure.bundle.encodings.reading import Reader, Vectors

MAX_CHARACTERS = 1_000
"""What stands behind them in a text is not looked at: one long answer must not hold up a server."""


def ngram_counts(text: str, ngrams: tuple[int, int], n_buckets: int) -> dict[int, int]:
    """How often each bucket occurs in a text: CRC-32 of the n-gram in UTF-8, modulo `n_buckets`."""
    counts: dict[int, int] = {}
    for gram in character_ngrams(text, *ngrams):
        bucket = zlib.crc32(gram.encode("utf-8", "surrogatepass")) % n_buckets
        counts[bucket] = counts.get(bucket, 0) + 1
    return counts


def character_ngrams(text: str, shortest: int, longest: int) -> list[str]:
    """The runs of characters of each word, with a blank before and after it; case is folded, after NFC.

    The n-grams of scikit-learn's ``CountVectorizer(analyzer="char_wb")``: a word shorter than n gives
    itself, once.

    Examples
    --------
    >>> character_ngrams("Ana  Cd", 3, 4)
    [' an', 'ana', 'na ', ' ana', 'ana ', ' cd', 'cd ', ' cd ']
    """
    grams = []
    for word in unicodedata.normalize("NFC", text[:MAX_CHARACTERS]).casefold().split():
        padded = f" {word} "
        for length in range(shortest, longest + 1):
            if length >= len(padded):
                grams.append(padded)
                break
            grams += [padded[first : first + length] for first in range(len(padded) - length + 1)]
    return grams


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    r"""Character n-grams weighed by how rare they are, projected on the directions in which texts differ.

    With :math:`c_b` the count of bucket b in the text, :math:`w_b = c_b\,\mathrm{idf}_b` and V the leading
    right singular vectors of the training texts: :math:`x = (w / \lVert w \rVert) V`. Null, and a text
    that shares no n-gram with them, are 0 in every column.

    Parameters
    ----------
    n_buckets
        How many the n-grams are hashed into.
    ngrams
        Shortest and longest n-gram.
    buckets
        Those that occur in training texts.
    idf
        The weight of each of them.
    components
        The row of V of each of them.

    References
    ----------
    S. Deerwester et al., "Indexing by Latent Semantic Analysis", JASIS 41(6), 1990; the n-grams as in
    skrub's ``StringEncoder``.
    """

    method: ClassVar[str] = "embedding"

    n_buckets: int
    ngrams: tuple[int, int]
    buckets: tuple[int, ...]
    idf: tuple[float, ...]
    components: tuple[tuple[float, ...], ...]

    @property
    def width(self) -> int:
        """How many columns it takes."""
        return len(self.components[0])

    def names(self, feature: str) -> list[str]:
        """The names of its columns: ``feature[0]``, ``feature[1]`` ..."""
        return [f"{feature}[{dimension}]" for dimension in range(self.width)]

    def reader(self) -> Reader:
        """Its look-up tables; what is no text counts as null."""
        idf, components = np.zeros(self.n_buckets), np.zeros((self.n_buckets, self.width))
        idf[list(self.buckets)], components[list(self.buckets)] = self.idf, self.components
        nothing = np.zeros(self.width)

        def vector_of(value: object) -> npt.NDArray[np.float64]:
            counts = ngram_counts(value, self.ngrams, self.n_buckets) if isinstance(value, str) else {}
            buckets = np.array(list(counts), dtype=np.int64)
            weights = np.array(list(counts.values())) * idf.take(buckets)  # 0 where training had none
            size = weights @ weights
            return weights @ components.take(buckets, axis=0) / np.sqrt(size) if size > 0 else nothing

        return Vectors(vector_of, self.width)

    def settings(self) -> dict[str, Any]:
        """What ``schema.json`` says of it."""
        return {"n_buckets": self.n_buckets, "ngrams": list(self.ngrams), "dimensions": self.width}

    def table(self) -> dict[str, Any]:
        """What ``encodings.json`` holds of it."""
        return {"buckets": self.buckets, "idf": self.idf, "components": self.components}

    @classmethod
    def read(cls, settings: Mapping[str, Any], table: Mapping[str, Any]) -> Self:
        """The encoding that was written."""
        shortest, longest = settings["ngrams"]
        components = tuple(tuple(row) for row in table["components"])
        buckets, idf = tuple(table["buckets"]), tuple(table["idf"])
        return cls(int(settings["n_buckets"]), (shortest, longest), buckets, idf, components)
