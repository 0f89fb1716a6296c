import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tenure
from tenure.bundle import FeatureSpec, load_bundle
from tenure.bundle.probe import HEAVY
from tenure.bundle.reasons import (
    Background,
    Boxes,
    Line,
    Link,
    Member,
    Parts,
    Wording,
    load_explainer,
    parts_to_files,
)
from tenure.bundle.reasons.written import EXPLAINER, parts_from_files
from tenure.domain.features import FeatureKind
from tenure.errors import BundleError, BundleIntegrityError
from tenure.testing import softmax_onnx, write_small_bundle

NAMES = ("x0", "x1")
BOXES = Boxes(
    box=np.array([0, 1, 1]),
    column=np.array([0, 0, 1]),
    low=np.array([0.5, -np.inf, -np.inf], np.float32),
    high=np.array([np.inf, 0.5, 0.25], np.float32),
    null=np.array([False, True, True]),
    values=np.array([[1.0, -1.0], [0.5, 0.25]]),
    intercept=np.array([0.125, 0.25]),
)
LINE = Line(np.array([[1.0], [2.0]]), np.array([[0.5], [0.0]]), np.array([-1.0]))
PARTS = Parts(
    (Member(0.25, Link.SHARES, BOXES), Member(0.75, Link.LOGISTIC, LINE)),
    Background(np.array([[1.0, np.nan], [0.25, 3.0]], np.float32), np.array([20, 40])),
    (Wording("debt", "ledger.debt", high="Debt is high"), Wording("age", "age")),
)
FILES = parts_to_files(PARTS, names=NAMES, columns=NAMES)


def parts(files=FILES):
    return parts_from_files(files.__getitem__, NAMES)


def test_parts_that_were_written_are_read_as_they_were():
    read = parts()
    boxes, line = (member.form for member in read.members)
    for name in ("box", "column", "low", "high", "null", "values", "intercept"):
        assert np.array_equal(getattr(boxes, name), getattr(BOXES, name)), name
    for name in ("slopes", "of_null", "intercept"):
        assert np.array_equal(getattr(line, name), getattr(LINE, name)), name
    assert np.array_equal(read.background.matrix, PARTS.background.matrix, equal_nan=True)
    assert read.background.weights == pytest.approx([1 / 3, 2 / 3])
    assert read.wordings == PARTS.wordings
    assert [(member.weight, member.link) for member in read.members] == [(0.25, "shares"), (0.75, "logistic")]


def test_the_same_parts_give_the_same_bytes():
    assert parts_to_files(PARTS, names=NAMES, columns=NAMES) == FILES


def test_a_file_of_another_format_or_without_a_feature_is_refused():
    content = json.loads(FILES[EXPLAINER])
    other = {**FILES, EXPLAINER: json.dumps({**content, "format": 2}).encode()}
    with pytest.raises(BundleError, match="format 2; this version reads 1"):
        parts(other)
    fewer = {**FILES, EXPLAINER: json.dumps({**content, "features": {}}).encode()}
    with pytest.raises(BundleError, match="x0"):
        parts(fewer)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "bundle"
    specs = tuple(FeatureSpec(name, FeatureKind.NUMBER) for name in NAMES)
    write_small_bundle(folder, features=specs, onnx=softmax_onnx([[0, 1], [0, 2]]), reasons=FILES)
    return folder


def test_files_that_were_changed_after_the_bundle_was_loaded_are_refused(folder):
    bundle = load_bundle(folder)
    (folder / EXPLAINER).write_bytes(b"{}")
    with pytest.raises(BundleIntegrityError, match="explainer"):
        load_explainer(bundle)


def test_another_bundle_in_the_folder_of_a_loaded_one_is_not_taken_for_it(folder):
    bundle = load_bundle(folder)
    write_small_bundle(folder)
    with pytest.raises(BundleIntegrityError, match="holds bundle"):
        load_explainer(bundle)


def test_a_clean_process_gives_the_same_reasons_and_imports_nothing_heavy(folder):
    code = """
import json, sys
from tenure.bundle import load_bundle
from tenure.bundle.reasons import load_explainer
found = load_explainer(load_bundle(sys.argv[1])).reasons({"x0": 3.0, "x1": 4.0})
print(json.dumps([[each.to_json() for each in found], sorted(sys.modules)]))
"""
    environment = {"PYTHONPATH": str(Path(tenure.__file__).parents[1]), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    reasons, modules = json.loads(done.stdout)
    here = load_explainer(load_bundle(folder)).reasons({"x0": 3.0, "x1": 4.0})
    assert reasons == [each.to_json() for each in here]
    assert not {name.partition(".")[0] for name in modules} & (HEAVY | {"onnx"})
