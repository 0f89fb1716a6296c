import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from tenure.bundle import BundleSchema, FeatureSpec, load_bundle, write_bundle
from tenure.bundle.manifest import sha256_of
from tenure.domain.evaluations import Task
from tenure.domain.features import FeatureKind
from tenure.errors import BundleError, BundleIntegrityError
from tenure.testing import softmax_onnx, write_small_bundle

WEIGHTS = np.array([[0.0, 0.5], [0.0, 1.0], [0.0, -1.0], [0.0, 0.25]])
ROWS = pa.table(
    {
        "income": [1.0, 2.0, None, 0.0],
        "job": ["doctor", "lawyer", None, "nurse"],
        "age": [1.0, None, float("inf"), -2.0],
    }
)


@pytest.fixture
def write(schema, tmp_path):
    def write_to(name="bundle", **changes):
        parts = {
            "schema": schema,
            "onnx": softmax_onnx(WEIGHTS),
            "native": {"model.json": b"{}", "trees/0.txt": b"leaf"},
            "profile": {"age": {"mean": np.float64(1.5), "counts": np.array([1, 2])}},
            "metrics": {"roc_auc": float("nan")},
            "provenance": {"seed": 7},
        }
        return write_bundle(tmp_path / name, **{**parts, **changes})

    return write_to


def test_a_bundle_answers_with_the_softmax_of_its_encoded_rows(write, tmp_path):
    write()
    age, job, income = np.array([1, 0, 0, -2.0]), np.array([1.0, -1.0, 0, 0]), np.array([1, 2, 0, 0.0])
    odds = 0.5 * age + job + 0.25 * income
    expected = 1 / (1 + np.exp(-odds))
    found = load_bundle(tmp_path / "bundle").score(ROWS)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, np.column_stack([1 - expected, expected]), atol=1e-6)


def test_a_row_by_itself_gets_the_answer_it_gets_among_others(write, tmp_path):
    write()
    bundle = load_bundle(tmp_path / "bundle")
    one_by_one = [bundle.score_row(row) for row in ROWS.to_pylist()]
    np.testing.assert_allclose(one_by_one, bundle.score(ROWS), atol=1e-7)


def test_no_rows_get_no_answers(write, tmp_path):
    write()
    assert load_bundle(tmp_path / "bundle").score(ROWS.slice(0, 0)).shape == (0, 2)


def test_a_score_at_the_threshold_is_positive(write, tmp_path):
    write()
    bundle = load_bundle(tmp_path / "bundle")
    assert bundle.classify(np.array([[0.6, 0.4], [0.61, 0.39]])).tolist() == ["bad", "good"]


def test_of_several_classes_the_likeliest_is_chosen_and_the_first_of_equals(tmp_path):
    write_small_bundle(tmp_path / "b", classes=("low", "mid", "high"))
    probabilities = np.array([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]])
    assert load_bundle(tmp_path / "b").classify(probabilities).tolist() == ["mid", "low"]


def test_everything_written_comes_back(write, schema, tmp_path):
    identity = write()
    bundle = load_bundle(tmp_path / "bundle", sha256=identity)
    assert bundle.schema == schema
    assert bundle.profile == {"age": {"mean": 1.5, "counts": [1, 2]}}
    assert bundle.metrics == {"roc_auc": None}
    assert bundle.provenance == {"seed": 7}
    assert [path.read_bytes() for path in bundle.native] == [b"{}", b"leaf"]


def test_the_same_content_has_the_same_identity_and_the_same_bytes(write, tmp_path):
    assert write("one") == write("two")
    one, two = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two


def test_the_identity_is_the_hash_of_the_manifest_and_the_manifest_hashes_every_other_file(write, tmp_path):
    identity = write()
    folder = tmp_path / "bundle"
    content = (folder / "manifest.json").read_bytes()
    assert identity == sha256_of(content)
    listed = {path: entry["sha256"] for path, entry in json.loads(content)["files"].items()}
    there = {
        path.relative_to(folder).as_posix(): sha256_of(path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert listed == there


@pytest.mark.parametrize(
    "change", [{"metrics": {"a": 1}}, {"native": {}}, {"provenance": {}}, {"onnx": softmax_onnx(WEIGHTS + 1)}]
)
def test_other_content_has_another_identity_and_takes_the_place(write, tmp_path, change):
    before = write()
    after = write(**change)
    assert before != after
    assert load_bundle(tmp_path / "bundle").sha256 == after
    assert sorted(p.name for p in tmp_path.iterdir()) == [".lock", "bundle"]


def test_writing_what_is_there_touches_nothing(write, tmp_path):
    write()
    before = (tmp_path / "bundle").stat()
    write()
    assert (tmp_path / "bundle").stat().st_ino == before.st_ino


def test_writing_over_a_harmed_bundle_heals_it(write, tmp_path):
    identity = write()
    (tmp_path / "bundle" / "model.onnx").write_bytes(b"")
    assert write() == identity
    load_bundle(tmp_path / "bundle")


@pytest.mark.parametrize(
    "name",
    ["model.onnx", "schema.json", "profile.json", "metrics.json", "provenance.json", "native/trees/0.txt"],
)
def test_a_single_changed_bit_is_refused_and_the_file_is_named(write, tmp_path, name):
    write()
    path = tmp_path / "bundle" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleIntegrityError, match=name):
        load_bundle(tmp_path / "bundle")


def test_a_missing_file_is_refused_and_named_even_without_verifying(write, tmp_path):
    write()
    (tmp_path / "bundle" / "profile.json").unlink()
    with pytest.raises(BundleIntegrityError, match=r"profile\.json"):
        load_bundle(tmp_path / "bundle", verify=False)


def test_a_file_that_is_not_in_the_manifest_is_refused_and_named(write, tmp_path):
    write()
    (tmp_path / "bundle" / "native" / "more.bin").write_bytes(b"x")
    with pytest.raises(BundleIntegrityError, match=r"more\.bin"):
        load_bundle(tmp_path / "bundle")


def test_a_link_in_the_place_of_a_file_is_refused(write, tmp_path):
    write()
    model = tmp_path / "bundle" / "model.onnx"
    outside = tmp_path / "outside.onnx"
    model.rename(outside)
    model.symlink_to(outside)
    with pytest.raises(BundleIntegrityError, match=r"model\.onnx"):
        load_bundle(tmp_path / "bundle")


@pytest.mark.parametrize("path", ["../outside.onnx", "/etc/passwd", "a/../../b", "a\\b", ""])
def test_a_manifest_that_leads_outside_is_refused(write, tmp_path, path):
    write()
    manifest = tmp_path / "bundle" / "manifest.json"
    content = json.loads(manifest.read_bytes())
    content["files"][path] = {"sha256": "0" * 64, "n_bytes": 0}
    manifest.write_text(json.dumps(content))
    with pytest.raises(BundleIntegrityError, match="not a file of the bundle"):
        load_bundle(tmp_path / "bundle")


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../../evil", ""])
def test_a_native_file_cannot_leave_the_bundle(write, tmp_path, name):
    with pytest.raises(BundleError, match="native"):
        write(native={name: b"x"})
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"files": {"model.onnx": 1}}'])
def test_a_manifest_that_is_none_is_refused(write, tmp_path, content):
    write()
    (tmp_path / "bundle" / "manifest.json").write_bytes(content)
    with pytest.raises(BundleIntegrityError, match="manifest"):
        load_bundle(tmp_path / "bundle")


def test_a_folder_that_is_no_bundle_says_so(tmp_path):
    with pytest.raises(BundleIntegrityError, match="no bundle"):
        load_bundle(tmp_path)


def test_a_whole_bundle_that_is_another_than_registered_is_refused(write, tmp_path):
    write()
    with pytest.raises(BundleIntegrityError, match="not 000000000000"):
        load_bundle(tmp_path / "bundle", sha256="0" * 64)


def test_a_model_that_is_no_onnx_is_an_error(write, tmp_path):
    write(onnx=b"not a model")
    with pytest.raises(BundleError, match="no model that can be run"):
        load_bundle(tmp_path / "bundle")


def test_a_model_of_another_width_than_its_schema_is_an_error(write, tmp_path):
    write(onnx=softmax_onnx(np.zeros((3, 2))))
    with pytest.raises(BundleError, match="4 columns"):
        load_bundle(tmp_path / "bundle")


def test_a_model_of_another_number_of_classes_is_an_error_when_it_answers(write, tmp_path):
    write(onnx=softmax_onnx(np.zeros((4, 3))))
    with pytest.raises(BundleError, match="shape"):
        load_bundle(tmp_path / "bundle").score(ROWS)


def test_a_model_that_answers_nan_is_an_error_that_counts_the_rows(write, tmp_path):
    write(onnx=softmax_onnx(WEIGHTS, bias=[np.nan, 0.0]))
    with pytest.raises(BundleError, match="4 of 4 rows"):
        load_bundle(tmp_path / "bundle").score(ROWS)


def test_a_table_without_a_feature_is_an_error_that_names_it(write, tmp_path):
    write()
    with pytest.raises(BundleError, match="`income`"):
        load_bundle(tmp_path / "bundle").score(ROWS.drop_columns(["income"]))


def test_what_json_cannot_hold_is_refused_before_anything_is_written(write, tmp_path):
    with pytest.raises(BundleError, match="set"):
        write(metrics={"a": {1, 2}})
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": None},
        {"classes": ("only",)},
        {"classes": ("same", "same")},
        {"classes": ("a", "b", "c")},
        {"task": Task.MULTICLASS},
        {"features": ()},
        {"features": (FeatureSpec("a", FeatureKind.NUMBER),) * 2},
    ],
)
def test_a_schema_that_contradicts_itself_is_refused(schema, change):
    with pytest.raises(BundleError, match="schema of a bundle of `loans`"):
        replace(schema, **change)


def test_a_schema_of_another_format_or_with_a_part_missing_is_refused(schema):
    content = schema.to_json()
    assert BundleSchema.from_json(content) == schema
    with pytest.raises(BundleError, match="format 99"):
        BundleSchema.from_json({**content, "format": 99})
    with pytest.raises(BundleError, match="classes"):
        BundleSchema.from_json({name: part for name, part in content.items() if name != "classes"})


def test_a_bundle_can_be_read_by_others(write, tmp_path):
    write()
    assert (tmp_path / "bundle").stat().st_mode & 0o755 == 0o755
