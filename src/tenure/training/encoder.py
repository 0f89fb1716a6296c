"""Training rows → how features become numbers: which are used, and what becomes of categories and texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tenure.bundle.columns import feature_columns
from tenure.bundle.encoding import FeatureSpec, Matrix, encode
from tenure.domain.features import FeatureColumn
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.splits import SplitBy, entity_positions
from tenure.domain.wording import counted
from tenure.errors import TrainingError
from tenure.stats.evaluate import class_codes
from tenure.training.encoding.choosing import SCOPE, check_asked_for
from tenure.training.encoding.looking import look
from tenure.training.encoding.policy import EncodingPolicy
from tenure.training.encoding.target import Outcomes, Shares
from tenure.training.rows import LabelledRows


@dataclass(frozen=True, slots=True)
class FittedEncoder:
    """How features become a matrix, which rows taught it, and what was noticed in them."""

    specs: tuple[FeatureSpec, ...]
    fitted_on: str
    """Fingerprint of the rows it was fitted on."""
    findings: tuple[Finding, ...] = ()
    own_shares: Mapping[str, Shares] = field(default_factory=dict, repr=False)
    """By feature that is encoded by shares of classes: those that each training row is given."""

    def encode(self, rows: LabelledRows) -> Matrix:
        """Rows that it was not fitted on, as a model takes them: float32, before anything is fitted."""
        return encode(feature_columns(rows.table, self.specs), self.specs)

    def encode_training(self, rows: LabelledRows) -> Matrix:
        """The rows that it was fitted on, none of which is told its own label.

        They differ from what `encode` says of them in the columns of a target encoding alone.

        Raises
        ------
        TrainingError
            If they are other rows.
        """
        if rows.fingerprint != self.fitted_on:
            raise TrainingError(f"the encoder was fitted on other rows than these {rows.n_rows:,}")
        matrix = self.encode(rows)
        ends = np.cumsum([spec.width for spec in self.specs])
        for spec, end in zip(self.specs, ends.tolist(), strict=True):
            if spec.name in self.own_shares:
                matrix[:, end - spec.width : end] = self.own_shares[spec.name]
        return matrix


def fit_encoder(
    rows: LabelledRows,
    columns: Sequence[FeatureColumn],
    *,
    policy: EncodingPolicy,
    classes: Sequence[str] | None = None,
    by: SplitBy = SplitBy.TIME,
) -> FittedEncoder:
    """The features that vary in the rows, and what becomes of their categories and texts.

    Parameters
    ----------
    rows
        The training rows, and no others.
    columns
        The features there are.
    policy
        How often a category must occur, how many a feature may have, and how each is encoded.
    classes
        In the order of their codes; those of the rows, sorted, when None.
    by
        What parts the rows: a target encoding tells a training row what was known before its event, or
        what the rows of other entities say.

    Raises
    ------
    TrainingError
        If no feature is left.

    Notes
    -----
    Left out, with a finding each: a number or category that is null in all rows (``TRN002``), one that
    has the same value in all (``TRN003``), a category of which no value is frequent enough (``TRN004``), a
    text for which no embedding is asked (``TRN006``). A number with infinite values is used, and they
    count as null (``TRN005``). An encoding that is asked for a number, or for what is no feature, is told
    (``TRN007``). A column that is null in some rows and constant in the others is used: that it is null
    may tell.
    """
    outcomes = _outcomes(rows, classes, by)
    looked_at = {column.name: look(rows.table, column, policy, outcomes) for column in columns}
    specs = tuple(each.spec for each in looked_at.values() if each.spec is not None)
    if not specs:
        raise TrainingError(
            f"of {counted(len(columns), 'feature')} none varies in the {rows.n_rows:,} training rows",
            hint="look at gold/features for the periods before this one.",
        )
    findings = tuple(each.finding for each in looked_at.values() if each.finding is not None)
    own = {name: each.own_shares for name, each in looked_at.items() if each.own_shares is not None}
    return FittedEncoder(specs, rows.fingerprint, (*findings, *check_asked_for(columns, policy)), own)


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


def _outcomes(rows: LabelledRows, classes: Sequence[str] | None, by: SplitBy) -> Outcomes:
    names = tuple(sorted(set(rows.labels.tolist())) if classes is None else classes)
    return Outcomes(
        codes=class_codes(rows.labels, names),
        classes=names,
        event_times=rows.event_times,
        known_at=rows.label_known_at,
        positions=entity_positions(rows.table, rows.keys) if by is SplitBy.ENTITY else None,
    )
