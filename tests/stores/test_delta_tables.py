import subprocess
import sys
import textwrap
from datetime import date

import pyarrow as pa
import pytest

from tenure.errors import StoreError
from tenure.stores.delta import DeltaStore
from tenure.stores.duckdb import DuckDBEngine

JAN, FEB = date(2024, 1, 1), date(2024, 2, 1)


@pytest.fixture
def store(tmp_path):
    return DeltaStore(tmp_path)


def test_the_content_hash_does_not_depend_on_order_or_on_how_often_it_was_written(store):
    rows = pa.table({"a": [1, 2, 2], "b": ["x", None, None]})
    store.replace("gold/t", rows, as_of=JAN)
    first = store.content_hash("gold/t")
    store.replace("gold/t", rows.take([2, 0, 1]), as_of=JAN)
    assert store.content_hash("gold/t") == first
    store.replace("gold/t", rows.slice(0, 2), as_of=JAN)
    assert store.content_hash("gold/t") != first


def test_the_content_hash_sees_which_period_a_row_is_in(store, tmp_path):
    other = DeltaStore(tmp_path / "other")
    store.replace("gold/t", pa.table({"a": [1]}), as_of=JAN)
    other.replace("gold/t", pa.table({"a": [1]}), as_of=FEB)
    assert store.content_hash("gold/t") != other.content_hash("gold/t")


def test_null_is_not_the_empty_text_in_the_content_hash(store):
    store.replace("gold/t", pa.table({"a": [""]}), as_of=JAN)
    empty = store.content_hash("gold/t")
    store.replace("gold/t", pa.table({"a": pa.array([None], pa.string())}), as_of=JAN)
    assert store.content_hash("gold/t") != empty


def test_column_names_may_hold_spaces_dots_and_turkish_letters(store):
    names = ["oda sayısı", "a.b", "İlçe;{}"]
    store.replace("bronze/t", pa.table({name: [1] for name in names}), as_of=JAN)
    engine = DuckDBEngine()
    assert engine.arrow(engine.scan(store.snapshot("bronze/t"))).column_names[:3] == names


def test_a_column_whose_type_changed_is_an_error_and_the_table_is_as_it_was(store):
    store.replace("bronze/t", pa.table({"a": [1]}), as_of=JAN)
    with pytest.raises(StoreError, match="bronze/t"):
        store.replace("bronze/t", pa.table({"a": [["x"]]}), as_of=FEB)
    assert store.periods("bronze/t") == (JAN,)


def test_a_stream_that_breaks_off_writes_nothing(store):
    schema = pa.schema([("a", pa.int64())])

    def batches():
        yield pa.record_batch([pa.array([1])], schema=schema)
        raise pa.ArrowInvalid("the source broke off")

    store.replace("bronze/t", pa.table({"a": [7]}), as_of=JAN)
    with pytest.raises(StoreError):
        store.replace("bronze/t", pa.RecordBatchReader.from_batches(schema, batches()), as_of=JAN)
    assert store.read("bronze/t")["a"].to_pylist() == [7]


def test_a_table_that_does_not_exist_says_what_to_run(store):
    with pytest.raises(StoreError, match="does not exist") as caught:
        store.snapshot("gold/none")
    assert "tenure run" in caught.value.hint


def test_a_process_killed_in_the_middle_of_a_write_leaves_the_table_whole(store, tmp_path):
    store.replace("bronze/t", pa.table({"a": [1, 2, 3]}), as_of=JAN)
    script = textwrap.dedent("""
        import os, signal, sys
        from datetime import date
        import pyarrow as pa
        from tenure.stores.delta import DeltaStore

        schema = pa.schema([("a", pa.int64())])

        def batches():
            for number in range(1000):
                if number == 500:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield pa.record_batch([pa.array(range(10_000))], schema=schema)

        reader = pa.RecordBatchReader.from_batches(schema, batches())
        DeltaStore(sys.argv[1]).replace("bronze/t", reader, as_of=date(2024, 1, 1))
    """)
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert done.returncode == -9
    fresh = DeltaStore(tmp_path)
    assert fresh.read("bronze/t")["a"].to_pylist() == [1, 2, 3]
    assert fresh.replace("bronze/t", pa.table({"a": [9]}), as_of=JAN).n_rows == 1
    assert fresh.read("bronze/t")["a"].to_pylist() == [9]


def test_a_table_of_one_period_takes_the_types_it_is_written_with_again(store):
    """Delta would keep the text and write the numbers as words."""
    store.replace("silver/t", pa.table({"a": ["1"], "b": ["x"]}), as_of=JAN)
    store.replace("silver/t", pa.table({"a": [1.5], "b": ["x"]}), as_of=JAN)
    assert store.read("silver/t")["a"].to_pylist() == [1.5]
    assert store.periods("silver/t") == (JAN,)
    store.replace("silver/t", pa.table({"a": [2.5], "b": ["y"]}), as_of=FEB)
    assert store.periods("silver/t") == (JAN, FEB)
