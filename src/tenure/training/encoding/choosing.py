"""Features and what the project file asks for → the encoding of each, and what was asked for in vain."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, Severity
from tenure.training.encoding.policy import EmbeddingPolicy, EncodingPolicy, FeatureEncoding, OneHotPolicy

SCOPE = "training"


def choose_encoding(
    column: FeatureColumn, policy: EncodingPolicy, *, n_frequent: int
) -> FeatureEncoding | None:
    """How a category or text is encoded; None for a text for which no embedding is asked.

    Parameters
    ----------
    column
        The feature.
    policy
        What is asked for.
    n_frequent
        How many of its categories are frequent enough for a column of their own.

    Examples
    --------
    >>> street = FeatureColumn("street", FeatureKind.CATEGORY, "flats")
    >>> policy = EncodingPolicy(max_categories=40, high_cardinality="target")
    >>> [choose_encoding(street, policy, n_frequent=n).method for n in (40, 41)]
    ['one_hot', 'target']
    """
    asked = policy.asked_for(column.name)
    if column.kind is FeatureKind.TEXT:
        return asked if isinstance(asked, EmbeddingPolicy) else None
    if asked is not None:
        return asked
    return policy.high_cardinality if n_frequent > policy.max_categories else OneHotPolicy()


def check_asked_for(columns: Sequence[FeatureColumn], policy: EncodingPolicy) -> Iterator[Finding]:
    """``TRN007`` for each key of ``model.encoding.features`` that names no feature, or a number."""
    numbers = {column.name for column in columns if column.kind is FeatureKind.NUMBER}
    others = tuple(column.name for column in columns if column.name not in numbers)
    for key in policy.unmatched(others):
        close = difflib.get_close_matches(key, others, n=1)
        told = "a number, which has no encoding" if key in numbers else "no category and no text"
        yield Finding(
            "TRN007",
            Severity.WARNING,
            f"`model.encoding.features` asks for `{policy.features[key].method}` of `{key}`, which is {told}",
            scope=SCOPE,
            column=key,
            hint=f"did you mean `{close[0]}`?" if close else "take the line out, or name a feature.",
        )
