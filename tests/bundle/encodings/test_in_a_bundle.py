import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import tenure
from tenure.bundle import BundleSchema, Encoder, FeatureSpec, load_bundle
from tenure.bundle.columns import feature_columns
from tenure.bundle.encodings import HashedCategory, TargetShares, bucket_of
from tenure.domain.features import FeatureKind
from tenure.errors import BundleError, BundleIntegrityError
from tenure.testing import write_small_bundle
from tenure.testing.small_bundle import softmax_onnx
from tenure.training.encoding.embedded import fit_embedding
from tenure.training.encoding.policy import EmbeddingPolicy

CATEGORY, TEXT = FeatureKind.CATEGORY, FeatureKind.TEXT
STREETS = ("Bağdat Caddesi", "İstiklal", "Istiklal")
CITIES = TargetShares(("bad",), ("Ankara", "Muş", None), ((0.1,), (0.7,), (0.3,)), (0.4,))
SPECS = (
    FeatureSpec("age", FeatureKind.NUMBER),
    FeatureSpec("job", CATEGORY, ("cook", "clerk")),
    FeatureSpec("street", CATEGORY, (), HashedCategory(16_384, tuple(bucket_of(s, 16_384) for s in STREETS))),
    FeatureSpec(
        "city", CATEGORY, (), CITIES
    ),
    FeatureSpec(
        "note",
        TEXT,
        (),
        fit_embedding({"paid late": 3, "paid early": 2, "never": 1}, EmbeddingPolicy(dimensions=2)),
    ),
)  # fmt: skip
ROWS = pa.table(
    {
        "age": [1.0, None, 3.0, 4.0],
        "job": ["cook", "pilot", None, "clerk"],
        "street": ["İstiklal", "Istiklal", None, "a street never seen"],
        "city": ["Muş", "Atlantis", None, "Ankara"],
        "note": ["paid late", "paid lately", None, "~"],
    }
)
SOURCE = str(Path(tenure.__file__).parents[1])


@pytest.fixture
def bundle(tmp_path):
    width = Encoder(SPECS).width
    weights = np.column_stack([np.zeros(width), np.linspace(-1, 1, width)])
    write_small_bundle(tmp_path / "bundle", features=SPECS, onnx=softmax_onnx(weights))
    return load_bundle(tmp_path / "bundle")


def test_the_schema_that_is_read_is_the_one_that_was_written(bundle):
    assert bundle.schema.features == SPECS


def test_a_bundle_without_learned_encodings_has_no_file_of_them(tmp_path):
    write_small_bundle(tmp_path / "plain")
    assert not (tmp_path / "plain" / "encodings.json").exists()


def test_rows_by_themselves_are_encoded_as_rows_together_before_and_after_the_bundle(bundle):
    before = Encoder(SPECS).encode(feature_columns(ROWS, SPECS))
    after = Encoder(bundle.schema.features)
    np.testing.assert_array_equal(after.encode(feature_columns(ROWS, SPECS)), before)
    by_row = [after.encode_row(row)[0] for row in ROWS.to_pylist()]
    np.testing.assert_array_equal(np.array(by_row), before)


def test_unknown_values_and_nulls_are_what_each_encoding_says(bundle):
    matrix = Encoder(bundle.schema.features).encode(feature_columns(ROWS, SPECS))
    street, city, note = matrix[:, 3:6], matrix[:, 6], matrix[:, 7:]
    np.testing.assert_array_equal(street, [[0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(city, [0.7, 0.4, 0.3, 0.1], atol=1e-7)
    assert (note[2:] == 0).all()
    assert note[0] @ note[1] / np.linalg.norm(note[0]) / np.linalg.norm(note[1]) > 0.9


def test_a_clean_process_gives_the_same_answers_and_imports_nothing_heavy(bundle, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS.to_pylist()))
    command = [sys.executable, "-P", "-m", "tenure.bundle", str(bundle.folder), "--rows", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": SOURCE})
    answer = json.loads(done.stdout)
    np.testing.assert_allclose(answer["probabilities"], bundle.score(ROWS), atol=1e-7)
    assert answer["heavy_modules"] == []


def test_a_table_that_was_changed_is_refused(bundle):
    path = bundle.folder / "encodings.json"
    path.write_text(path.read_text().replace("0.7", "0.9"))
    with pytest.raises(BundleIntegrityError, match=r"encodings\.json"):
        load_bundle(bundle.folder)


def test_a_schema_whose_table_is_missing_or_of_an_unknown_method_is_no_schema(bundle):
    content = bundle.schema.to_json()
    with pytest.raises(BundleError, match="not complete"):
        BundleSchema.from_json(content)
    for part in content["features"]:
        if "encoding" in part:
            part["encoding"]["method"] = "magic"
    with pytest.raises(BundleError, match="magic"):
        BundleSchema.from_json(content, bundle.schema.encodings())


@pytest.mark.parametrize(
    "make",
    [
        lambda: FeatureSpec("x", FeatureKind.NUMBER, (), HashedCategory(8, (1,))),
        lambda: FeatureSpec("x", CATEGORY, ("a",), HashedCategory(8, (1,))),
        lambda: FeatureSpec("x", TEXT),
    ],
)
def test_specs_that_cannot_be_are_refused(make):
    with pytest.raises(BundleError, match="`x`"):
        make()
