"""Labelled rows → what is fitted, what is compared on, what is tested on: split, encoded, fingerprinted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tenure.bundle.encoding import Matrix
from tenure.domain.cuts import CutPolicy, LabelCuts, cuts_of
from tenure.domain.evaluations import Task
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Finding, blocking
from tenure.domain.models import Split
from tenure.domain.splits import SIDES, require_classes, split
from tenure.domain.tables import LABEL
from tenure.errors import LeakageError, NotEnoughLabelsError, TrainingError
from tenure.stats.evaluate import class_codes
from tenure.training.config import ImbalancePolicy, ModelConfig
from tenure.training.encoder import FittedEncoder, check_fitted_on_train, fit_encoder
from tenure.training.rows import LabelledRows


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """The rows of one side, as they are and as a model takes them."""

    rows: LabelledRows
    matrix: Matrix
    codes: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Everything that models are made from: the same inputs give the same, to the last bit.

    Attributes
    ----------
    split : Split
        Spans and sizes of the sides.
    classes : tuple of str
        In the order of the codes; of two, the positive one is the last.
    encoder : FittedEncoder
        Fitted on the training rows.
    sides : mapping
        ``train``, ``validation`` and ``test``.
    strange : float32 array
        Rows of validation with all categories and texts null, and with all of them never seen before.
    imbalance : Imbalance or Oversampling
        What is done about rare classes, in the rows that are fitted on.
    findings : tuple of Finding
        What was noticed.
    cuts : LabelCuts or None
        Where the label was cut into classes, learned on the training rows.
    """

    split: Split
    classes: tuple[str, ...]
    encoder: FittedEncoder
    sides: Mapping[str, Side]
    strange: Matrix
    imbalance: ImbalancePolicy
    findings: tuple[Finding, ...]
    cuts: LabelCuts | None = None

    @property
    def fingerprint(self) -> str:
        """Hash of the rows' identities, matrices, classes and how they are weighed."""
        digest = hashlib.sha256(repr((self.classes, self.encoder.specs)).encode())
        for name in SIDES:
            side = self.sides[name]
            digest.update(side.rows.fingerprint.encode())
            digest.update(np.ascontiguousarray(side.matrix).data)
            digest.update(side.codes.data)
        digest.update(repr(self.imbalance).encode())
        if self.cuts is not None:
            digest.update(repr(self.cuts.edges).encode())
        return digest.hexdigest()


def prepare(
    rows: LabelledRows, columns: Sequence[FeatureColumn], *, model: ModelConfig, cuts: CutPolicy | None = None
) -> Prepared:
    """Split the rows, learn cuts and encoder on train, and class and encode every side with them.

    Raises
    ------
    NotEnoughLabelsError
        If a side has too few rows, or too few of a class.
    ProjectError
        If `cuts` are to be made of labels that are names, or there are none for labels that are numbers.
    TrainingError
        If the classes do not fit the task, or no feature varies.
    LeakageError
        If the encoder was fitted on other rows than the training rows.
    """
    sides = split(rows.table, rows.keys, rows.event_times, rows.label_known_at, policy=model.split)
    learned = cuts_of(cuts, rows.table[LABEL], sides.train)
    rows = rows.cut(learned)
    named = learned.classes if learned else ()
    found = require_classes(rows.labels, sides, min_rows=model.min_class_rows, named=named)
    classes = order_classes(found, model.task, model.positive)
    parts = {name: rows.take(mask) for name, mask in sides.sides()}
    encoder = fit_encoder(parts["train"], columns, policy=model.encoding, classes=classes, by=model.split.by)
    checked = check_fitted_on_train(encoder, parts["train"])
    if blocking([checked]):
        raise LeakageError(f"{checked.code} {checked.message}", hint=checked.hint)
    matrices = {
        name: encoder.encode_training(part) if name == "train" else encoder.encode(part)
        for name, part in parts.items()
    }
    encoded = {
        name: Side(part, matrices[name], class_codes(part.labels, classes)) for name, part in parts.items()
    }
    strange = encode_strangers(parts["validation"], encoder)
    findings = (checked, *encoder.findings)
    return Prepared(sides.split, classes, encoder, encoded, strange, model.imbalance, findings, learned)


def encode_strangers(rows: LabelledRows, encoder: FittedEncoder, *, n_most: int = 32) -> Matrix:
    """Some rows as they would be with all categories and texts null, and with all never seen before.

    A model and its export must agree on them too: they will come.
    """
    some = rows.take(np.arange(rows.n_rows) < n_most)
    texts = [spec.name for spec in encoder.specs if spec.kind is not FeatureKind.NUMBER]
    matrices = []
    for value in (None, "\ufffc a word that nobody has written \ufffc"):
        column = pa.array([value] * some.n_rows, pa.string())
        table = some.table
        for name in texts:
            table = table.set_column(table.column_names.index(name), name, column)
        matrices.append(encoder.encode(LabelledRows(table, rows.keys)))
    return np.concatenate(matrices)


def order_classes(found: Sequence[str], task: Task, positive: str | None) -> tuple[str, ...]:
    """The classes in the order of the probabilities: sorted, the positive one of two last.

    Parameters
    ----------
    found
        The classes of the labels, sorted.
    task
        What is predicted.
    positive
        The positive class of a binary task; the last one when None.

    Raises
    ------
    TrainingError
        If there are more than two classes for a binary task, or `positive` is none of them.
    NotEnoughLabelsError
        If there are fewer than three classes for more than two.

    Examples
    --------
    >>> order_classes(["bad", "good"], Task.BINARY, "bad")
    ('good', 'bad')
    """
    told = ", ".join(f"`{name:.40}`" for name in found[:10])
    if task is Task.MULTICLASS:
        if len(found) < 3:
            raise NotEnoughLabelsError(
                f"a multiclass task needs three classes; the labels have {len(found)}: {told}",
                hint="set `model.task: binary`, or wait until rows of every class are known.",
            )
        return tuple(found)
    if len(found) > 2:
        raise TrainingError(
            f"a binary task has two classes; the labels have {len(found)}: {told}",
            hint="set `model.task: multiclass`, or make two classes in the label's SQL.",
        )
    last = found[-1] if positive is None else positive
    if last not in found:
        raise TrainingError(
            f"no label is of the positive class `{last}`; the classes are {told}",
            hint="set `model.positive` to one of them.",
        )
    return (*(name for name in found if name != last), last)
