from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

import tenure
from tenure.bundle import is_audited, load_bundle, split_of
from tenure.domain.artefacts import Audit
from tenure.domain.findings import Finding, Severity, found
from tenure.domain.models import Candidate
from tenure.domain.tables import FEATURES, LABELS
from tenure.errors import LeakageError, NotEnoughLabelsError, TrainingError
from tenure.ports import Silent
from tenure.stats.evaluate import Outcomes
from tenure.stats.profile import Profile
from tenure.training import candidate as candidate_module
from tenure.training.algorithms import Checkpoints
from tenure.training.algorithms.space import defaults
from tenure.training.algorithms.spaces import SPACES
from tenure.training.candidate import Fitted, Trials, fit_best, search
from tenure.training.config import AlgorithmName, ModelConfig
from tenure.training.curves import curves_of, write_curves
from tenure.training.environment import environment_sha256
from tenure.training.preparing import Prepared, prepare
from tenure.training.rows import LabelledRows, load_labelled_rows
from tenure.training.study import TrialResult
from tenure.training.workshop import Workshop

AS_OF = date(2024, 1, 1)
Made = tuple[Any, Candidate]


@pytest.fixture(scope="module")
def trained(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> Made:
    bench = make_bench(lender())
    model = quick(algorithms=["random_forest", "logistic_regression"], imbalance="class_weight")
    return bench, bench.train(model, jobs=2)


def bundle_of(bench: Any, candidate: Candidate) -> Any:
    return load_bundle(bench.registry.bundle(candidate.version.version))


def test_the_candidate_is_registered_at_staging_with_its_bundle(trained: Made) -> None:
    bench, candidate = trained
    assert bench.registry.staging() == candidate.version
    bundle = bundle_of(bench, candidate)
    assert bundle.sha256 == candidate.version.bundle_sha256
    assert bundle.schema.classes == candidate.classes == ("good", "late")
    assert bundle.schema.threshold == candidate.threshold
    assert candidate.max_export_difference < 1e-5


def test_the_bundle_scores_gold_rows_as_well_as_the_candidate_says(trained: Made) -> None:
    bench, candidate = trained
    bundle = bundle_of(bench, candidate)
    test = split_of(bundle.provenance).test
    rows = bench.store.read(FEATURES).sort_by("customer")
    labels = bench.store.read(LABELS).sort_by("customer")["label"].to_pylist()
    days = np.array([time.date() for time in rows["event_time"].to_pylist()])
    mine = (days >= test.first) & (days <= test.last)
    score = bundle.score(rows)[mine][:, 1]
    late = np.array(labels)[mine] == "late"
    assert mine.sum() == test.n_rows == candidate.split.test.n_rows
    assert roc_auc_score(late, score) == pytest.approx(candidate.test.value("roc_auc"))
    assert bundle.metrics["test"]["roc_auc"] == candidate.test.value("roc_auc")
    assert candidate.test.value("roc_auc") > 0.65


def test_the_best_algorithm_on_validation_is_taken(trained: Made) -> None:
    _, candidate = trained
    first, second = candidate.trials
    assert candidate.algorithm == first.algorithm
    assert first.validation_score >= second.validation_score
    assert {trial.algorithm for trial in candidate.trials} == {"random_forest", "logistic_regression"}
    validation = next(e for e in candidate.evaluations if e.rows == "validation")
    assert validation.value("roc_auc") == pytest.approx(first.validation_score, abs=1e-9)


def test_features_that_say_nothing_are_left_out_with_a_finding(trained: Made) -> None:
    _, candidate = trained
    assert candidate.features == ("income", "debt", "age", "job", "ratio")
    told = {finding.column: finding.code for finding in found(candidate.findings)}
    assert told == {"nothing": "TRN002", "always": "TRN003", "ratio": "TRN005"}


def test_the_reference_profile_has_features_of_train_and_scores_of_rows_not_fitted_on(trained: Made) -> None:
    bench, candidate = trained
    profile = Profile.from_json(bundle_of(bench, candidate).profile, classes=candidate.classes)
    assert sum(profile.numbers["income"].counts) == candidate.split.train.n_rows
    held_out = candidate.split.validation.n_rows + candidate.split.test.n_rows
    assert sum(profile.scores["late"].counts) == profile.n_rows == held_out
    assert sum(profile.importance.values()) == pytest.approx(1)
    assert set(profile.importance) == set(candidate.features)


def test_provenance_tells_split_audit_rows_seed_and_versions(trained: Made) -> None:
    bench, candidate = trained
    provenance = bundle_of(bench, candidate).provenance
    assert split_of(provenance) == candidate.split
    assert is_audited(provenance)
    assert provenance["encoder_fitted_on"] == provenance["rows"]["train"]
    assert provenance["seed"] == 7
    assert set(provenance["versions"]) >= {"tenure", "scikit-learn", "xgboost", "lightgbm"}


def test_the_tracker_is_told_code_packages_and_versions_of_the_tables(trained: Made) -> None:
    bench, _ = trained
    (run,) = bench.tracker.runs
    assert run.tags["tenure"] == tenure.__version__
    assert run.tags["environment_sha256"] == environment_sha256()
    assert int(run.tags["features_version"]) <= bench.store.version(FEATURES)
    assert int(run.tags["labels_version"]) == bench.store.version(LABELS)


def test_a_table_written_again_with_the_same_rows_makes_the_same_bundle(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> None:
    bench = make_bench(lender())
    first = bench.train(quick())
    before = bench.store.version(FEATURES)
    assert bench.train(quick()) == first
    assert bench.store.version(FEATURES) > before


def test_every_trial_parameter_metric_and_curve_goes_to_the_tracker(trained: Made) -> None:
    bench, candidate = trained
    (run,) = bench.tracker.runs
    assert run.finished
    assert len(run.children) == 4
    assert all(child.metrics["score"] for child in run.children)
    assert "max_depth" in run.children[0].parameters
    assert run.metrics["test_roc_auc"] == [(0, candidate.test.value("roc_auc"))]
    assert {path.name for _, path in run.files} >= {"curves", "metrics.json"}
    assert ("checkpoints" in {folder for folder, _ in run.files}) == (candidate.algorithm == "random_forest")


def test_training_again_changes_nothing(trained: Made, quick: Callable[..., ModelConfig]) -> None:
    bench, candidate = trained
    model = quick(algorithms=["random_forest", "logistic_regression"], imbalance="class_weight")
    assert bench.train(model) == candidate
    assert len(bench.registry.versions()) == 1
    assert len(bench.tracker.runs) == 1


def test_nothing_but_bundles_and_studies_is_left_behind(trained: Made) -> None:
    bench, _ = trained
    assert not [path for path in bench.models.rglob("*") if path.suffix in {".npy", ".checkpoint", ".part"}]
    assert not [path for path in bench.folder.rglob("*") if path.suffix in {".pkl", ".pickle", ".joblib"}]


def test_another_folder_and_another_number_of_processes_make_the_same_bundle(
    trained: Made,
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
) -> None:
    bench, candidate = trained
    other = make_bench(lender())
    model = quick(algorithms=["random_forest", "logistic_regression"], imbalance="class_weight")
    assert other.folder != bench.folder
    assert other.train(model, jobs=1) == candidate  # the version holds the sha256


def prepared_of(bench: Any, model: ModelConfig) -> Prepared:
    gold = bench.gold()
    rows = load_labelled_rows(gold.columns, gold.keys, as_of=AS_OF, store=bench.store, engine=bench.engine)
    return prepare(rows, gold.columns, model=model)


def one_trial(name: AlgorithmName) -> Trials:
    return {name: (TrialResult(0, defaults(SPACES[name]), 0.7, 0.1),)}


@pytest.mark.parametrize("rule", [{"maximise": "f1"}, {"min_recall": 0.7}])
def test_labels_of_test_rows_change_neither_model_nor_threshold(
    rule: dict[str, object],
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
    tmp_path: Path,
) -> None:
    model, bench = quick(threshold=rule), make_bench(lender())
    honest = prepared_of(bench, model)
    test = honest.sides["test"]
    names = np.array(honest.classes, dtype=object)[1 - test.codes]
    rows = test.rows.table.set_column(
        test.rows.table.column_names.index("label"), "label", pa.array(names.tolist())
    )
    turned = replace(test, rows=LabelledRows(rows, test.rows.keys), codes=1 - test.codes)
    first, second = (
        fit_best(
            replace(honest, sides={**honest.sides, "test": side}),
            one_trial(AlgorithmName.XGBOOST),
            Workshop(tmp_path, name),
            model=model,
            seed=7,
        )
        for name, side in (("honest", test), ("turned", turned))
    )
    assert first.threshold == second.threshold
    assert first.exported == second.exported
    assert first.evaluations[:2] == second.evaluations[:2]
    auc, turned_auc = (fitted.evaluations[2].value("roc_auc") for fitted in (first, second))
    assert auc == pytest.approx(1 - turned_auc)


def test_tuning_processes_are_never_shown_a_test_row(
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = quick()
    prepared = prepared_of(make_bench(lender()), model)
    monkeypatch.setattr(candidate_module, "tune", lambda tasks, **_: tasks)
    workshop = Workshop(tmp_path, "shown")
    search(prepared, workshop, model=model, seed=7, jobs=1, progress=Silent())
    shown = {file.stem: np.load(file) for file in workshop.arrays.glob("*.npy")}
    fitted, compared = prepared.sides["train"], prepared.sides["validation"]
    assert set(shown) == {"matrix", "codes", "weights", "directions", "validation", "validation_codes"}
    np.testing.assert_array_equal(shown["matrix"], fitted.matrix)
    np.testing.assert_array_equal(shown["validation"], compared.matrix)
    np.testing.assert_array_equal(shown["validation_codes"], compared.codes)


def test_a_label_known_after_the_period_is_not_used(
    make_bench: Callable[..., Any], lender: Callable[..., Any]
) -> None:
    bench = make_bench(lender())
    gold = bench.gold()

    def load(as_of: date) -> LabelledRows:
        return load_labelled_rows(
            gold.columns, gold.keys, as_of=as_of, store=bench.store, engine=bench.engine
        )

    rows = load(AS_OF)
    assert rows.n_rows == 480
    assert rows.label_known_at.max() == np.datetime64("2024-01-01")  # that very day counts
    labels = bench.store.read(LABELS).drop(["as_of"])
    place = labels.column_names.index("known_at")
    evening = pa.array(
        [datetime(2024, 1, 2) if i % 4 == 0 else datetime(2024, 1, 1, 23, 59) for i in range(480)]
    )
    bench.store.replace(LABELS, labels.set_column(place, "known_at", evening), as_of=AS_OF)
    assert load(AS_OF).n_rows == 360
    assert load(date(2024, 1, 2)).n_rows == 480


def test_three_classes_go_the_same_way(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> None:
    bench = make_bench(lender(n_classes=3))
    model = quick(
        task="multiclass", positive=None, algorithms=["xgboost"], tuning={"trials": 2, "metric": "log_loss"}
    )
    candidate = bench.train(model)
    assert candidate.classes == ("good", "late", "lost")
    assert candidate.threshold is None
    assert candidate.test.value("roc_auc") > 0.6
    scores = bundle_of(bench, candidate).score(bench.store.read(FEATURES))
    assert scores.shape == (480, 3)


def test_errors_of_the_audit_train_nothing(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> None:
    bench = make_bench(lender())
    leak = Finding("LEAK003", Severity.ERROR, "`clicks` alone predicts the label")
    with pytest.raises(LeakageError, match="1 error in the rows of 2024-01-01: LEAK003"):
        bench.train(quick(), audit=Audit(AS_OF, (leak,)))
    assert bench.registry.versions() == ()


def test_too_few_labels_are_told_with_both_numbers(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> None:
    bench = make_bench(lender(n_months=3))
    with pytest.raises(
        NotEnoughLabelsError, match="120 labelled rows are known by 2024-01-01; 200 are needed"
    ):
        bench.train(quick())


def test_one_class_only_is_told(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> None:
    bench = make_bench(lender())
    rows = bench.store.read(LABELS).drop(["as_of"])
    place = rows.column_names.index("label")
    one = rows.set_column(place, "label", pa.array(["good"] * rows.num_rows))
    bench.store.replace(LABELS, one, as_of=AS_OF)
    with pytest.raises(NotEnoughLabelsError, match="of one class, `good`"):
        bench.train(quick(positive="good"))


def test_a_positive_class_that_no_label_has_is_told(
    make_bench: Callable[..., Any], lender: Callable[..., Any], quick: Callable[..., ModelConfig]
) -> None:
    bench = make_bench(lender())
    with pytest.raises(TrainingError, match="positive class `default`; the classes are `good`, `late`"):
        bench.train(quick(positive="default"))


class Killed(BaseException):
    """Stands for a signal: nothing catches it."""


def test_a_training_cut_off_while_it_fits_goes_on_from_its_checkpoints(
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    save = Checkpoints.save

    def dies(self: Checkpoints, n_done: int, state: bytes) -> None:
        save(self, n_done, state)
        raise Killed

    model = quick()
    prepared = prepared_of(make_bench(lender()), model)

    def fit(name: str) -> Fitted:
        trials = one_trial(AlgorithmName.RANDOM_FOREST)
        return fit_best(prepared, trials, Workshop(tmp_path, name), model=model, seed=7)

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "save", dies)
        with pytest.raises(Killed):
            fit("cut")
    (kept,) = tmp_path.rglob("*.checkpoint")
    assert kept.stem == "000020"
    whole, resumed = fit("whole"), fit("cut")
    assert whole.exported == resumed.exported
    assert whole.evaluations == resumed.evaluations


def test_curves_are_tables_that_agree_with_the_metrics(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    score = rng.random(3000)
    codes = (rng.random(3000) < score).astype(np.int64)
    write_curves(tmp_path, curves_of(Outcomes(codes, np.column_stack([1 - score, score])), ("a", "b")))
    assert {file.name for file in tmp_path.iterdir()} == {
        "roc.csv",
        "precision_recall.csv",
        "threshold.csv",
        "calibration.csv",
    }
    roc = np.loadtxt(tmp_path / "roc.csv", delimiter=",", skiprows=1)
    assert len(roc) == 500
    area = np.trapezoid(roc[:, 1], roc[:, 0])
    assert area == pytest.approx(roc_auc_score(codes, score), abs=1e-3)
    three = curves_of(Outcomes(codes, rng.dirichlet([1, 1, 1], size=3000)), ("a", "b / c", "d"))
    assert "roc_b---c" in three


def test_the_record_of_metrics_is_json(trained: Made) -> None:
    bench, candidate = trained
    record = json.loads((bundle_of(bench, candidate).folder / "metrics.json").read_text())
    low, high = record["intervals"]["test"]["roc_auc"]
    assert low < record["test"]["roc_auc"] < high
    assert record["rows"]["test"]["n_rows"] == candidate.split.test.n_rows


def test_a_refit_learns_from_validation_too_and_chooses_nothing_anew(
    make_bench: Callable[..., Any],
    lender: Callable[..., Any],
    quick: Callable[..., ModelConfig],
    tmp_path: Path,
) -> None:
    prepared = prepared_of(make_bench(lender()), quick())
    trials = one_trial(AlgorithmName.XGBOOST)
    once, twice = (
        fit_best(prepared, trials, Workshop(tmp_path, str(refit)), model=quick(refit=refit), seed=7)
        for refit in (False, True)
    )
    assert twice.threshold == once.threshold
    assert twice.evaluations[1] == once.evaluations[1]  # validation: of the model that did not see it
    assert twice.exported != once.exported
    sizes = {name: len(side.codes) for name, side in prepared.sides.items()}
    debts = (fitted.profile.numbers["debt"] for fitted in (once, twice))
    assert [debt.n + debt.n_null for debt in debts] == [
        sizes["train"],
        sizes["train"] + sizes["validation"],
    ]
    assert (once.profile.n_rows, twice.profile.n_rows) == (sizes["validation"] + sizes["test"], sizes["test"])
