"""What a project file may say under population, label and features, and what it is told when it is wrong."""

from __future__ import annotations

import ibis.expr.datatypes as dt
import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

from tenure.domain.durations import Duration
from tenure.domain.sources import Column, Source
from tenure.features import (
    CrossBlock,
    FeatureBlock,
    Population,
    SourceBlock,
    SqlBlock,
    feature_problems,
)
from tenure.features.checking import schema_problems
from tenure.features.selection import select_inputs
from tenure.features.window import Window

BLOCK = TypeAdapter(FeatureBlock)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ({"source": "clicks", "windows": ["3 months", "all"]}, SourceBlock),
        ({"cross": ["Occupation", "Credit_Mix"]}, CrossBlock),
        ({"sql": "sql/ratios.sql"}, SqlBlock),
        ({"select": "SELECT 1", "point_in_time": False}, SqlBlock),
    ],
)
def test_a_block_is_told_by_its_keys(written, kind):
    assert type(BLOCK.validate_python(written)) is kind


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"sorce": "clicks"}, "sorce"),
        ({"windows": ["all"]}, "a feature block has one of the keys"),
        ({"source": "clicks", "windows": ["3 moons"]}, "`3 moons` is not a duration"),
        ({"source": "clicks", "windows": ["0 days"]}, "is an empty window"),
        ({"source": "clicks", "aggregates": ["median"]}, "'count', 'mean', 'std'"),
        ({"cross": ["Occupation"]}, "at least 2"),
        ({"sql": "SELECT 1"}, "write the query itself under `select`"),
        ({"sql": "a.sql", "select": "SELECT 1"}, "give one of `sql`"),
    ],
)
def test_a_wrong_block_is_refused_with_what_was_expected(written, message):
    with pytest.raises(ValidationError, match=message):
        BLOCK.validate_python(written)


def test_a_window_is_written_as_it_is_read():
    block = SourceBlock(source="s", windows=("3 months", "2 weeks", "all"))
    assert block.windows == (Window(Duration(3)), Window(Duration(0, 14)), Window())
    assert BLOCK.validate_json(block.model_dump_json()) == block


def test_a_query_is_given_once():
    with pytest.raises(ValidationError, match="give one of `sql`"):
        Population()
    assert Population(sql="sql/applications.sql").event_time == "event_time"


def test_the_name_of_a_query_block_is_that_of_its_file():
    assert (SqlBlock(sql="sql/ratios.sql").name, SqlBlock(select="SELECT 1").name) == ("ratios", "select")


CLICKS = Source(path="k", keys=("id", "t"), event_time="t", columns={"ssn": Column(pii=True)})
STATIC = Source(path="s", keys=("id",))


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (SourceBlock(source="click"), "no source `click`; did you mean `clicks`"),
        (SourceBlock(source="clicks", through="statc"), "no source `statc`; did you mean `static`"),
        (SourceBlock(source="static", windows=("1 month",)), "window `1 month` needs a time"),
        (SourceBlock(source="static", aggregates=("trend",)), "`trend` needs a time"),
        (SourceBlock(source="clicks", windows=("7 days", "1 week")), "two windows are called `7d`"),
        (SourceBlock(source="clicks", columns=("ssn",)), "`ssn` is marked `pii`"),
        (SqlBlock(select="SELECT 1", through={"clicks": "nothing"}), "no source `nothing`"),
    ],
)
def test_problems_are_seen_without_any_data(block, message):
    problems = feature_problems([block], {"clicks": CLICKS, "static": STATIC})
    assert len(problems) == 1
    assert message in problems[0]


def test_a_source_may_not_be_called_like_a_table_of_queries():
    problems = feature_problems([SqlBlock(select="SELECT 1")], {"features": STATIC})
    assert problems == (
        "source `features` has the name of a table that SQL features read; call it something else",
    )


@pytest.fixture
def schema(engine):
    names = ["id", "t", "ssn", *(f"fe_{n}" for n in range(1, 13)), "AMT_A", "AMT_B", "a[1]"]
    return dict(engine.table(pa.table({name: pa.array([], pa.float64()) for name in names})).schema().items())


def chosen(schema, **block):
    made = select_inputs(SourceBlock(source="s", **block), source=CLICKS, schema=schema, keys=("id",))
    return [item.column for item in made.inputs], made.problems


def test_columns_are_named_by_ranges_and_patterns(schema):
    assert chosen(schema, columns=("fe_1", "...", "fe_4"))[0] == ["fe_1", "fe_2", "fe_3", "fe_4"]
    assert chosen(schema, columns=("AMT_*", "fe_12"))[0] == ["AMT_A", "AMT_B", "fe_12"]
    assert chosen(schema, columns=("fe_*",), exclude=("fe_1*",))[0] == [f"fe_{n}" for n in range(2, 10)]
    assert chosen(schema, columns=("a[*",))[0] == ["a[1]"]


def test_a_block_without_columns_takes_all_but_keys_times_and_pii(schema):
    assert chosen(schema)[0] == [name for name in schema if name not in {"id", "t", "ssn"}]


def test_text_without_a_rule_is_never_a_feature_and_naming_it_is_a_problem(schema):
    with_text = schema | {"fe_13": dt.string, "OutstandingDebt": dt.string}
    assert chosen(with_text) == chosen(schema)
    assert chosen(with_text, columns=("fe_*",)) == chosen(schema, columns=("fe_*",))
    problems = chosen(with_text, columns=("fe_1", "OutstandingDebt"))[1]
    assert len(problems) == 1
    assert "`s.OutstandingDebt` is text that `sources.s.columns` has no `type` for" in problems[0]


def test_a_pattern_that_names_nothing_is_a_problem_and_one_that_names_pii_skips_it(schema):
    assert chosen(schema, columns=("fe_1", "zz*"))[1][0].startswith(
        "`columns` of source block `s` names `zz*`"
    )
    assert chosen(schema, columns=("ss*", "fe_1")) == (["fe_1"], ())
    assert "`s.ssn` is marked `pii`" in chosen(schema, columns=("ssn",))[1][0]
    assert "`exclude` of source block" in chosen(schema, exclude=("nope",))[1][0]


def test_a_table_of_words_under_a_rule_for_numbers_is_a_problem(schema):
    source = Source(path="s", keys=("id",), event_time="t", columns={"AMT_A": Column(type="number")})
    found = schema_problems(
        [SourceBlock(source="s")],
        sources={"s": source},
        schemas={"s": schema | {"AMT_A": dt.string}},
        population={"id": schema["id"], "event_time": dt.timestamp},
        keys=("id",),
    )
    assert len(found) == 1
    assert "`s.AMT_A` is text in the periods that have run and `number` in the project file" in found[0]
