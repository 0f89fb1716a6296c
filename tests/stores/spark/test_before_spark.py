"""What an engine on Spark does before Spark is asked: these run without Java and without PySpark."""

from datetime import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenure.domain.tables import RawTable
from tenure.errors import SourceError
from tenure.stores.duckdb import DuckDBEngine
from tenure.stores.spark import SparkEngine


@pytest.fixture
def engine():
    return SparkEngine("spark://nobody:1")


def test_a_raw_file_that_cannot_be_read_is_refused_in_the_words_of_the_other_engine(engine, tmp_path):
    (tmp_path / "loans.csv").write_text('id,x\n1,"a\n2,b\n')
    raw = RawTable("loans", (str(tmp_path / "loans.csv"),), "csv")
    said = []
    for each in (engine, DuckDBEngine()):
        with pytest.raises(SourceError) as caught:
            each.read_raw(raw)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "a quote is opened and not closed" in said[0]


def test_a_column_of_a_type_that_spark_has_not_is_named(engine, tmp_path):
    pq.write_table(pa.table({"id": [1], "opens": [time(9, 30)]}), tmp_path / "shops.parquet")
    raw = RawTable("shops", (str(tmp_path / "shops.parquet"),), "parquet")
    with pytest.raises(SourceError, match="source `shops`: column `opens` is time") as caught:
        engine.read_raw(raw)
    assert "timestamp" in caught.value.hint


def test_the_columns_of_raw_files_are_told_without_spark(engine, tmp_path):
    (tmp_path / "a.csv").write_text("id,x\n")
    assert engine.raw_columns(RawTable("s", (str(tmp_path / "a.csv"),), "csv")) == {"a.csv": ("id", "x")}
