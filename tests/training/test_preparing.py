from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from tenure.domain.cuts import CutPolicy
from tenure.domain.evaluations import Task
from tenure.domain.features import FeatureColumn, FeatureKind
from tenure.domain.findings import Outcome, blocking
from tenure.errors import LeakageError, NotEnoughLabelsError, ProjectError, TrainingError
from tenure.training import preparing
from tenure.training.config import Imbalance, ModelConfig
from tenure.training.encoder import FittedEncoder, check_fitted_on_train, fit_encoder
from tenure.training.encoding.policy import EncodingPolicy, OneHotPolicy
from tenure.training.preparing import order_classes, prepare
from tenure.training.rows import LabelledRows
from tenure.training.weighting import row_weights

NUMBER, CATEGORY = FeatureKind.NUMBER, FeatureKind.CATEGORY


def rows_of(n_rows: int = 60, **columns: object) -> LabelledRows:
    days = [datetime(2023, 1 + number * 12 // n_rows, 1) for number in range(n_rows)]
    times = pa.array(days, pa.timestamp("us"))
    table = {
        "customer": pa.array(range(n_rows)),
        "event_time": times,
        "label_known_at": times,
        "label": pa.array(["good", "late"] * (n_rows // 2)),
        **columns,
    }
    return LabelledRows(pa.table(table), ("customer",))


def columns_of(*names: str, kind: FeatureKind = NUMBER) -> tuple[FeatureColumn, ...]:
    return tuple(FeatureColumn(name, kind, "test") for name in names)


def codes(findings: Sequence[object]) -> list[str]:
    return [finding.code for finding in findings]  # type: ignore[attr-defined]


def test_an_encoder_fitted_on_all_rows_is_found_and_refused() -> None:
    rows = rows_of(x=np.arange(60.0))
    train = rows.take(np.arange(60) < 40)
    honest = fit_encoder(train, columns_of("x"), policy=EncodingPolicy())
    leaking = fit_encoder(rows, columns_of("x"), policy=EncodingPolicy())
    assert check_fitted_on_train(honest, train).outcome is Outcome.PASSED
    found = check_fitted_on_train(leaking, train)
    assert (found.code, found.blocks) == ("TRN001", True)
    assert "other rows than the 40 training rows" in found.message


def test_an_encoder_fitted_on_as_many_other_rows_is_found() -> None:
    rows = rows_of(x=np.arange(60.0))
    train, other = rows.take(np.arange(60) < 40), rows.take(np.arange(60) >= 20)
    assert blocking(
        [check_fitted_on_train(fit_encoder(other, columns_of("x"), policy=EncodingPolicy()), train)]
    )


def test_a_candidate_whose_encoder_saw_other_rows_than_train_is_not_trained(
    monkeypatch: pytest.MonkeyPatch, quick: Callable[..., ModelConfig]
) -> None:
    rows = rows_of(240, x=np.arange(240.0))

    def leaking(
        _train: LabelledRows, columns: Sequence[FeatureColumn], *, policy: EncodingPolicy, **more: object
    ) -> FittedEncoder:
        return fit_encoder(rows, columns, policy=policy, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(preparing, "fit_encoder", leaking)
    with pytest.raises(LeakageError, match="TRN001"):
        prepare(rows, columns_of("x"), model=quick())


def test_categories_are_those_of_the_training_rows_only(quick: Callable[..., ModelConfig]) -> None:
    jobs = np.array(["cook", "clerk"] * 120, dtype=object)
    jobs[200:] = "pilot"
    prepared = prepare(
        rows_of(240, job=pa.array(jobs.tolist())), columns_of("job", kind=CATEGORY), model=quick()
    )
    assert prepared.encoder.specs[0].categories == ("clerk", "cook")
    test = prepared.sides["test"].matrix
    assert (test[-20:] == 0).all()


def test_rare_categories_and_those_beyond_the_bound_are_unknown() -> None:
    jobs = ["cook"] * 30 + ["clerk"] * 15 + ["nurse"] * 12 + ["pilot"] * 3
    rows = rows_of(60, job=pa.array(jobs))
    policy = EncodingPolicy(min_rows=10, max_categories=2, high_cardinality=OneHotPolicy())
    fitted = fit_encoder(rows, columns_of("job", kind=CATEGORY), policy=policy)
    assert fitted.specs[0].categories == ("clerk", "cook")


def test_features_without_information_are_left_out_and_each_is_told() -> None:
    rows = rows_of(
        60,
        nulls=pa.nulls(60, pa.float64()),
        constant=np.full(60, 3.0),
        sometimes=pa.array([None, 1.0] * 30),
        words=pa.array(["same"] * 60),
        unique=pa.array([f"id-{number}" for number in range(60)]),
        kept=np.arange(60.0),
    )
    columns = (
        *columns_of("nulls", "constant", "sometimes", "kept"),
        *columns_of("words", "unique", kind=CATEGORY),
    )
    fitted = fit_encoder(rows, columns, policy=EncodingPolicy())
    assert [spec.name for spec in fitted.specs] == ["sometimes", "kept"]
    told = {finding.column: finding.code for finding in fitted.findings}
    assert told == {"nulls": "TRN002", "constant": "TRN003", "words": "TRN003", "unique": "TRN004"}


def test_infinite_values_count_as_null_and_are_told_with_their_number() -> None:
    values = np.arange(60.0)
    values[:3] = [np.inf, -np.inf, 1e300]
    rows = rows_of(60, ratio=values)
    fitted = fit_encoder(rows, columns_of("ratio"), policy=EncodingPolicy())
    (finding,) = fitted.findings
    assert (finding.code, finding.n_rows, finding.examples) == ("TRN005", 3, ("-inf", "1e+300", "inf"))
    assert np.isnan(fitted.encode(rows)[:3, 0]).all()


def test_no_feature_that_varies_is_an_error() -> None:
    rows = rows_of(60, constant=np.full(60, 3.0))
    with pytest.raises(TrainingError, match="of 1 feature none varies in the 60 training rows"):
        fit_encoder(rows, columns_of("constant"), policy=EncodingPolicy())


def test_what_is_fitted_is_float32(quick: Callable[..., ModelConfig]) -> None:
    prepared = prepare(rows_of(240, x=np.arange(240) / 7), columns_of("x"), model=quick())
    assert all(side.matrix.dtype == np.float32 for side in prepared.sides.values())


def test_the_fingerprint_changes_with_any_value_label_or_row(quick: Callable[..., ModelConfig]) -> None:
    values = np.arange(240.0)
    changed = values.copy()
    changed[7] += 0.5
    prints = [
        prepare(rows_of(240, x=column), columns_of("x"), model=quick(**more)).fingerprint
        for column, more in ((values, {}), (values, {}), (changed, {}), (values, {"positive": "good"}))
    ]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


@pytest.mark.parametrize(
    ("found", "task", "positive", "error", "told"),
    [
        (("a", "b", "c"), Task.BINARY, None, TrainingError, "two classes; the labels have 3: `a`, `b`, `c`"),
        (("a", "b"), Task.BINARY, "c", TrainingError, "positive class `c`; the classes are `a`, `b`"),
        (("a", "b"), Task.MULTICLASS, None, NotEnoughLabelsError, "needs three classes; the labels have 2"),
    ],
)
def test_classes_that_do_not_fit_the_task_are_refused(
    found: tuple[str, ...], task: Task, positive: str | None, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        order_classes(found, task, positive)


@pytest.mark.parametrize(("positive", "last"), [(None, "late"), ("good", "good"), ("late", "late")])
def test_the_positive_class_is_the_last(positive: str | None, last: str) -> None:
    assert order_classes(("good", "late"), Task.BINARY, positive)[-1] == last


def test_class_weights_are_those_scikit_learn_calls_balanced() -> None:
    drawn = np.random.default_rng(0).choice(3, size=200, p=[0.7, 0.2, 0.1])
    weights = row_weights(drawn, n_classes=3, imbalance=Imbalance.CLASS_WEIGHT)
    np.testing.assert_allclose(weights, compute_sample_weight("balanced", drawn))
    assert (row_weights(drawn, n_classes=3, imbalance=Imbalance.NONE) == 1).all()


def test_which_rows_they_are_depends_on_keys_and_times_and_on_no_feature() -> None:
    first, second = rows_of(60, x=np.arange(60.0)), rows_of(60, x=np.ones(60))
    assert first.fingerprint == second.fingerprint
    assert first.fingerprint != first.take(np.arange(60) != 3).fingerprint


CUTS = CutPolicy(quantiles=(0.4, 0.8), classes=("low", "medium", "high"))


def cut_rows(labels: np.ndarray) -> LabelledRows:
    return rows_of(len(labels), x=np.arange(float(len(labels))), label=labels)


def test_labels_of_validation_and_test_have_no_influence_on_the_cuts(
    quick: Callable[..., ModelConfig],
) -> None:
    rng = np.random.default_rng(3)
    prices = np.exp(rng.normal(12, 1, 240))
    model = quick(task="multiclass", positive=None)
    first = prepare(cut_rows(prices), columns_of("x"), model=model, cuts=CUTS)
    n_train = first.split.train.n_rows
    others = np.concatenate([prices[:n_train], rng.permutation(prices[n_train:] ** 1.02)])
    second = prepare(cut_rows(others), columns_of("x"), model=model, cuts=CUTS)
    assert first.cuts is not None
    assert first.cuts.edges == tuple(np.quantile(prices[:n_train], [0.4, 0.8]))
    assert second.cuts == first.cuts
    assert first.cuts.edges != tuple(np.quantile(prices, [0.4, 0.8]))
    assert (first.sides["train"].codes == second.sides["train"].codes).all()
    assert (first.sides["test"].codes != second.sides["test"].codes).any()
    assert first.classes == ("low", "medium", "high")
    shares = np.bincount(first.sides["train"].codes) / n_train
    np.testing.assert_allclose(shares, [0.4, 0.4, 0.2], atol=1 / n_train)


@pytest.mark.parametrize(("positive", "order"), [(None, ("low", "high")), ("low", ("high", "low"))])
def test_one_cut_makes_a_binary_task_whose_upper_class_is_positive_unless_told(
    quick: Callable[..., ModelConfig], positive: str | None, order: tuple[str, ...]
) -> None:
    policy = CutPolicy(values=(120.0,), classes=("low", "high"))
    labels = np.random.default_rng(0).uniform(0, 240, 240)
    prepared = prepare(cut_rows(labels), columns_of("x"), model=quick(positive=positive), cuts=policy)
    assert prepared.classes == order
    train = prepared.sides["train"]
    assert (train.codes == (train.rows.labels == order[1])).all()


@pytest.mark.parametrize("policy", [CUTS, CutPolicy(values=(1.0, 2.0), classes=("low", "medium", "high"))])
def test_labels_that_are_all_equal_train_nothing(
    quick: Callable[..., ModelConfig], policy: CutPolicy
) -> None:
    model = quick(task="multiclass", positive=None)
    with pytest.raises(NotEnoughLabelsError):
        prepare(cut_rows(np.full(240, 7.0)), columns_of("x"), model=model, cuts=policy)


def test_a_class_that_no_row_of_a_side_is_of_is_named(quick: Callable[..., ModelConfig]) -> None:
    policy = CutPolicy(values=(100.0, 1e9), classes=("low", "medium", "high"))
    with pytest.raises(NotEnoughLabelsError, match="train has 0 rows of class `high`"):
        prepare(
            cut_rows(np.random.default_rng(0).uniform(0, 200, 240)),
            columns_of("x"),
            model=quick(task="multiclass", positive=None),
            cuts=policy,
        )


def test_numbers_without_cuts_are_refused(quick: Callable[..., ModelConfig]) -> None:
    with pytest.raises(ProjectError, match="labels in the datamart are numbers"):
        prepare(cut_rows(np.arange(240.0)), columns_of("x"), model=quick())
