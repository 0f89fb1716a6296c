from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from quality.asking import N_ROWS, N_WARM, folder_mb, microseconds
from quality.benchmark import report
from quality.scoring import lost, overran, scores, scores_of_files
from quality.sets import SETS


def measured(system, auc, f1=0.5, *, metric="roc_auc", budget_s=60):
    return {
        "set": "cs611",
        "budget_s": budget_s,
        "system": system,
        "metric": metric,
        "scores": {"auc": auc, "f1": f1},
        "wall_s": {"train": 61.0},
        "cpu_s": {"train": 118.0},
        "peak_mb": 900.0,
        "size_mb": 1.5,
        "one_row_us": [1000.0, 2000.0, 3000.0],
        "load": 0.5,
        "won": "lightgbm",
    }


def test_the_auc_of_three_classes_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    shares = rng.dirichlet([1, 1, 1], 200)
    labels = np.array(["a", "b", "c"])[rng.integers(0, 3, 200)]
    expected = roc_auc_score(labels, shares, multi_class="ovr", labels=["a", "b", "c"])
    assert scores(labels, dict(zip("abc", shares.T, strict=True)))["auc"] == pytest.approx(expected)


def test_the_auc_of_two_classes_is_the_same_from_either():
    said = np.array([0.1, 0.8, 0.4, 0.6])
    labels = ["no", "yes", "yes", "no"]
    found = scores(labels, {"no": 1 - said, "yes": said})
    assert found["auc"] == pytest.approx(roc_auc_score([0, 1, 1, 0], said))


def test_the_order_in_which_a_system_names_the_classes_does_not_matter():
    said = {"a": [0.7, 0.2, 0.1], "b": [0.2, 0.7, 0.3], "c": [0.1, 0.1, 0.6]}
    turned = dict(reversed(said.items()))
    assert scores(["a", "b", "c"], said) == scores(["a", "b", "c"], turned)


def test_only_test_rows_are_scored(tmp_path):
    rows = {"label": ["no", "no", "yes"], "side": ["train", "test", "test"]}
    pq.write_table(pa.table(rows), tmp_path / "rows.parquet")
    pq.write_table(pa.table({"no": [0.9, 0.2], "yes": [0.1, 0.8]}), tmp_path / "answers.parquet")
    assert scores_of_files(tmp_path / "rows.parquet", tmp_path / "answers.parquet") == {"auc": 1.0, "f1": 1.0}


def test_a_fit_that_took_longer_than_its_budget_is_told_of_the_product_alone():
    late = {"wall_s": {"train": 73.0}}
    told = overran([measured("tenure", 0.8), measured("tenure", 0.8) | late, measured("flaml", 0.8) | late])
    assert list(told) == ["cs611 in 60 s: the fit took 73 s"]


def test_a_peer_that_does_better_is_told():
    told = list(lost([measured("tenure", 0.93), measured("autogluon", 0.94), measured("flaml", 0.92)]))
    assert told == ["cs611 in 60 s: AUC 0.9300, of autogluon 0.9400"]


def test_what_was_searched_for_decides_who_does_better():
    ours, peer = measured("tenure", 0.93, 0.82, metric="f1"), measured("flaml", 0.95, 0.81, metric="f1")
    assert list(lost([ours, peer])) == []


def test_budgets_are_compared_with_their_own():
    assert list(lost([measured("tenure", 0.93), measured("flaml", 0.95, budget_s=300)])) == []


def test_the_report_has_a_line_for_every_measurement_ours_first():
    told = report([measured("flaml", 0.92), measured("tenure", 0.93)])
    lines = [line for line in told.body.splitlines() if line.startswith("| cs611")]
    assert [line.split(" | ")[1] for line in lines] == ["tenure", "flaml"]
    assert "| 2 |" in lines[0]  # the median of one, two and three milliseconds
    assert told.failures == ()


def test_rows_asked_to_warm_up_do_not_count():
    asked = []
    assert len(microseconds(asked.append, list(range(1000)))) == N_ROWS
    assert asked == list(range(N_WARM + N_ROWS))


def test_the_size_of_a_folder_is_that_of_all_files_below(tmp_path):
    (tmp_path / "native").mkdir()
    (tmp_path / "model").write_bytes(b"x" * 1000)
    (tmp_path / "native" / "model").write_bytes(b"x" * 2000)
    assert folder_mb(tmp_path) == pytest.approx(0.003)


def test_every_set_has_its_settings():
    assert [each.settings.is_file() for each in SETS] == [True] * len(SETS)
