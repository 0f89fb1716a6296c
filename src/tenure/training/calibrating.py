"""Probabilities that keep their promise: a mapping learned on validation, part of the exported graph.

Both kinds rise everywhere, so they change no ranking: of two rows the one with the higher score keeps it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from tenure.stats.arrays import Ints
from tenure.stats.evaluate import Outcomes, measure
from tenure.training.algorithms.model import Matrix, Model, Probabilities
from tenure.training.config import Calibration
from tenure.training.folds import held_out_folds
from tenure.training.graphs import Constants, followed_by

Values: TypeAlias = npt.NDArray[np.float64]

NATIVE_FILE = "calibration.json"
EDGE = 1e-3
"""Nearer to 0 and 1 than this, Platt's curve goes on as a straight line to the corner."""
MAX_SLOPE = 20.0
"""Of a piece between knots: a steeper one would turn the rounding of a score into a visible difference."""
MAX_ROUNDING = 5e-6
"""What float32 may shift a mapped probability by, at most: half of what an export may differ by."""
_SLOPES, _SHIFTS = (0.25, 4.0), (-6.0, 6.0)


class Mapping1D(Protocol):
    """A rising function of a probability."""

    def __call__(self, shares: Values) -> Values:
        """The mapped probabilities, in [0, 1]."""
        ...

    def nodes(self, given: str, made: str) -> tuple[list[onnx.NodeProto], Constants]:
        """The same as nodes between two float64 values of shape [n, 1], and their constants."""
        ...

    def to_json(self) -> dict[str, object]:
        """What it learned."""
        ...


@dataclass(frozen=True, slots=True)
class Platt:
    r"""The logistic curve :math:`\sigma(a \operatorname{logit} p + b)` with a > 0.

    a = 1, b = 0 changes nothing; a shift b alone undoes class weights.
    """

    slope: float
    shift: float

    def __call__(self, shares: Values) -> Values:
        """The mapped probabilities."""
        low, high = self._edge_slopes
        curve = expit(self.slope * logit(np.clip(shares, EDGE, 1 - EDGE)) + self.shift)
        mapped: Values = (
            curve + low * np.minimum(shares - EDGE, 0) + high * np.maximum(shares - (1 - EDGE), 0)
        )
        return np.clip(mapped, 0.0, 1.0)

    @property
    def _edge_slopes(self) -> tuple[float, float]:
        low, high = expit(self.slope * logit(np.array([EDGE, 1 - EDGE])) + self.shift)
        return float(low / EDGE), float((1 - high) / EDGE)

    @property
    def rounding(self) -> float:
        """How far float32 may shift what it says: rounding of the score times the curve's slope."""
        grid = np.unique(np.append(np.linspace(0, 1, 2001), 1 - np.geomspace(1e-7, 1e-2, 200)))
        slopes = np.diff(self(grid)) / np.diff(grid)
        middle = (grid[1:] + grid[:-1]) / 2
        return float((slopes * (6e-8 * middle + 1e-6 * middle * (1 - middle))).max())

    def nodes(self, given: str, made: str) -> tuple[list[onnx.NodeProto], Constants]:
        """Clip, logit, line, sigmoid; and the straight ends."""
        low, high = self._edge_slopes
        constants: dict[str, float | Values] = {
            "low": EDGE,
            "high": 1 - EDGE,
            "one": 1.0,
            "zero": 0.0,
            "a": self.slope,
            "b": self.shift,
            "low_slope": low,
            "high_slope": high,
        }
        steps = [
            ("Max", (given, "low"), "at_least"),
            ("Min", ("at_least", "high"), "inside"),
            ("Sub", ("one", "inside"), "rest"),
            ("Div", ("inside", "rest"), "odds"),
            ("Log", ("odds",), "logit"),
            ("Mul", ("logit", "a"), "line"),
            ("Add", ("line", "b"), "shifted"),
            ("Sigmoid", ("shifted",), "curve"),
            ("Sub", (given, "inside"), "beyond"),
            ("Min", ("beyond", "zero"), "below"),
            ("Max", ("beyond", "zero"), "above"),
            ("Mul", ("below", "low_slope"), "left"),
            ("Mul", ("above", "high_slope"), "right"),
            ("Sum", ("curve", "left", "right"), made),
        ]
        return _named(steps, constants, given=given, made=made)

    def to_json(self) -> dict[str, object]:
        """Slope and shift."""
        return {"kind": "platt", "slope": self.slope, "shift": self.shift}


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Straight pieces between rising knots, from (0, 0) to (1, 1)."""

    scores: tuple[float, ...]
    shares: tuple[float, ...]

    def __call__(self, shares: Values) -> Values:
        """The mapped probabilities."""
        mapped: Values = np.interp(shares, self.scores, self.shares)
        return mapped

    def nodes(self, given: str, made: str) -> tuple[list[onnx.NodeProto], Constants]:
        """How far the value reaches into each piece, times the piece's slope, summed."""
        starts, widths = np.array(self.scores[:-1]), np.diff(self.scores)
        slopes = np.diff(self.shares) / widths
        constants: dict[str, float | Values] = {
            "starts": starts[None],
            "widths": widths[None],
            "slopes": slopes[:, None],
            "zero": 0.0,
        }
        steps = [
            ("Sub", (given, "starts"), "past"),
            ("Max", ("past", "zero"), "into"),
            ("Min", ("into", "widths"), "reach"),
            ("MatMul", ("reach", "slopes"), made),
        ]
        return _named(steps, constants, given=given, made=made)

    def to_json(self) -> dict[str, object]:
        """The knots."""
        return {"kind": "isotonic", "scores": list(self.scores), "shares": list(self.shares)}


def fit_platt(scores: Values, came_true: npt.NDArray[np.bool_]) -> Platt | None:
    """The logistic curve with the least log loss, on targets drawn in a little as Platt does [1]_.

    None where the curve would be so steep that rounding shows.

    References
    ----------
    .. [1] J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999. There it maps the margin of
       a classifier; here the logit of its probability, which is the margin of a logistic model.
    """
    n_true, n_rows = int(came_true.sum()), came_true.size
    targets = np.where(came_true, (n_true + 1) / (n_true + 2), 1 / (n_rows - n_true + 2))
    margins = logit(np.clip(scores, EDGE, 1 - EDGE))

    def loss(parameters: Values) -> tuple[float, Values]:
        line = parameters[0] * margins + parameters[1]
        errors = expit(line) - targets
        gradient = np.array([(errors * margins).mean(), errors.mean()])
        return float((np.logaddexp(0, line) - targets * line).mean()), gradient

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=(_SLOPES, _SHIFTS))
    curve = Platt(float(found.x[0]), float(found.x[1]))
    return curve if curve.rounding <= MAX_ROUNDING else None


def fit_isotonic(scores: Values, came_true: npt.NDArray[np.bool_]) -> Isotonic:
    """The best rising steps (scikit-learn's), joined at the middle of each step [1]_.

    Steps would give equal answers to different scores; the middles, joined by straight pieces, do not.
    No step says exactly 0 or 1. Steps too near each other are put together, so that no piece is steeper
    than `MAX_SLOPE`.

    References
    ----------
    .. [1] A. P. Oron and N. Flournoy, "Centered Isotonic Regression: Point and Interval Estimation for
       Dose-Response Studies", Statistics in Biopharmaceutical Research 9, 2017.
    """
    steps = IsotonicRegression(y_min=0, y_max=1).fit_transform(scores, came_true.astype(np.float64))
    _, step_of = np.unique(steps, return_inverse=True)
    n_rows = np.bincount(step_of)
    middles = np.bincount(step_of, weights=scores) / n_rows
    floor = 1 / (2 * came_true.size)
    shares = np.clip(np.bincount(step_of, weights=came_true) / n_rows, floor, 1 - floor)
    blocks = list(zip(middles.tolist(), shares.tolist(), n_rows.tolist(), strict=True))
    kept = _flattened(blocks)
    return Isotonic((0.0, *(x for x, _, _ in kept), 1.0), (0.0, *(y for _, y, _ in kept), 1.0))


Block: TypeAlias = tuple[float, float, int]


def _flattened(blocks: list[Block]) -> list[Block]:
    """The blocks, the steepest neighbours pooled until no piece is too steep; the corners stay."""
    while blocks:
        xs = np.array([0.0, *(x for x, _, _ in blocks), 1.0])
        ys = np.array([0.0, *(y for _, y, _ in blocks), 1.0])
        widths = np.diff(xs)
        rises = np.diff(ys)
        slopes = np.divide(rises, widths, out=np.full(rises.size, np.inf), where=widths > 0)
        worst = int(slopes.argmax())
        if slopes[worst] <= MAX_SLOPE:
            return blocks
        if worst in {0, len(blocks)}:  # at a corner: without the block that is too near to it
            blocks = blocks[1:] if worst == 0 else blocks[:-1]
        else:
            blocks = [*blocks[: worst - 1], _pooled(*blocks[worst - 1 : worst + 1]), *blocks[worst + 1 :]]
    return blocks


def _pooled(left: Block, right: Block) -> Block:
    n_rows = left[2] + right[2]
    return (
        (left[0] * left[2] + right[0] * right[2]) / n_rows,
        (left[1] * left[2] + right[1] * right[2]) / n_rows,
        n_rows,
    )


_FITS: Mapping[Calibration, Callable[[Values, npt.NDArray[np.bool_]], Mapping1D | None]] = {
    Calibration.PLATT: fit_platt,
    Calibration.ISOTONIC: fit_isotonic,
}


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A mapping per class watched: the positive one of two, else every one, made to sum to 1 again."""

    mappings: tuple[Mapping1D, ...]

    def __call__(self, said: Probabilities) -> Probabilities:
        """The probabilities of all classes, mapped."""
        if len(self.mappings) == 1:
            positive = self.mappings[0](said[:, 1])
            return np.column_stack([1 - positive, positive])
        mapped = np.column_stack([each(said[:, code]) for code, each in enumerate(self.mappings)])
        shares: Probabilities = mapped / mapped.sum(axis=1, keepdims=True)
        return shares

    def added_to(self, model: onnx.ModelProto) -> onnx.ModelProto:
        """The graph with the mapping after it."""
        nodes, constants, made = [], dict[str, npt.NDArray[np.generic]](), []
        watched = [1] if len(self.mappings) == 1 else range(len(self.mappings))
        for code, mapping in zip(watched, self.mappings, strict=True):
            constants[f"place_{code}"] = np.array([code])
            nodes.append(helper.make_node("Gather", ["raw", f"place_{code}"], [f"raw_{code}"], axis=1))
            more, needed = mapping.nodes(f"raw_{code}", f"mapped_{code}")
            nodes += more
            constants |= needed
            made.append(f"mapped_{code}")
        if len(made) == 1:
            constants["whole"] = np.array(1.0)
            nodes.append(helper.make_node("Sub", ["whole", made[0]], ["mapped_0"]))
            nodes.append(helper.make_node("Concat", ["mapped_0", made[0]], ["mapped"], axis=1))
        else:
            nodes.append(helper.make_node("Concat", made, ["together"], axis=1))
            constants["across"] = np.array([1])
            nodes.append(helper.make_node("ReduceSum", ["together", "across"], ["total"], keepdims=1))
            nodes.append(helper.make_node("Div", ["together", "total"], ["mapped"]))
        return followed_by(model, nodes, constants)


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedModel:
    """A model whose answers are mapped."""

    inner: Model
    calibrator: Calibrator

    def probabilities(self, matrix: Matrix) -> Probabilities:
        """One probability per row and class."""
        return self.calibrator(self.inner.probabilities(matrix))

    def importance(self) -> npt.NDArray[np.float64]:
        """As without the mapping, which changes no ranking."""
        return self.inner.importance()

    def native(self) -> Mapping[str, bytes]:
        """The model's own files, and the mapping as JSON."""
        learned = [mapping.to_json() for mapping in self.calibrator.mappings]
        return {**self.inner.native(), NATIVE_FILE: json.dumps(learned, sort_keys=True).encode()}

    def to_onnx(self) -> onnx.ModelProto:
        """The model and the mapping as one graph."""
        return self.calibrator.added_to(self.inner.to_onnx())


@dataclass(frozen=True, slots=True)
class CalibrationChoice:
    """Which mapping was taken, and why.

    Attributes
    ----------
    kind : Calibration
        ``none`` when no mapping made the loss lower.
    metric : str
        The loss: ``brier`` of two classes, ``log_loss`` of more.
    losses : mapping
        On validation by kind, ``none`` among them; each row's mapping was learned without the row.
    calibrator : Calibrator or None
        Learned on all validation rows.
    """

    kind: Calibration
    metric: str
    losses: Mapping[str, float]
    calibrator: Calibrator | None = None

    def to_json(self) -> dict[str, object]:
        """As ``provenance.json`` holds it."""
        return {"kind": self.kind.value, "metric": self.metric, "losses": dict(self.losses)}


def choose_calibration(outcomes: Outcomes, policy: Calibration, *, seed: int) -> CalibrationChoice:
    """The mapping with the lowest loss on validation rows that it was not learned on; none if none helps.

    Parameters
    ----------
    outcomes
        What the model says of validation rows, and what came true.
    policy
        Which kinds are tried: one, both (``auto``) or none.
    seed
        Of the folds.
    """
    metric = "brier" if outcomes.n_classes == 2 else "log_loss"
    kinds = tuple(_FITS) if policy is Calibration.AUTO else tuple(kind for kind in _FITS if kind is policy)
    losses = {Calibration.NONE: measure(metric, outcomes)} if kinds else {}
    for kind in kinds:
        mapped = _cross_fitted(outcomes, kind, seed=seed)
        if mapped is not None:
            losses[kind] = measure(metric, Outcomes(outcomes.codes, mapped))
    best = min(losses, key=lambda kind: losses[kind], default=Calibration.NONE)
    learned = None if best is Calibration.NONE else _fit(outcomes.probabilities, outcomes.codes, best)
    kind = Calibration.NONE if learned is None else best
    return CalibrationChoice(kind, metric, {name.value: loss for name, loss in losses.items()}, learned)


def _cross_fitted(outcomes: Outcomes, kind: Calibration, *, seed: int) -> Probabilities | None:
    """Every row mapped by what was learned without it; None where nothing usable could be learned."""
    said, codes = outcomes.probabilities, outcomes.codes
    mapped = np.zeros_like(said)
    folds = held_out_folds(codes, seed=seed)
    for others, held_out in folds:
        learned = _fit(said[others], codes[others], kind)
        if learned is None:
            return None
        mapped[held_out] = learned(said[held_out])
    return mapped if folds else None


def _fit(said: Probabilities, codes: Ints, kind: Calibration) -> Calibrator | None:
    watched: Sequence[int] = [1] if said.shape[1] == 2 else range(said.shape[1])
    mappings = [_FITS[kind](said[:, code], codes == code) for code in watched]
    found = tuple(mapping for mapping in mappings if mapping is not None)
    return Calibrator(found) if len(found) == len(mappings) else None


def _named(
    steps: Sequence[tuple[str, tuple[str, ...], str]],
    constants: Mapping[str, float | Values],
    *,
    given: str,
    made: str,
) -> tuple[list[onnx.NodeProto], Constants]:
    """The steps as nodes, with names of their own inside: those of several mappings do not meet."""

    def name(value: str) -> str:
        return value if value in {given, made} else f"{made}_{value}"

    nodes = [helper.make_node(kind, [name(each) for each in takes], [name(to)]) for kind, takes, to in steps]
    return nodes, {name(key): np.asarray(value, dtype=np.float64) for key, value in constants.items()}
