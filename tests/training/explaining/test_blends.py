"""Reasons of several models that answer together, blended or stacked, with and without a mapping."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tenure.bundle import FeatureSpec, load_bundle
from tenure.bundle.encoding import Encoder
from tenure.bundle.reasons import Explainer, Parts, Wording, load_explainer, parts_to_files
from tenure.domain.features import FeatureKind
from tenure.testing import write_small_bundle
from tenure.training.algorithms import Growth, Model, Sample
from tenure.training.algorithms.catalogue import FITS
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import SPACES
from tenure.training.blending import BlendedModel
from tenure.training.calibrating import CalibratedModel, Calibrator, Platt
from tenure.training.config import AlgorithmName
from tenure.training.explaining import background_of, members_of
from tenure.training.explaining.forms import combination_of, uncalibrated
from tenure.training.export import export
from tenure.training.stacking import StackedModel, fit_combination

NAMES = (AlgorithmName.XGBOOST, AlgorithmName.LOGISTIC_REGRESSION, AlgorithmName.RANDOM_FOREST)
FEATURES = tuple(f"x{place}" for place in range(10))
SPECS = tuple(FeatureSpec(name, FeatureKind.NUMBER) for name in FEATURES)


def blend(rows: Sample) -> BlendedModel:
    growth = Growth(n_estimators=30, every=10, seed=3)
    fitted = {name: FITS[name](rows, defaults(SPACES[name]), growth) for name in NAMES}
    return BlendedModel(fitted, (0.5, 0.2, 0.3))


def stack(rows: Sample, names: tuple[AlgorithmName, ...] = NAMES, n_estimators: int = 30) -> StackedModel:
    """A combination of whole fits: here it is not asked whether it does better than its members."""
    growth = Growth(n_estimators=n_estimators, every=10, seed=3)
    fitted = {name: FITS[name](rows, defaults(SPACES[name]), growth) for name in names}
    said = [model.probabilities(rows.matrix) for model in fitted.values()]
    places, combination = fit_combination(said, rows.codes) or pytest.fail("all of them are worth asking")
    return StackedModel({name: fitted[name] for name in [names[place] for place in places]}, combination)


def explainer_of(model: Model, rows: Sample, folder: Path, *, whole: Model | None = None) -> Explainer:
    """With the background of the whole that a model is a member of, where there is one."""
    plain = uncalibrated(model)
    scores = (whole or plain).probabilities(rows.matrix)[:, -1]
    background = background_of(rows.matrix, scores, SPECS, n_boxes=1, seed=1)
    wordings = tuple(Wording(name, name) for name in FEATURES)
    members = members_of(plain, n_classes=rows.n_classes)
    parts = Parts(members, background, wordings, combination_of(plain))
    files = parts_to_files(parts, names=FEATURES, columns=FEATURES)
    classes = ("good", "late", "lost")[: rows.n_classes]
    write_small_bundle(folder, weights=[0.0] * 10, classes=classes, onnx=export(model), reasons=files)
    found = load_explainer(load_bundle(folder))
    assert found is not None
    return found


def plain_row(row: np.ndarray) -> dict[str, float | None]:
    return {
        name: None if np.isnan(value) else float(value) for name, value in zip(FEATURES, row, strict=True)
    }


def test_the_contributions_of_a_blend_lead_from_the_usual_score_to_the_rows(
    sample: Callable[..., Sample], tmp_path: Path
) -> None:
    rows = sample()
    model = blend(rows)
    explainer = explainer_of(model, rows, tmp_path)
    shares = model.probabilities(rows.matrix)[:, -1]
    for row, share in zip(rows.matrix[:40], shares, strict=False):
        explained = explainer.explain(plain_row(row))
        assert explained.margin == pytest.approx(share, abs=1e-6)
        assert explained.base + explained.contributions.sum() == pytest.approx(explained.margin, abs=1e-9)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_taking_a_reasons_cause_away_lowers_the_score_of_a_blend_whose_answers_are_mapped(
    n_classes: int, sample: Callable[..., Sample], tmp_path: Path
) -> None:
    rows = sample(n_classes=n_classes)
    mapping = (Platt(1.5, -0.4),) * (1 if n_classes == 2 else 3)
    explainer = explainer_of(CalibratedModel(blend(rows), Calibrator(mapping)), rows, tmp_path)
    encoder = Encoder(SPECS)
    said = [plain_row(row) for row in rows.matrix[:40]]
    found = [(values, explainer.reasons(values)) for values in said]
    for values, reasons in found:
        falls = explainer.falls(encoder.encode_row(values), [reason.features for reason in reasons], code=-1)
        assert (falls > 0).all()
    assert sum(len(reasons) for _, reasons in found) > 60


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_contributions_of_a_stack_lead_from_what_is_usual_to_its_log_odds(
    n_classes: int, sample: Callable[..., Sample], tmp_path: Path
) -> None:
    rows = sample(n_classes=n_classes)
    model = stack(rows)
    assert len(model.members) > 1
    explainer = explainer_of(model, rows, tmp_path)
    logs = np.log(model.probabilities(rows.matrix))
    told = logs[:, -1] - (logs[:, 0] if n_classes == 2 else logs.mean(axis=1))
    explained = [explainer.explain(plain_row(row)) for row in rows.matrix[:60]]
    found = np.array([each.margin for each in explained])
    assert np.median(np.abs(found - told[:60])) < 1e-5
    assert np.mean(np.abs(found - told[:60]) < 1e-5) > 0.9  # the rest: a member that goes another way
    for each in explained:
        assert each.base + each.contributions.sum() == pytest.approx(each.margin, abs=1e-9)


def test_where_all_members_are_unsure_a_stack_adds_up_what_each_of_them_adds_up(
    sample: Callable[..., Sample], tmp_path: Path
) -> None:
    rows = sample()
    model = stack(rows, (AlgorithmName.XGBOOST, AlgorithmName.LOGISTIC_REGRESSION), n_estimators=3)
    assert len(model.members) == 2
    whole = explainer_of(model, rows, tmp_path / "whole")
    alone = [explainer_of(each, rows, tmp_path / name, whole=model) for name, each in model.members.items()]
    weights = model.combination.weights[:, 1, 1]
    said = [each.probabilities(rows.matrix) for each in model.members.values()]
    unsure = np.flatnonzero(np.all([(each > 0.05).all(axis=1) for each in said], axis=0))
    assert len(unsure) > 20
    for place in unsure[:40]:
        row = plain_row(rows.matrix[place])
        added = sum(w * each.explain(row).contributions for w, each in zip(weights, alone, strict=True))
        np.testing.assert_allclose(whole.explain(row).contributions, added, atol=1e-4)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_taking_a_reasons_cause_away_lowers_the_score_of_a_stack(
    n_classes: int, sample: Callable[..., Sample], tmp_path: Path
) -> None:
    rows = sample(n_classes=n_classes)
    explainer = explainer_of(stack(rows), rows, tmp_path)
    found = [(row, explainer.reasons(plain_row(row))) for row in rows.matrix[:40]]
    for row, reasons in found:
        falls = explainer.falls(row[None], [reason.features for reason in reasons], code=-1)
        assert (falls > 0).all()
    assert sum(len(reasons) for _, reasons in found) > 60
