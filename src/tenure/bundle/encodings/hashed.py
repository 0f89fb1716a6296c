"""Feature hashing: a category's column is its hash, so that no list of categories is kept."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from tenure.bundle.encodings.reading import Marks, Reader


def bucket_of(text: str, n_buckets: int) -> int:
    """The bucket of a text, in [0, n_buckets): the same on every machine and in every process.

    It is the first 8 bytes of BLAKE2b of the text in UTF-8, modulo `n_buckets`. The text is brought to
    Unicode's composed form (NFC) before, so that one word typed in two ways is one category; letters
    that differ stay apart (Turkish İ, I, ı and i are four).

    References
    ----------
    K. Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009; RFC 7693.

    Examples
    --------
    >>> bucket_of("I\u0307stanbul", 16_384) == bucket_of("İstanbul", 16_384)
    True
    >>> len({bucket_of(letter, 16_384) for letter in "İIıi"})
    4
    """
    composed = unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(composed, digest_size=8).digest()) % n_buckets


@dataclass(frozen=True, slots=True)
class HashedCategory:
    """One 0/1 column for each bucket that the model knows; null and other buckets are 0 in all of them.

    A bucket without a training row would be a column of zeros: no tree can split on it, and a penalised
    coefficient of it is 0. So it is left out, and the model is the same as with all `n_buckets` columns.

    Parameters
    ----------
    n_buckets
        How many there are.
    buckets
        Those that have a column, in its order.
    """

    method: ClassVar[str] = "hash"

    n_buckets: int
    buckets: tuple[int, ...]

    @property
    def width(self) -> int:
        """How many columns it takes."""
        return len(self.buckets)

    def names(self, feature: str) -> list[str]:
        """The names of its columns: ``feature#bucket``."""
        return [f"{feature}#{bucket}" for bucket in self.buckets]

    def reader(self) -> Reader:
        """Its look-up table."""
        columns = {bucket: column for column, bucket in enumerate(self.buckets)}
        n_buckets = self.n_buckets

        def column_of(value: object) -> int | None:
            return columns.get(bucket_of(value, n_buckets)) if isinstance(value, str) else None

        return Marks(column_of)

    def settings(self) -> dict[str, Any]:
        """What ``schema.json`` says of it."""
        return {"n_buckets": self.n_buckets}

    def table(self) -> dict[str, Any]:
        """What ``encodings.json`` holds of it."""
        return {"buckets": list(self.buckets)}

    @classmethod
    def read(cls, settings: Mapping[str, Any], table: Mapping[str, Any]) -> Self:
        """The encoding that was written."""
        return cls(int(settings["n_buckets"]), tuple(table["buckets"]))
