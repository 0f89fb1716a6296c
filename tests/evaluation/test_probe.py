import numpy as np
import pyarrow as pa
import pytest

from tenure.bundle import load_bundle
from tenure.evaluation.probe import read_answer, run_probe
from tenure.testing import write_small_bundle

ROWS = pa.table({"x0": [0.0, 1.0, None]})
EXPECTED = np.array([[0.5, 0.5], [0.25, 0.75]])


def answer(**changes):
    told = {"heavy_modules": [], "probabilities": EXPECTED.tolist(), "latency_ms": {"p99": 0.1}}
    return {**told, **changes}


@pytest.fixture
def bundle(tmp_path):
    write_small_bundle(tmp_path / "bundle")
    return load_bundle(tmp_path / "bundle")


def test_a_sound_bundle_answers_in_a_clean_process_with_its_latency(bundle):
    probe = run_probe(bundle.folder, ROWS, bundle.score(ROWS))
    assert probe.answered, probe.message
    assert 0 < probe.latency_ms < 1000


def test_a_bundle_that_cannot_be_loaded_there_does_not_answer_and_says_why(bundle):
    (bundle.folder / "model.onnx").write_bytes(b"")
    probe = run_probe(bundle.folder, ROWS, bundle.score(ROWS))
    assert not probe.answered
    assert "model.onnx" in probe.message


def test_other_answers_than_here_are_no_answer(bundle):
    probe = run_probe(bundle.folder, ROWS, bundle.score(ROWS) + 1e-3)
    assert not probe.answered
    assert "0.001" in probe.message


def test_needing_a_heavy_package_is_no_answer():
    probe = read_answer(answer(heavy_modules=["mlflow", "scipy"]), EXPECTED)
    assert not probe.answered
    assert "mlflow" in probe.message
    assert read_answer(answer(heavy_modules=["scipy"]), EXPECTED).answered


def test_rounding_of_float32_is_the_same_answer():
    assert read_answer(answer(), EXPECTED + 5e-7).answered
    assert not read_answer(answer(), EXPECTED + 5e-6).answered


def test_fewer_answers_than_rows_are_no_answer():
    assert not read_answer(answer(probabilities=[[0.5, 0.5]]), EXPECTED).answered


def test_no_rows_are_answered_without_a_latency(bundle):
    probe = run_probe(bundle.folder, ROWS.slice(0, 0), bundle.score(ROWS.slice(0, 0)))
    assert probe.answered
    assert probe.latency_ms is None
