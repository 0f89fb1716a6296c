import re

import pytest
import yaml

from tenure.drafting import draft_project, render_draft
from tenure.drafting.render import CHOOSE
from tenure.drafting.yamltext import commented_out, entry, flow, with_comments
from tenure.errors import ProjectError
from tenure.project import load_project

MONTHS = [f"2024-{month:02d}-01" for month in range(1, 13)]
NASTY = [
    *(
        "a b",
        "a.b",
        "Oda Sayısı",
        "y: z",
        "# no",
        "'q'",
        '"dq"',
        "{x}",
        "[x]",
        "*x",
        "&x",
        "!x",
        "%x",
        "@x",
        "`x`",
    ),
    *("null", "yes", "1", "-", "? x", "l\nm", "tab\tx", "ünï\x07", "x" * 400, "{{ jinja }}", "$(x)", "${X"),
    *("a,b", "|", ">"),
]


@pytest.fixture
def people(csv_of):
    rows = [
        (f"C{n}", MONTHS[n % 12], f"{20 + n % 40}{'_' * (n % 7 == 0)}", ["Yes", "No", "NM"][n % 3])
        for n in range(300)
    ]
    return {"people.csv": csv_of(["customer_id", "start_date", "age", "answer"], rows)}


@pytest.fixture
def written(tmp_path):
    """Write rendered texts to a project's folder."""

    def write(texts):
        for path, text in texts.items():
            (tmp_path / "raw" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "raw" / path).write_text(text, encoding="utf-8")
        return tmp_path / "raw"

    return write


@pytest.mark.parametrize(
    "value", [*NASTY, 1, 1.5, 1e20, True, ["NM", "#x", "1"], {"a b": "c: d"}, -0.0, "İstanbul"]
)
def test_any_value_is_read_back_from_its_line(value):
    line = flow(value)
    assert "\n" not in line
    assert yaml.safe_load(line) == value
    assert yaml.safe_load(f"{entry('key', value)}  # comment") == {"key": value}


@pytest.mark.parametrize("name", NASTY)
def test_any_text_is_read_back_as_a_key(name):
    assert yaml.safe_load(f"{entry(name, [1])}  # comment") == {name: [1]}


@pytest.mark.parametrize("comment", ["two\nlines", "bell\x07", "nul\x00", "\u2028x", "x" * 5_000])
def test_any_comment_stays_a_comment(comment):
    (line,) = with_comments([("a: 1", comment)])
    assert len(line.splitlines()) == 1
    assert yaml.safe_load(line) == {"a": 1}


def test_what_is_commented_out_is_what_it_was_without_the_marks():
    lines = ["  - source: a", "    columns: [b]", "    windows: [all]"]
    assert [line.replace("# ", "", 1) for line in commented_out(lines)] == lines


def test_the_file_says_what_the_draft_says(draft, people):
    found = draft(people)
    data = yaml.safe_load(render_draft(found)["tenure.yaml"])
    source = found.source("people")
    assert data["project"] == found.project
    assert data["sources"]["people"]["path"] == "people.csv"
    assert tuple(data["sources"]["people"]["keys"]) == source.keys
    assert data["sources"]["people"]["event_time"] == source.key.event_time
    assert data["sources"]["people"]["columns"] == {
        "age": {"type": "integer", "strip": "_"},
        "answer": {"type": "category", "null_values": ["NM"]},
    }
    assert data["features"] == [{"source": "people"}]


def test_a_draft_loads_and_its_rules_come_back(draft, people, written):
    found = draft(people)
    project, _ = load_project(written(render_draft(found)))
    for column in found.source("people").columns:
        if column.name in project.sources["people"].columns:
            assert project.sources["people"].columns[column.name] == column.rule


def test_every_guess_has_a_comment_with_what_was_seen(drafted_yaml, people):
    text = drafted_yaml(people)
    assert "# 300 rows, 300 different values" in text
    assert "# 2024-01-01 to 2024-12-01" in text
    for line in text.splitlines():
        if re.match(r" {6}\w", line):
            assert "#" in line, f"no comment: {line}"


def test_columns_with_any_name_can_be_drafted_and_loaded(draft, written):
    header = ",".join('"' + name.replace('"', '""') + '"' for name in ["loan_id", *NASTY])
    rows = "\n".join(",".join([f"L{n}", *(str(n % 5 + k) for k in range(len(NASTY)))]) for n in range(40))
    found = draft({"loans.csv": f"{header}\n{rows}\n"})
    texts = render_draft(found)
    data = yaml.safe_load(texts["tenure.yaml"])
    assert set(data["sources"]["loans"]["columns"]) == {c.name for c in found.source("loans").columns} - {
        "loan_id"
    }
    load_project(written(texts))


def test_values_that_look_like_yaml_come_back_as_values(draft, csv_of):
    rows = [
        (n, ["null", "~", "#N/A", "!@9#%8", "{}", "[]", "-", "*"][n % 8] if n % 4 == 0 else f"v{n % 3}")
        for n in range(160)
    ]
    data = yaml.safe_load(render_draft(draft({"a.csv": csv_of(["row_id", "x"], rows)}))["tenure.yaml"])
    nulls = data["sources"]["a"]["columns"]["x"]["null_values"]
    assert all(isinstance(value, str) for value in nulls)
    assert {"null", "{}"} <= set(nulls)


def test_personal_values_are_in_no_text(draft, csv_of):
    rows = [
        (f"C{n}", f"Person {n}", f"p{n}@mail.com", f"9{n:02d}-74-1218", f"0{n % 9 + 1}.0{n % 8 + 1}.1980")
        for n in range(60)
    ]
    texts = render_draft(
        draft({"a.csv": csv_of(["customer_id", "Name", "contact", "ssn", "birth_date"], rows)})
    )
    for text in texts.values():
        assert not re.search(r"Person \d|@mail|-74-1218|\.1980", text)


def test_an_open_time_format_is_refused_by_loading_until_it_is_stated(draft, csv_of, written):
    rows = [
        (f"L{n}", f"0{n % 9 + 1}/0{n % 8 + 1}/2024", f"0{n % 8 + 1}/0{n % 9 + 1}/2024") for n in range(100)
    ]
    texts = dict(render_draft(draft({"loans.csv": csv_of(["loan_id", "start_date", "paid_on"], rows)})))
    assert "choose the time format of `loans.start_date`" in texts["tenure.yaml"]
    assert "# time_format: '%d/%m/%Y'" in texts["tenure.yaml"]
    with pytest.raises(ProjectError) as caught:
        load_project(written(texts))
    problems = "\n".join(caught.value.problems)
    assert "`sources.loans.time_format`: `choose` is no time format" in problems
    assert "`sources.loans.columns.paid_on.format`: `choose` is no time format" in problems
    assert problems.count("line ") == 2
    texts["tenure.yaml"] = texts["tenure.yaml"].replace(f"format: {CHOOSE}", "format: '%d/%m/%Y'")
    project, _ = load_project(written(texts))
    assert project.sources["loans"].time_format == "%d/%m/%Y"


def test_a_source_without_keys_is_reported_by_loading(draft, written):
    with pytest.raises(ProjectError, match=r"`sources.a.keys` is missing"):
        load_project(written(render_draft(draft({"a.csv": "x,y\n1,2\n1,2\n3,2\n"}))))


def test_sources_left_out_stand_there_as_comments_that_could_be_used(draft, csv_of):
    texts = {
        "apps.csv": csv_of(["app_id", "target"], [(n, n % 2) for n in range(40)]),
        "words.csv": csv_of(["word", "meaning"], [("x", "a"), ("y", "b")]),
    }
    text = render_draft(draft(texts))["tenure.yaml"]
    assert set(yaml.safe_load(text)["sources"]) == {"apps"}
    block = [line.replace("# ", "", 1) for line in text.splitlines() if line.startswith("  # ")]
    assert yaml.safe_load("\n".join(block))["words"]["path"] == "words.csv"


def test_paths_are_seen_from_the_project(files, engine, people, tmp_path):
    found = draft_project(files(people), engine=engine)
    target = tmp_path / "projects" / "mine"
    data = yaml.safe_load(render_draft(found, target=target)["tenure.yaml"])
    assert data["project"] == "mine"
    assert (target / data["sources"]["people"]["path"]).resolve() == (
        tmp_path / "raw" / "people.csv"
    ).resolve()
