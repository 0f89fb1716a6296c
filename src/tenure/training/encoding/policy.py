"""The section ``model.encoding``: which categories and texts become numbers how."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from tenure.domain.sources import Section


class EncodingMethod(StrEnum):
    """How a category or text becomes numbers."""

    ONE_HOT = "one_hot"
    HASH = "hash"
    TARGET = "target"
    EMBEDDING = "embedding"


class OneHotPolicy(Section):
    """A 0/1 column for each of the most frequent categories; the others count as unknown."""

    method: Literal["one_hot"] = "one_hot"
    """Written alone, as text, it stands for these settings."""


class HashPolicy(Section):
    """A 0/1 column for each bucket that categories are hashed into: no list of categories is kept."""

    method: Literal["hash"] = "hash"
    """Written alone, as text, it stands for these settings."""
    buckets: int = Field(default=16_384, ge=2, le=100_000)
    """Buckets there are. A bucket that no training row has would be a column of zeros, which changes no
    model: it is given no column."""
    max_columns: int = Field(default=256, ge=1)
    """At most so many buckets have a column, the most frequent ones (of `min_rows` training rows each);
    what falls into another one counts as unknown."""


class TargetPolicy(Section):
    """The share of each class but the first among the rows of the category whose labels were known."""

    method: Literal["target"] = "target"
    """Written alone, as text, it stands for these settings."""
    smoothing: float = Field(default=20.0, gt=0)
    """How many rows of the overall shares are added to those of the category: the fewer it has, the
    nearer it comes to them."""
    folds: int = Field(default=5, ge=2)
    """Where rows are split by entity: a training row is given the shares of the other folds' rows."""


class EmbeddingPolicy(Section):
    """Numbers that are alike where texts look alike: character n-grams, TF-IDF, truncated SVD."""

    method: Literal["embedding"] = "embedding"
    """Written alone, as text, it stands for these settings."""
    dimensions: int = Field(default=16, ge=1, le=256)
    """Columns; fewer where the training rows have fewer different texts."""
    buckets: int = Field(default=4_096, ge=16, le=2**16)
    """What n-grams are hashed into."""
    ngrams: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(le=8)]] = (3, 4)
    """Shortest and longest run of characters."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ngrams[0] > self.ngrams[1]:
            raise ValueError(f"`ngrams` is [shortest, longest], not {list(self.ngrams)}")
        return self


def _spelt_out(value: Any) -> Any:
    """``hash`` means ``{method: hash}``."""
    return {"method": value} if isinstance(value, str) else value


def _method_of(value: Any) -> str | None:
    return value.get("method") if isinstance(value, dict) else getattr(value, "method", None)


FeatureEncoding: TypeAlias = Annotated[
    Annotated[OneHotPolicy, Tag("one_hot")]
    | Annotated[HashPolicy, Tag("hash")]
    | Annotated[TargetPolicy, Tag("target")]
    | Annotated[EmbeddingPolicy, Tag("embedding")],
    Discriminator(
        _method_of,
        custom_error_type="encoding_method",
        custom_error_message=f"`method` is one of {', '.join(EncodingMethod)}",
    ),
    BeforeValidator(_spelt_out),
]
"""A method by its name, or with its settings."""


class EncodingPolicy(Section):
    """How categories and texts become numbers. What is learned for it is learned on training rows."""

    min_rows: int = Field(default=10, ge=1)
    """A category (or bucket) seen in fewer training rows counts as unknown; a feature of which none is
    seen as often is left out. Not asked of an embedding."""
    max_categories: int = Field(default=40, ge=1)
    """At most so many 0/1 columns per feature, for the most frequent categories."""
    high_cardinality: FeatureEncoding = TargetPolicy()
    """Of a category with more frequent values than `max_categories`: ``target`` when absent. The others
    are ``one_hot``."""
    features: dict[str, FeatureEncoding] = Field(default={})
    """By feature, by its name or ``street_*``; its own name goes before a pattern, the earlier pattern
    before the later. Columns of type ``text`` become features only where an ``embedding`` is asked for."""

    def asked_for(self, feature: str) -> FeatureEncoding | None:
        """The encoding that `features` asks for, or None.

        Examples
        --------
        >>> policy = EncodingPolicy(features={"job_*": "hash", "job_title": "target"})
        >>> policy.asked_for("job_title").method, policy.asked_for("job_sector").method
        ('target', 'hash')
        >>> policy.asked_for("street") is None
        True
        """
        if feature in self.features:
            return self.features[feature]
        matching = (asked for pattern, asked in self.features.items() if _matches(feature, pattern))
        return next(matching, None)

    def unmatched(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The keys of `features` that name none of these features.

        Examples
        --------
        >>> EncodingPolicy(features={"job_*": "hash", "stret": "hash"}).unmatched(("job_title",))
        ('stret',)
        """
        return tuple(key for key in self.features if not any(_matches(name, key) for name in names))


def _matches(feature: str, pattern: str) -> bool:
    return feature == pattern or ("*" in pattern and fnmatchcase(feature, pattern.replace("[", "[[]")))
