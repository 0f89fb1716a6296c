"""What is written for Spark, without a Spark: formats, queries, expressions."""

import importlib.util
import re
import sys
from pathlib import Path

import duckdb
import ibis
import pytest
import sqlglot

from tenure.errors import ProjectError
from tenure.stores.spark import session
from tenure.stores.spark.compiler import compile_query
from tenure.stores.spark.times import _PATTERNS, translate_format
from tenure.stores.spark.usersql import known_functions, translate

_SPEC = importlib.util.spec_from_file_location(
    "tenure_spark_questions", Path(__file__).with_name("questions.py")
)
questions = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = questions
_SPEC.loader.exec_module(questions)

SCHEMA = ibis.Schema.from_pyarrow(questions.ROWS.schema)
ROWS = ibis.table({"x": "float64", "n": "int64", "word": "string", "seen": "timestamp(6)"}, name="rows")


def translated(query):
    return translate(query, {"t": SCHEMA}, {"t": "view_1"})


@pytest.mark.parametrize("time_format", questions.FORMATS)
def test_text_that_duckdb_reads_by_a_format_fits_its_pattern_and_no_other_does_but_for_the_calendar(
    time_format,
):
    pattern = translate_format(time_format).pattern
    for text in questions.FORMATS[time_format]:
        (read,) = duckdb.execute("SELECT try_strptime(?, ?)", [text, time_format]).fetchone()
        fits = re.search(pattern, text) is not None
        assert fits or read is None, text
        if fits and read is None:
            assert any(
                odd in text
                for odd in (
                    "31/02",
                    "1341",
                    "24:00",
                    ":60",
                    "31, ",
                    "13:05",
                    "0:05",
                    "13/",
                    "1301",
                    "20241301",
                )
            ), text


@pytest.mark.parametrize("time_format", ["%d/%m/%Y %Z", "%U %Y", "%Y %Y", "%d/%m/%"])
def test_a_format_that_cannot_be_translated_is_refused_by_name(time_format):
    with pytest.raises(ProjectError, match=re.escape(time_format)) as caught:
        translate_format(time_format)
    assert "%Y" in caught.value.hint


@pytest.mark.parametrize("query", questions.QUERIES)
def test_a_query_that_is_let_through_is_one_of_spark(query):
    assert sqlglot.parse_one(translated(query), dialect="spark").find(sqlglot.exp.Table).name == "view_1"


def test_every_function_that_is_let_through_is_asked_of_both_engines():
    asked = " ".join(questions.QUERIES).lower()
    assert [name for name in known_functions() if f"{name}(" not in asked] == []


def test_the_guide_lists_what_is_let_through():
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "engines.md").read_text(encoding="utf-8")
    assert [name for name in known_functions() if f"`{name}`" not in guide] == []
    said = re.search(r"directives than `(.*?)`", guide)[1]
    for directive in said.split():
        translate_format(directive)
    assert set(said.split()) == {f"%{name}" for name in (*_PATTERNS, "%")}


@pytest.mark.parametrize("query", questions.REFUSED)
def test_what_nobody_has_compared_is_refused_and_named(query):
    with pytest.raises(ProjectError, match="the query has `"):
        translated(query)


def test_a_column_that_is_not_there_is_refused_before_spark_is_asked():
    with pytest.raises(ProjectError, match="no_such") as caught:
        translated("SELECT no_such FROM t")
    assert "word" in caught.value.hint


def test_quotients_within_quotients_are_each_infinite_by_zero():
    assert translated("SELECT x / y / n AS q FROM t").count("Infinity") == 3  # the inner one is written twice


def test_a_fraction_becomes_an_integer_as_its_type_is_rounded():
    assert "RINT(y)" in translated("SELECT CAST(y AS INTEGER) AS a FROM t")
    assert "ROUND(d)" in translated("SELECT CAST(d AS INTEGER) AS a FROM t")
    assert "CAST(word AS INT)" in translated("SELECT CAST(word AS INTEGER) AS a FROM t")


def test_nan_is_no_null():
    assert "ISNAN" not in compile_query(ROWS.filter(ROWS.x.isnull() | ROWS.x.notnull()))


def test_a_quotient_of_an_expression_is_infinite_by_zero_unless_it_cannot_be():
    assert "Infinity" in compile_query(ROWS.select(q=ROWS.x / ROWS.n))
    assert "Infinity" not in compile_query(ROWS.select(q=ROWS.x / 86_400))


def test_infinity_is_compared_with_as_a_double():
    assert "ABS(`t0`.`x`) = CAST('Infinity' AS DOUBLE)" in compile_query(ROWS.select(a=ROWS.x.isinf()))


def test_the_greatest_of_one_value_is_that_value():
    query = compile_query(ROWS.select(a=ibis.greatest(ROWS.x), b=ibis.least(ROWS.n), c=ibis.least(ROWS.n, 2)))
    assert "`t0`.`x` AS `a`, `t0`.`n` AS `b`, LEAST(`t0`.`n`, 2) AS `c`" in query


def test_blanks_that_spark_has_no_escape_for_are_written_as_they_are():
    query = compile_query(ROWS.select(word=ROWS.word.strip()))
    assert "\v" in query
    assert "\\v" not in query
    assert "\\n" in query


def test_timestamps_have_no_zone_and_a_truncated_date_is_a_date():
    query = compile_query(ROWS.select(a=ROWS.word.cast("timestamp(6)"), b=ROWS.seen.date().truncate("M")))
    assert "CAST(`t0`.`word` AS TIMESTAMP_NTZ)" in query
    assert query.count("AS DATE)") == 2


def test_a_setting_that_changes_what_expressions_mean_is_refused():
    with pytest.raises(ProjectError, match=r"spark\.sql\.ansi\.enabled"):
        session.start_session("local[1]", {"spark.sql.ansi.enabled": "false"})


def test_spark_that_is_not_installed_is_said_with_the_extra(monkeypatch):
    monkeypatch.setattr(session.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ProjectError, match="extra `spark`") as caught:
        session.start_session("local[1]")
    assert "Java 17" in caught.value.hint


def test_java_that_is_not_installed_is_said(monkeypatch):
    monkeypatch.setattr(session.importlib.util, "find_spec", lambda _: object())
    monkeypatch.setattr(session.shutil, "which", lambda _: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ProjectError, match="needs Java"):
        session.start_session("local[1]")
