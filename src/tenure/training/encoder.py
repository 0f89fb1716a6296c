"""Training rows → how features become numbers: which are used, and which categories have a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.bundle.columns import feature_columns
from tenure.bundle.encoding import FeatureSpec, Matrix, encode
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.errors import TrainingError
from tenure.stats.categories import choose_categories, tally_categories
from tenure.training.config import EncodingPolicy
from tenure.training.rows import LabelledRows

SCOPE = "training"
N_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class FittedEncoder:
    """How features become a matrix, which rows taught it, and what was noticed in them."""

    specs: tuple[FeatureSpec, ...]
    fitted_on: str
    """Fingerprint of the rows it was fitted on."""
    findings: tuple[Finding, ...] = ()

    def encode(self, rows: LabelledRows) -> Matrix:
        """The rows as a model takes them: float32, before anything is fitted."""
        return encode(feature_columns(rows.table, self.specs), self.specs)


def fit_encoder(
    rows: LabelledRows, columns: Sequence[FeatureColumn], *, policy: EncodingPolicy
) -> FittedEncoder:
    """The features that vary in the rows, and the categories that are frequent enough in them.

    Parameters
    ----------
    rows
        The training rows, and no others.
    columns
        The features there are.
    policy
        How often a category must occur, and how many a feature may have.

    Raises
    ------
    TrainingError
        If no feature is left.

    Notes
    -----
    Left out, with a finding each: a number or category that is null in all rows (``TRN002``), one that
    has the same value in all (``TRN003``), a category of which no value is frequent enough (``TRN004``).
    A number with infinite values is used, and they count as null (``TRN005``). A column that is null in
    some rows and constant in the others is used: that it is null may tell.
    """
    looked_at = [_look(rows.table, column, policy) for column in columns]
    specs = tuple(spec for spec, _ in looked_at if spec is not None)
    if not specs:
        raise TrainingError(
            f"none of the {len(columns)} features varies in the {rows.n_rows:,} training rows",
            hint="look at gold/features for the periods before this one.",
        )
    findings = tuple(finding for _, finding in looked_at if finding is not None)
    return FittedEncoder(specs, rows.fingerprint, findings)


def check_fitted_on_train(encoder: FittedEncoder, train: LabelledRows) -> Finding:
    """Whether the encoder was fitted on exactly the training rows (``TRN001``).

    Categories counted on validation or test rows tell the model which of them occur later. The check
    compares fingerprints of row identities, so it cannot be passed by as many other rows.
    """
    if encoder.fitted_on == train.fingerprint:
        message = f"categories and features were chosen on the {train.n_rows:,} training rows"
        return Finding("TRN001", Severity.ERROR, message, Outcome.PASSED, SCOPE)
    return Finding(
        "TRN001",
        Severity.ERROR,
        f"categories and features were chosen on other rows than the {train.n_rows:,} training rows "
        f"(fingerprint {encoder.fitted_on[:12]}, not {train.fingerprint[:12]})",
        scope=SCOPE,
        n_rows=train.n_rows,
        hint="fit the encoder on the rows of `split.train` only.",
    )


def _look(
    table: pa.Table, column: FeatureColumn, policy: EncodingPolicy
) -> tuple[FeatureSpec | None, Finding | None]:
    spec = FeatureSpec(column.name, column.kind)
    values = feature_columns(table, (spec,))[column.name]
    if column.kind is FeatureKind.CATEGORY:
        return _look_at_category(spec, values, policy)
    return _look_at_number(spec, values.astype(np.float64))


def _look_at_number(
    spec: FeatureSpec, values: npt.NDArray[np.float64]
) -> tuple[FeatureSpec | None, Finding | None]:
    with np.errstate(over="ignore"):  # beyond float32: infinite there, hence null
        finite = np.isfinite(values.astype(np.float32))
    n_infinite = int((~finite & ~np.isnan(values)).sum())
    kept = values[finite]
    if kept.size == 0:
        return None, _left_out("TRN002", spec.name, values.size, "is null in all")
    if finite.all() and kept.min() == kept.max():
        return None, _left_out("TRN003", spec.name, values.size, f"is {kept[0]:g} in all")
    return spec, _infinite(spec.name, values, n_infinite) if n_infinite else None


def _look_at_category(
    spec: FeatureSpec, values: npt.NDArray[np.generic], policy: EncodingPolicy
) -> tuple[FeatureSpec | None, Finding | None]:
    counts = tally_categories(values.tolist())
    n_null = counts.pop(None, 0)
    if not counts:
        return None, _left_out("TRN002", spec.name, values.size, "is null in all")
    if len(counts) == 1 and n_null == 0:
        return None, _left_out("TRN003", spec.name, values.size, f"is `{next(iter(counts)):.40}` in all")
    frequent = {name: n for name, n in counts.items() if n >= policy.min_rows}
    chosen = choose_categories(dict(frequent), n_top=policy.max_categories).top
    if not chosen:
        told = f"has {len(counts):,} categories, none of them in {policy.min_rows} of"
        return None, _left_out("TRN004", spec.name, values.size, told)
    return FeatureSpec(spec.name, spec.kind, tuple(sorted(chosen))), None


def _left_out(code: str, name: str, n_rows: int, told: str) -> Finding:
    return Finding(
        code,
        Severity.WARNING,
        f"feature `{name}` {told} {n_rows:,} training rows: it is left out",
        scope=SCOPE,
        column=name,
        n_rows=n_rows,
        hint="leave it out of `features`, or look at what it is made of.",
    )


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
