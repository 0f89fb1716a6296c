"""A bundle's reasons: how far each feature pushed a row's score from the usual one, and why in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tenure.bundle.encoding import Encoder, Matrix
from tenure.bundle.load import Bundle
from tenure.bundle.manifest import read_manifest, read_verified
from tenure.bundle.reasons.boxes import Boxes, Floats
from tenure.bundle.reasons.combination import Combination, chord, straight_log
from tenure.bundle.reasons.line import LineGame
from tenure.bundle.reasons.parts import Link, Member, Parts, linked
from tenure.bundle.reasons.shapley import BoxGame
from tenure.bundle.reasons.wording import MOST_REASONS, Causes, Reason
from tenure.bundle.reasons.written import EXPLAINER, parts_from_files
from tenure.domain.features import FeatureKind
from tenure.errors import BundleIntegrityError

_NEXT_TO_NOTHING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """How a row's margin comes about: ``margin = base + contributions.sum()``.

    Attributes
    ----------
    margin : float
        What the model says of the class, before calibration: in log odds, for shares and blends in
        probability, for stacks in log odds.
    base : float
        The same, of what is usual.
    contributions : array of shape (n_features,)
        What each feature adds, in the order of the schema.
    """

    margin: float
    base: float
    contributions: Floats


class Explainer:
    """Reasons of one bundle's answers.

    Parameters
    ----------
    bundle
        Whose answers.
    parts
        What they are made of.
    """

    def __init__(self, bundle: Bundle, parts: Parts) -> None:
        specs = bundle.schema.features
        self._bundle = bundle
        self._encoder = Encoder(specs)
        self._players = np.repeat(np.arange(len(specs)), [spec.width for spec in specs])
        self._columns_of = [np.flatnonzero(self._players == player) for player in range(len(specs))]
        self._places = {spec.name: place for place, spec in enumerate(specs)}
        self._combination = parts.combination
        self._background = parts.background
        weights = parts.background.weights
        self._games = [
            (member, _game(member, parts.background.matrix, weights, self._players))
            for member in parts.members
        ]
        usual = _medians(parts.background.matrix, weights)
        first = [float(usual[columns[0]]) for columns in self._columns_of]
        numbers = {
            spec.name: value
            for spec, value in zip(specs, first, strict=True)
            if spec.kind is FeatureKind.NUMBER and np.isfinite(value)
        }
        self._causes = Causes([spec.name for spec in specs], parts.wordings, numbers)

    def explain(self, values: Mapping[str, object], *, code: int = -1) -> Explanation:
        """How the margin of a class comes about, for one row of plain values.

        With one member it is in the member's own unit, and exact: the log odds of the class; of more
        than two classes, the logarithm of its share less the mean of all logarithms; of trees that
        average shares, the share. With several the unit is probability: a member's margin, shared out
        exactly, counts by the slope of its share between what is usual and the row, and by its weight.
        A stack's is in log odds again, of more than two classes less their mean: it adds up the members'
        margins, and where one says less than `Combination.edge` of a class, the slope goes down there.

        Parameters
        ----------
        values
            A value per feature.
        code
            The class, by its place in the schema; the last one when absent.
        """
        return self._explain(self._encoder.encode_row(values), code % len(self._bundle.schema.classes))

    def reasons(
        self,
        values: Mapping[str, object],
        *,
        code: int = -1,
        top: int = MOST_REASONS,
        hidden: Collection[str] = (),
    ) -> tuple[Reason, ...]:
        """What pushed the score of a class up, the strongest cause first.

        A cause is told if its features add something, and if the score falls, on average, when they are
        what they are in the background instead. So a reason taken away always moves the score.

        Parameters
        ----------
        values
            A value per feature.
        code
            The class; the last one when absent: the positive class of a binary task.
        top
            How many at most.
        hidden
            Features whose values are not to be shown.
        """
        code %= len(self._bundle.schema.classes)
        row = self._encoder.encode_row(values)
        found = self._causes.pushing(self._explain(row, code).contributions, values)
        told: list[Reason] = []
        while found and len(told) < top:
            some, found = found[: top - len(told)], found[top - len(told) :]
            falls = self.falls(row, [reason.features for reason in some], code=code)
            told += [reason for reason, fall in zip(some, falls, strict=True) if fall > 0]
        return tuple(_shown(reason, hidden) for reason in told)

    def falls(self, row: Matrix, causes: Sequence[Sequence[str]], *, code: int) -> Floats:
        """How far the score of a class falls when a cause's features are the background's.

        Parameters
        ----------
        row
            One row as the model takes it.
        causes
            The features of each.
        code
            The class.

        Returns
        -------
        array of shape (n_causes,)
            Score of the row less the mean of its scores with each row of the background; negative where
            it rises.
        """
        background = self._background.matrix
        changed = [np.repeat(row, len(background), axis=0) for _ in causes]
        for matrix, features in zip(changed, causes, strict=True):
            columns = np.concatenate([self._columns_of[self._places[name]] for name in features])
            matrix[:, columns] = background[:, columns]
        scores = self._bundle.score_matrix(np.concatenate([row, *changed]))[:, code]
        after = scores[1:].reshape(len(causes), len(background)) @ self._background.weights
        falls: Floats = scores[0] - after
        return falls

    def _explain(self, row: Matrix, code: int) -> Explanation:
        stack = self._combination
        if stack is None:
            parts = [self._of_member(member, game, row, code) for member, game in self._games]
            usual = 0.0
        else:
            wanted = _contrast(code, len(self._bundle.schema.classes))
            games = zip(stack.weights @ wanted, self._games, strict=True)
            parts = [_of_stacked(stack, words, *each, row) for words, each in games]
            usual = float(stack.intercepts @ wanted)
        return Explanation(
            usual + sum(part.margin for part in parts),
            usual + sum(part.base for part in parts),
            np.sum([part.contributions for part in parts], axis=0),
        )

    def _of_member(self, member: Member, game: BoxGame | LineGame, row: Matrix, code: int) -> Explanation:
        direction = _direction(member.link, code, len(self._bundle.schema.classes))
        contributions = game.attribute(row, direction)
        base = float(game.base @ direction)
        margin = base + float(contributions.sum())
        if len(self._games) == 1:
            return Explanation(margin, base, contributions)
        usual, said = (float(shares[code]) for shares in _said(member, game, row))
        scale = member.weight * _slope(margin - base, usual, said, n_classes=direction.size)
        return Explanation(
            member.weight * usual + scale * (margin - base), member.weight * usual, scale * contributions
        )


def load_explainer(bundle: Bundle) -> Explainer | None:
    """What explains the bundle's answers; None where it was written without.

    Raises
    ------
    BundleIntegrityError
        If a file is missing or differs from its hash, or the folder holds another bundle now.
    BundleError
        If they cannot be used.
    """
    identity, hashes = read_manifest(bundle.folder)
    if identity != bundle.sha256:
        raise BundleIntegrityError(
            f"{bundle.folder} holds bundle {identity[:12]}… now, not {bundle.sha256[:12]}… as it was loaded"
        )
    if EXPLAINER not in hashes:
        return None
    names = [spec.name for spec in bundle.schema.features]

    def read(path: str) -> bytes:
        return read_verified(bundle.folder, path, hashes, verify=True)

    return Explainer(bundle, parts_from_files(read, names))


def _game(
    member: Member, background: Matrix, weights: Floats, players: npt.NDArray[np.int64]
) -> BoxGame | LineGame:
    if isinstance(member.form, Boxes):
        return BoxGame(member.form, background, weights, players)
    return LineGame(member.form, background, weights, players)


def _said(member: Member, game: BoxGame | LineGame, row: Matrix) -> tuple[Floats, Floats]:
    """The member's shares of the classes: of what is usual, and of the row."""
    usual, said = (linked(member.link, each)[0] for each in (game.base[None], member.form.outputs(row)))
    return usual, said


def _of_stacked(
    stack: Combination, words: Floats, member: Member, game: BoxGame | LineGame, row: Matrix
) -> Explanation:
    """What a member adds to the margin of a stack, with `words`: what the logarithm of each share counts."""
    usual, said = _said(member, game, row)
    direction = {
        Link.LOGISTIC: words[-1:],  # of two classes: what counts is the logarithm of their ratio
        Link.SOFTMAX: words,
        Link.SHARES: words * chord(usual, said, stack.edge),
    }[member.link]
    contributions = game.attribute(row, direction)
    rise = float(contributions.sum())
    base, margin = (float(straight_log(shares, stack.edge) @ words) for shares in (usual, said))
    same_way = abs(rise) > _NEXT_TO_NOTHING and (margin - base) * rise > 0
    scale = (margin - base) / rise if same_way else 1.0
    return Explanation(base + scale * rise, base, scale * contributions)


def _contrast(code: int, n_classes: int) -> Floats:
    """A class against the other one, or against the mean of all."""
    contrast: Floats = (np.eye(n_classes)[code] - 1 / n_classes) * (2 if n_classes == 2 else 1)
    return contrast


def _direction(link: Link, code: int, n_classes: int) -> Floats:
    """What of a member's outputs speaks for a class."""
    if link is Link.LOGISTIC:
        return np.array([1.0 if code == n_classes - 1 else -1.0])
    chosen: Floats = np.eye(n_classes)[code]
    return chosen - 1 / n_classes if link is Link.SOFTMAX else chosen


def _slope(difference: float, usual: float, said: float, *, n_classes: int) -> float:
    """How much share goes with a unit of margin, between what is usual and the row.

    That of the chord; where margin and share hardly differ, or of more than two classes go different
    ways, the mean of the logistic function's slopes at both ends.
    """
    if abs(difference) > _NEXT_TO_NOTHING and (said - usual) * difference > 0:
        return (said - usual) / difference
    slopes = (usual * (1 - usual), said * (1 - said))
    return sum(slopes) / 2 * (n_classes / (n_classes - 1) if n_classes > 2 else 1.0)


def _medians(matrix: Matrix, weights: Floats) -> Floats:
    """The weighted median of each column's known values; NaN where there is none."""
    order = np.argsort(matrix, axis=0)  # NaN last
    values = np.take_along_axis(matrix, order, axis=0)
    mass = np.where(np.isnan(values), 0.0, weights[order])
    reached = np.cumsum(mass, axis=0) >= mass.sum(axis=0) / 2
    medians: Floats = values[reached.argmax(axis=0), np.arange(matrix.shape[1])].astype(np.float64)
    return medians


def _shown(reason: Reason, hidden: Collection[str]) -> Reason:
    if reason.feature not in hidden:
        return reason
    return Reason(reason.feature, reason.reason, None, reason.contribution, reason.features)
