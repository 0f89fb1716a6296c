from collections.abc import Callable

import numpy as np
import pytest

from tenure.bundle.reasons import Boxes, shares_of
from tenure.errors import ExportMismatchError
from tenure.training.algorithms import Growth, Model, Sample
from tenure.training.algorithms.catalogue import FITS
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import SPACES
from tenure.training.blending import BlendedModel
from tenure.training.calibrating import CalibratedModel, Calibrator, Platt
from tenure.training.config import AlgorithmName
from tenure.training.explaining.forms import members_of, uncalibrated
from tenure.training.explaining.making import check_parts
from tenure.training.export import export, probe_rows, run_onnx

GROWTH = Growth(n_estimators=60, every=20, seed=3)
of_each_task = pytest.mark.parametrize(
    ("name", "n_classes"),
    [(name, n) for n in (2, 3) for name in AlgorithmName if (name, n) != (AlgorithmName.SCORECARD, 3)],
)


def fit(name: AlgorithmName, sample: Sample) -> Model:
    return FITS[name](sample, defaults(SPACES[name]), GROWTH)


@of_each_task
def test_the_parts_say_what_the_exported_graph_says_of_any_row(
    name: AlgorithmName, n_classes: int, sample: Callable[..., Sample]
) -> None:
    model = fit(name, sample(n_classes=n_classes))
    unseen = sample(n_classes=n_classes, seed=9).matrix
    rows = np.concatenate([unseen, probe_rows(unseen, seed=1)])
    members = members_of(model, n_classes=n_classes)
    assert shares_of(members, rows) == pytest.approx(run_onnx(export(model), rows), abs=1e-6)


def test_a_blend_is_its_members_that_count(sample: Callable[..., Sample]) -> None:
    names = (AlgorithmName.XGBOOST, AlgorithmName.LOGISTIC_REGRESSION, AlgorithmName.DECISION_TREE)
    blend = BlendedModel({name: fit(name, sample()) for name in names}, (0.75, 0.0, 0.25))
    members = members_of(blend, n_classes=2)
    assert [member.weight for member in members] == [0.75, 0.25]
    rows = sample(seed=9).matrix
    assert shares_of(members, rows) == pytest.approx(blend.probabilities(rows), abs=1e-6)


def test_a_mapping_of_the_answers_is_left_out(sample: Callable[..., Sample]) -> None:
    tree = fit(AlgorithmName.DECISION_TREE, sample())
    assert uncalibrated(CalibratedModel(tree, Calibrator((Platt(1.5, 0.2),)))) is tree
    assert uncalibrated(tree) is tree


def test_a_model_that_nobody_knows_has_no_parts() -> None:
    assert members_of(object(), n_classes=2) == ()  # type: ignore[arg-type]


def test_parts_that_say_something_else_than_the_model_are_refused(sample: Callable[..., Sample]) -> None:
    rows = sample()
    model = fit(AlgorithmName.DECISION_TREE, rows)
    (member,) = members_of(model, n_classes=2)
    assert isinstance(member.form, Boxes)
    member.form.values[0] += 0.01
    with pytest.raises(ExportMismatchError, match=r"differ from the model by up to 0\.01"):
        check_parts((member,), model, rows.matrix)
