from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.calibration import _sigmoid_calibration
from sklearn.metrics import brier_score_loss, roc_auc_score

from tenure.stats.evaluate import Outcomes
from tenure.training.algorithms import Growth, Sample
from tenure.training.algorithms.catalogue import FITS
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import SPACES
from tenure.training.calibrating import (
    MAX_SLOPE,
    CalibratedModel,
    Calibrator,
    Isotonic,
    Platt,
    choose_calibration,
    fit_isotonic,
    fit_platt,
)
from tenure.training.config import AlgorithmName, Calibration
from tenure.training.export import check_export, export, probe_rows, run_onnx

RNG = np.random.default_rng(5)
N_ROWS = 4000
TRUE_SHARE = RNG.beta(1, 3, N_ROWS)
CAME_TRUE = RNG.random(N_ROWS) < TRUE_SHARE
GRID = np.linspace(0, 1, 5001)


def outcomes(shares: np.ndarray, came_true: np.ndarray = CAME_TRUE) -> Outcomes:
    return Outcomes(came_true.astype(np.int64), np.column_stack([1 - shares, shares]))


def oversure(shares: np.ndarray) -> np.ndarray:
    return expit(2.2 * logit(shares) + 1.0)


def test_platts_curve_is_the_one_scikit_learn_finds_for_the_same_margins() -> None:
    shares = np.clip(oversure(TRUE_SHARE), 2e-3, 1 - 2e-3)
    curve = fit_platt(shares, CAME_TRUE)
    slope, shift = _sigmoid_calibration(logit(shares), CAME_TRUE.astype(int))
    assert curve is not None
    assert (curve.slope, curve.shift) == pytest.approx((-slope, -shift), abs=1e-3)


def test_platts_curve_undoes_the_shift_of_balanced_classes() -> None:
    curve = fit_platt(expit(logit(TRUE_SHARE) + 1.5), CAME_TRUE)
    assert curve is not None
    assert curve.slope == pytest.approx(1, abs=0.1)
    assert curve.shift == pytest.approx(-1.5, abs=0.2)


@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic])
def test_a_mapping_brings_back_what_was_distorted(fit: Callable[..., Platt | Isotonic]) -> None:
    mapping = fit(oversure(TRUE_SHARE[::2]), CAME_TRUE[::2])
    distorted = oversure(TRUE_SHARE[1::2])
    before = brier_score_loss(CAME_TRUE[1::2], distorted)
    after = brier_score_loss(CAME_TRUE[1::2], mapping(distorted))
    ideal = brier_score_loss(CAME_TRUE[1::2], TRUE_SHARE[1::2])
    assert after - ideal < 0.1 * (before - ideal)


@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic])
def test_a_mapping_rises_everywhere_from_0_to_1_so_that_no_ranking_changes(
    fit: Callable[..., Platt | Isotonic],
) -> None:
    shares = oversure(TRUE_SHARE)
    mapping = fit(shares, CAME_TRUE)
    mapped = mapping(GRID)
    assert (np.diff(mapped) > 0).all()
    assert mapped[[0, -1]] == pytest.approx([0, 1], abs=1e-9)
    assert roc_auc_score(CAME_TRUE, mapping(shares)) == pytest.approx(
        roc_auc_score(CAME_TRUE, shares), abs=1e-9
    )


def test_pieces_are_never_steeper_than_rounding_allows() -> None:
    """Scores so near each other that the steps between them are cliffs."""
    scores = 0.5 + np.sort(RNG.random(600)) * 1e-4
    mapping = fit_isotonic(scores, np.arange(600) > 300)
    assert (np.diff(mapping(GRID)) / np.diff(GRID)).max() <= MAX_SLOPE * (1 + 1e-9)
    corner = fit_isotonic(np.repeat([0.0, 1.0, 0.999], 100), np.tile([True, False], 150))
    assert (np.diff(corner(GRID)) / np.diff(GRID)).max() <= MAX_SLOPE * (1 + 1e-9)


def test_nothing_is_mapped_where_probabilities_keep_their_promise_already() -> None:
    choice = choose_calibration(outcomes(TRUE_SHARE), Calibration.ISOTONIC, seed=1)
    assert choice.kind is Calibration.NONE
    assert choice.calibrator is None
    assert choice.losses["none"] <= choice.losses["isotonic"]


def test_the_better_of_both_is_taken_where_it_helps() -> None:
    choice = choose_calibration(outcomes(oversure(TRUE_SHARE)), Calibration.AUTO, seed=1)
    assert choice.kind.value == min(choice.losses, key=lambda kind: choice.losses[kind]) != "none"
    assert set(choice.losses) == {"none", "platt", "isotonic"}
    assert choice.metric == "brier"


def test_a_mapping_is_judged_on_rows_it_was_not_learned_on() -> None:
    """Few rows whose probabilities are right: a mapping judged on its own rows would seem to help."""
    rng = np.random.default_rng(0)
    shares = rng.uniform(0.05, 0.95, 60)
    came_true = rng.random(60) < shares
    plain = outcomes(shares, came_true)
    for_its_own = fit_isotonic(shares, came_true)(shares)
    assert brier_score_loss(came_true, for_its_own) < brier_score_loss(came_true, shares)
    assert choose_calibration(plain, Calibration.ISOTONIC, seed=0).kind is Calibration.NONE


def test_too_few_rows_of_a_class_leave_everything_as_it_is() -> None:
    one = np.arange(50) == 7
    choice = choose_calibration(outcomes(np.linspace(0.1, 0.9, 50), one), Calibration.AUTO, seed=1)
    assert choice.kind is Calibration.NONE


def test_nothing_is_measured_where_nothing_is_asked_for() -> None:
    assert choose_calibration(outcomes(TRUE_SHARE), Calibration.NONE, seed=1).losses == {}


@pytest.mark.parametrize("name", [AlgorithmName.XGBOOST, AlgorithmName.RANDOM_FOREST])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic])
def test_the_mapping_is_part_of_the_exported_graph(
    name: AlgorithmName, n_classes: int, fit: Callable[..., Platt | Isotonic], sample: Callable[..., Sample]
) -> None:
    rows, held_out = sample(n_classes=n_classes), sample(n_classes=n_classes, seed=3)
    inner = FITS[name](rows, defaults(SPACES[name]), Growth(80, 20, seed=1))
    said = inner.probabilities(rows.matrix)
    watched = [1] if n_classes == 2 else range(n_classes)
    learned = [fit(expit(2 * logit(said[:, code]) + 1), rows.codes == code) for code in watched]
    model = CalibratedModel(inner, Calibrator(tuple(learned)))
    exported = export(model)
    asked = {"held out": held_out.matrix, "made-up": probe_rows(held_out.matrix, seed=1)}
    assert check_export(model, exported, asked) < 1e-5
    shares = run_onnx(exported, held_out.matrix)
    assert shares.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert not np.allclose(shares, inner.probabilities(held_out.matrix), atol=1e-3)
    assert "calibration.json" in model.native()
