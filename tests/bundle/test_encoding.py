import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import OneHotEncoder

from tenure.bundle import Encoder, FeatureSpec, encode, encoded_names
from tenure.bundle.blocks import BLOCK_ROWS
from tenure.bundle.columns import coded_columns, feature_columns
from tenure.domain.features import FeatureKind
from tenure.errors import BundleError

NUMBER, CATEGORY = FeatureKind.NUMBER, FeatureKind.CATEGORY
JOBS = ("doctor", "lawyer", "İşçi")
JOB = FeatureSpec("job", CATEGORY, JOBS)
X = FeatureSpec("x", NUMBER)


def test_categories_become_the_columns_that_scikit_learn_makes_of_them():
    rng = np.random.default_rng(3)
    values = rng.choice([*JOBS, "unknown"], size=200).astype(object)
    expected = OneHotEncoder(categories=[list(JOBS)], handle_unknown="ignore", sparse_output=False)
    np.testing.assert_array_equal(
        encode({"job": values}, [JOB]), expected.fit_transform(values.reshape(-1, 1))
    )


def test_unknown_and_null_categories_are_zero_in_every_column():
    matrix = encode({"job": np.array(["nurse", None, float("nan"), ""], dtype=object)}, [JOB])
    assert not matrix.any()


def test_numbers_that_float32_cannot_hold_are_null_and_others_are_rounded_as_float32():
    values = np.array([1.1, np.nan, np.inf, -np.inf, 1e39, -1e39, 3.4e38, 1e-46])
    (row,) = encode({"x": values}, [X]).T
    assert row.dtype == np.float32
    assert row[0] == np.float32(1.1)
    assert np.isnan(row[1:6]).all()
    assert row[6] == np.float32(3.4e38)
    assert row[7] == 0


def test_null_among_objects_integers_and_booleans_are_numbers():
    columns = {"a": np.array([1, None], dtype=object), "b": np.array([3, 4]), "c": np.array([True, False])}
    matrix = encode(columns, [FeatureSpec(name, NUMBER) for name in "abc"])
    np.testing.assert_array_equal(matrix, np.array([[1, 3, 1], [np.nan, 4, 0]], np.float32))


def test_columns_follow_the_specs_whatever_the_order_and_number_of_columns():
    columns = {"z": np.array([9.0]), "job": np.array(["lawyer"], object), "x": np.array([5.0])}
    specs = (X, JOB)
    np.testing.assert_array_equal(encode(columns, specs), [[5, 0, 1, 0]])
    np.testing.assert_array_equal(encode(columns, specs[::-1]), [[0, 1, 0, 5]])
    assert encoded_names(specs) == ("x", "job=doctor", "job=lawyer", "job=İşçi")


def test_a_feature_without_a_column_is_an_error_that_names_it():
    with pytest.raises(BundleError, match="`job`"):
        encode({"x": np.array([1.0])}, [X, JOB])
    with pytest.raises(BundleError, match="`x`"):
        Encoder([X]).encode_row({})


def test_text_in_a_number_is_an_error_that_names_the_feature():
    with pytest.raises(BundleError, match="`x`"):
        encode({"x": np.array(["12", "a"], object)}, [X])
    with pytest.raises(BundleError, match="`x`"):
        Encoder([X]).encode_row({"x": "12"})


def test_columns_of_different_length_are_an_error():
    with pytest.raises(BundleError, match="differ in length"):
        encode({"x": np.zeros(2), "job": np.array(["a"], object)}, [X, JOB])


@pytest.mark.parametrize(
    "make", [lambda: FeatureSpec("x", NUMBER, ("a",)), lambda: FeatureSpec("j", CATEGORY, ("a", "a"))]
)
def test_a_spec_that_cannot_be_is_refused(make):
    with pytest.raises(BundleError):
        make()


values = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.integers(-(2**40), 2**40))
words = st.one_of(st.none(), st.sampled_from([*JOBS, "nurse", ""]))


@given(st.lists(st.tuples(values, words), max_size=20))
def test_rows_by_themselves_in_numpy_and_from_arrow_are_encoded_alike(rows):
    numbers = [None if x is None else float(x) for x, _ in rows]
    jobs = [job for _, job in rows]
    encoder = Encoder([X, JOB])
    whole = encoder.encode({"x": np.array(numbers, object), "job": np.array(jobs, object)})
    table = pa.table({"job": pa.array(jobs, pa.string()), "x": pa.array(numbers, pa.float64())})
    by_arrow = encoder.encode(feature_columns(table, encoder.specs))
    by_row = [encoder.encode_row({"x": x, "job": job})[0] for x, job in zip(numbers, jobs, strict=True)]
    np.testing.assert_array_equal(by_arrow, whole)
    np.testing.assert_array_equal(np.reshape(by_row, (-1, encoder.width)), whole)


def test_arrow_columns_of_any_slice_and_chunking_are_read_where_they_lie():
    numbers = [None if i % 3 == 0 else float(i) for i in range(40)]
    jobs = [None if i % 5 == 0 else JOBS[i % 3] for i in range(40)]
    table = pa.concat_tables(
        [
            pa.table({"x": numbers, "job": jobs}).slice(3, 20),
            pa.table({"x": numbers, "job": jobs}).slice(25, 9),
            pa.table({"x": numbers, "job": jobs}).slice(0, 0),
        ]
    )
    found = feature_columns(table.slice(2, 25), [X, JOB])
    expected = (numbers[3:23] + numbers[25:34])[2:27]
    np.testing.assert_array_equal(found["x"], [math.nan if x is None else x for x in expected])
    assert found["job"].tolist() == (jobs[3:23] + jobs[25:34])[2:27]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1, None], pa.int32()), [1, math.nan]),
        (pa.array([True, None]), [1, math.nan]),
        (pa.array([None, None], pa.null()), [math.nan, math.nan]),
        (pa.array([1.5, 2.5], pa.float32()), [1.5, 2.5]),
    ],
)
def test_arrow_numbers_of_any_kind_are_numbers(column, expected):
    np.testing.assert_array_equal(feature_columns(pa.table({"x": column}), [X])["x"], expected)


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["doctor", None, "nurse"], pa.large_string()),
        pa.array(["doctor", None, "nurse"]).dictionary_encode(),
    ],
)
def test_arrow_text_of_any_kind_is_text(column):
    assert feature_columns(pa.table({"job": column}), [JOB])["job"].tolist() == ["doctor", None, "nurse"]


def test_an_arrow_column_of_the_wrong_kind_is_an_error_that_names_it():
    for column in (pa.array(["1", "2"]), pa.array([[1.0], [2.0]])):
        with pytest.raises(BundleError, match="`x`"):
            feature_columns(pa.table({"x": column}), [X])


def test_texts_are_read_alike_whether_plain_or_as_dictionaries_that_differ_by_chunk():
    plain = pa.chunked_array([["doctor", None, "x"], ["lawyer", "doctor"], [None]])
    coded = pa.chunked_array([chunk.dictionary_encode() for chunk in plain.chunks])
    repeated = pa.DictionaryArray.from_arrays([0, 3, 2, 1, 4, 3], ["doctor", "lawyer", "x", None, "doctor"])
    tables = [pa.table({"job": column}) for column in (plain, coded, repeated)]
    matrices = [Encoder([JOB]).encode(coded_columns(table, [JOB])) for table in tables]
    expected = [[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]]
    for matrix in matrices:
        np.testing.assert_array_equal(matrix, expected)


@pytest.mark.parametrize("n_rows", [0, 1, BLOCK_ROWS, BLOCK_ROWS + 1, 2 * BLOCK_ROWS - 1])
def test_blocks_are_the_matrix_cut_into_pieces(n_rows):
    rng = np.random.default_rng(n_rows)
    numbers = rng.choice([1.5, np.nan, np.inf, 1e39, -2.0], size=n_rows)
    jobs = rng.choice([*JOBS, "unknown", None], size=n_rows)
    encoder = Encoder([JOB, X])
    columns = {"job": jobs, "x": numbers}
    blocks = [block.copy() for block in encoder.blocks(columns)]
    expected = np.zeros((n_rows, 4), np.float32)
    for place, job in enumerate(JOBS):
        expected[:, place] = jobs == job
    expected[:, 3] = [value if abs(value) < 1e38 else np.nan for value in numbers]
    np.testing.assert_array_equal(np.concatenate([np.empty((0, 4)), *blocks]), expected)
    np.testing.assert_array_equal(encoder.encode(columns), expected)
