"""One feature of the training rows → how it becomes numbers, or why it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.bundle.columns import feature_columns
from tenure.bundle.encoding import FeatureSpec
from tenure.bundle.encodings import TextEncoding
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, Severity
from tenure.domain.wording import counted
from tenure.stats.categories import choose_categories, tally_categories
from tenure.training.encoding.choosing import SCOPE, choose_encoding
from tenure.training.encoding.embedded import fit_embedding
from tenure.training.encoding.hashed import fit_hash
from tenure.training.encoding.policy import (
    EmbeddingPolicy,
    EncodingPolicy,
    FeatureEncoding,
    HashPolicy,
    TargetPolicy,
)
from tenure.training.encoding.target import Outcomes, Shares, fit_target, shares_out_of_fold

N_EXAMPLES = 5

Values = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What became of a feature: None for `spec` where it is left out."""

    spec: FeatureSpec | None
    finding: Finding | None = None
    own_shares: Shares | None = None
    """What each training row is given by a target encoding, instead of what `spec` says."""


def look(table: pa.Table, column: FeatureColumn, policy: EncodingPolicy, outcomes: Outcomes) -> Looked:
    """How a feature of the training rows becomes numbers, or the finding that says why it does not."""
    read_as = FeatureKind.NUMBER if column.kind is FeatureKind.NUMBER else FeatureKind.CATEGORY
    values = feature_columns(table, [FeatureSpec(column.name, read_as)])[column.name]
    if column.kind is FeatureKind.NUMBER:
        return _look_at_number(column.name, values.astype(np.float64))
    return _look_at_text(column, values, policy, outcomes)


def _look_at_number(name: str, values: npt.NDArray[np.float64]) -> Looked:
    with np.errstate(over="ignore"):  # beyond float32: infinite there, hence null
        finite = np.isfinite(values.astype(np.float32))
    n_infinite = int((~finite & ~np.isnan(values)).sum())
    kept = values[finite]
    if kept.size == 0:
        return _left_out("TRN002", name, values.size, "is null in all")
    if finite.all() and kept.min() == kept.max():
        return _left_out("TRN003", name, values.size, f"is {kept[0]:g} in all")
    spec = FeatureSpec(name, FeatureKind.NUMBER)
    return Looked(spec, _infinite(name, values, n_infinite) if n_infinite else None)


def _look_at_text(
    column: FeatureColumn, values: Values, policy: EncodingPolicy, outcomes: Outcomes
) -> Looked:
    tallied = tally_categories(values.tolist())
    counts = {name: n for name, n in tallied.items() if name is not None}
    if not counts:
        return _left_out("TRN002", column.name, values.size, "is null in all")
    if len(tallied) == 1:
        return _left_out("TRN003", column.name, values.size, f"is `{next(iter(counts)):.40}` in all")
    frequent: dict[str | None, int] = {name: n for name, n in counts.items() if n >= policy.min_rows}
    asked = choose_encoding(column, policy, n_frequent=len(frequent))
    if asked is None:
        return _unasked(column.name, values.size)
    top: tuple[str, ...] = ()
    encoding = None
    if asked.method == "one_hot":
        top = tuple(sorted(choose_categories(frequent, n_top=policy.max_categories).top))
    else:
        encoding = _learn(values, counts, asked, policy=policy, outcomes=outcomes)
    if not top and (encoding is None or encoding.width == 0):
        told = f"has {counted(len(counts), 'category', 'categories')}, none of them in {policy.min_rows} of"
        return _left_out("TRN004", column.name, values.size, told)
    shares = None
    if isinstance(asked, TargetPolicy):
        shares = shares_out_of_fold(values, outcomes, smoothing=asked.smoothing, n_folds=asked.folds)
    return Looked(FeatureSpec(column.name, column.kind, top, encoding), own_shares=shares)


def _learn(
    values: Values,
    counts: Mapping[str, int],
    asked: FeatureEncoding,
    *,
    policy: EncodingPolicy,
    outcomes: Outcomes,
) -> TextEncoding | None:
    """What an encoding learns from the training rows; None where there is nothing to learn."""
    if isinstance(asked, HashPolicy):
        return fit_hash(counts, asked, min_rows=policy.min_rows)
    if isinstance(asked, EmbeddingPolicy):
        return fit_embedding(counts, asked)
    if isinstance(asked, TargetPolicy) and max(counts.values()) >= policy.min_rows:
        return fit_target(values, outcomes, smoothing=asked.smoothing)
    return None


def _left_out(code: str, name: str, n_rows: int, told: str) -> Looked:
    finding = Finding(
        code,
        Severity.WARNING,
        f"feature `{name}` {told} {n_rows:,} training rows: it is left out",
        scope=SCOPE,
        column=name,
        n_rows=n_rows,
        hint="leave it out of `features`, or look at what it is made of.",
    )
    return Looked(None, finding)


def _unasked(name: str, n_rows: int) -> Looked:
    finding = Finding(
        "TRN006",
        Severity.WARNING,
        f"feature `{name}` is text, and no embedding is asked for it: it is left out",
        scope=SCOPE,
        column=name,
        n_rows=n_rows,
        hint=f"`model.encoding.features: {{{name}: embedding}}`; or leave it out of `features`, or declare "
        "its column a `category`.",
    )
    return Looked(None, finding)


def _infinite(name: str, values: npt.NDArray[np.float64], n_infinite: int) -> Finding:
    return Finding(
        "TRN005",
        Severity.WARNING,
        f"feature `{name}` is infinite, or beyond what float32 holds, in {n_infinite:,} of "
        f"{values.size:,} training rows: it counts as null there",
        scope=SCOPE,
        column=name,
        n_rows=n_infinite,
        examples=tuple(_examples(values)),
        hint="divide by what cannot be zero, or bound the column with `between`.",
    )


def _examples(values: npt.NDArray[np.float64]) -> Iterator[str]:
    beyond = values[~np.isnan(values) & (np.abs(values) > np.finfo(np.float32).max)]
    yield from (f"{value:g}" for value in np.unique(beyond)[:N_EXAMPLES].tolist())
