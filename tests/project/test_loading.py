from pathlib import Path

import pytest

from tenure.errors import ProjectError
from tenure.project import DuckDBConfig, SparkConfig, load_project

SMALL = """
project: small
sources:
  loans:
    path: data/loans.csv
    keys: [id]
    event_time: started
population: {select: "SELECT id, started AS event_time FROM loans"}
label: {select: "SELECT id, started AS event_time, bad AS label FROM loans", horizon: 1 month}
features:
  - source: loans
"""


def load(folder: Path, text: str):
    (folder / "tenure.yaml").write_text(text, encoding="utf-8")
    return load_project(folder)


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ProjectError) as caught:
        load(folder, text)
    return caught.value.problems


def engine(folder: Path, text: str):
    return load(folder, f"{SMALL}\nengine: {text}")[0].engine


@pytest.mark.parametrize("text", ["duckdb", "{name: duckdb}", "{threads: 1}"])
def test_duckdb_is_the_engine_where_no_other_is_named(tmp_path, text):
    assert engine(tmp_path, text) == load(tmp_path, SMALL)[0].engine == DuckDBConfig()


def test_spark_has_a_master_and_settings_of_its_own(tmp_path):
    assert engine(tmp_path, "spark") == SparkConfig(name="spark", master="local[*]")
    said = engine(tmp_path, "{name: spark, master: 'local[2]', settings: {spark.driver.memory: 4g}}")
    assert said.settings == {"spark.driver.memory": "4g"}


def test_a_cluster_needs_a_folder_that_its_machines_share(tmp_path):
    cluster = "{name: spark, master: 'spark://host:7077'"
    assert engine(tmp_path, f"{cluster}, folder: /shared/tenure}}").folder == "/shared/tenure"
    (problem,) = problems(tmp_path, f"{SMALL}\nengine: {cluster}}}")
    assert "`spark://host:7077` has machines of its own: state `folder`" in problem


@pytest.mark.parametrize("text", ["flink", "{name: spark, threads: 2}", "{name: spark, master: elsewhere}"])
def test_an_engine_that_is_none_and_settings_of_another_are_refused(tmp_path, text):
    (problem,) = problems(tmp_path, f"{SMALL}\nengine: {text}")
    assert "engine" in problem


def test_a_small_project_file_is_a_frozen_tree(tmp_path):
    project, root = load(tmp_path, SMALL)
    assert project.sources["loans"].keys == ("id",)
    assert root == tmp_path
    with pytest.raises(ValueError, match="frozen"):
        project.seed = 3


def test_every_problem_is_reported_at_once(tmp_path):
    text = SMALL.replace("keys: [id]", "kees: [id]").replace("horizon: 1 month", "horizon: soon")
    found = problems(tmp_path, text + "periode: month\n")
    told = "\n".join(found)
    assert "`sources.loans.keys` is missing" in told
    assert "`sources.loans.kees` is not a key; did you mean `keys`?" in told
    assert "`soon` is not a duration" in told
    assert "`periode` is not a key; did you mean `period`?" in told


def test_a_problem_has_its_line(tmp_path):
    line = next(n for n, text in enumerate(SMALL.splitlines(), 1) if "event_time: started" in text)
    found = problems(tmp_path, SMALL.replace("    event_time: started", "    evnt_time: started"))
    assert any(f"line {line}:" in problem for problem in found)


def test_a_key_given_twice_is_a_problem(tmp_path):
    assert any("given twice" in problem for problem in problems(tmp_path, SMALL + "project: other\n"))


def test_a_query_that_reads_no_source_is_a_problem(tmp_path):
    found = problems(tmp_path, SMALL.replace('FROM loans"}\nlabel', 'FROM lons"}\nlabel'))
    assert any("reads `lons`, which is not a source; did you mean `loans`?" in problem for problem in found)


def test_a_missing_sql_file_is_a_problem(tmp_path):
    found = problems(
        tmp_path, SMALL.replace('select: "SELECT id, started AS event_time FROM loans"', "sql: who.sql")
    )
    assert any("who.sql" in problem for problem in found)


def test_a_feature_block_of_an_unknown_source_is_a_problem(tmp_path):
    found = problems(tmp_path, SMALL.replace("- source: loans", "- source: loan"))
    assert found == ("features: there is no source `loan`; did you mean `loans`?",)


def test_what_is_wrong_with_feature_blocks_is_reported_with_everything_else(tmp_path):
    text = SMALL.replace('FROM loans"}\nlabel', 'FROM lons"}\nlabel').replace("    event_time: started\n", "")
    found = problems(tmp_path, text + "    windows: [3 months]\n  - source: clicks\n")
    assert len(found) == 3
    assert "reads `lons`, which is not a source" in found[0]
    assert "window `3 months` needs a time" in found[1]
    assert found[2] == "features: there is no source `clicks`; there is `loans`"


def test_variables_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("RAW_FOLDER", "/somewhere")
    text = SMALL.replace("data/loans.csv", "${RAW_FOLDER}/${NAME_OF_FILE:-loans}.csv")
    assert load(tmp_path, text)[0].sources["loans"].path == "/somewhere/loans.csv"


def test_a_variable_that_is_not_set_is_a_problem(tmp_path, monkeypatch):
    monkeypatch.delenv("RAW_FOLDER", raising=False)
    found = problems(tmp_path, SMALL.replace("data/", "${RAW_FOLDER}/"))
    assert any("RAW_FOLDER" in problem for problem in found)


def test_a_file_that_is_not_yaml_says_where(tmp_path):
    (tmp_path / "tenure.yaml").write_text("project: [unclosed\n")
    with pytest.raises(ProjectError, match=r"is not YAML.*line"):
        load_project(tmp_path)


def test_a_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(ProjectError, match="tenure init"):
        load_project(tmp_path)


def test_an_empty_file_says_what_is_missing(tmp_path):
    assert any("`project` is missing" in problem for problem in problems(tmp_path, ""))


def extend(folder: Path, text: str) -> Path:
    (folder / "tenure.yaml").write_text(
        SMALL + "model: {n_estimators: 40, min_labels: 50}\n", encoding="utf-8"
    )
    file = folder / "experiment.yaml"
    file.write_text("extends: tenure.yaml\n" + text, encoding="utf-8")
    return file


def test_a_file_that_extends_another_changes_only_what_it_says(tmp_path):
    project, _ = load_project(extend(tmp_path, "project: other\nmodel: {n_estimators: 60}\n"))
    assert (project.project, project.model.n_estimators, project.model.min_labels) == ("other", 60, 50)
    assert list(project.sources) == ["loans"]


def test_a_list_in_a_file_that_extends_another_takes_the_place_of_the_one_there(tmp_path):
    file = extend(tmp_path, "features:\n  - {source: loans, columns: [amount]}\n")
    project, _ = load_project(file)
    assert [block.columns for block in project.features] == [("amount",)]


def test_a_problem_in_an_extended_file_names_that_file(tmp_path):
    file = extend(tmp_path, "seed: -1\n")
    (tmp_path / "tenure.yaml").write_text(SMALL + "periode: month\n", encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        load_project(file)
    told = "\n".join(caught.value.problems)
    assert "of tenure.yaml: `periode` is not a key" in told
    assert "line 2: `seed`" in told


def test_files_that_extend_each_other_in_a_circle_are_refused(tmp_path):
    file = extend(tmp_path, "")
    (tmp_path / "tenure.yaml").write_text("extends: experiment.yaml\n", encoding="utf-8")
    with pytest.raises(ProjectError, match="extend each other"):
        load_project(file)


def with_cuts(cuts, model=""):
    text = SMALL.replace("horizon: 1 month}", f"horizon: 1 month, cuts: {cuts}" + "}")
    return f"{text}model: {{{model}}}\n"


def test_cuts_say_how_many_classes_there_are_and_the_task_must_fit(tmp_path):
    three = "{quantiles: [0.4, 0.8], classes: [low, medium, high]}"
    told = problems(tmp_path, with_cuts(three))
    assert any("makes 3 classes: `model.task` must be multiclass, and is binary" in one for one in told)
    assert load(tmp_path, with_cuts(three, "task: multiclass"))[0].label.cuts.quantiles == (0.4, 0.8)


def test_the_positive_class_is_one_of_those_cut(tmp_path):
    two = "{values: [100], classes: [low, high]}"
    told = problems(tmp_path, with_cuts(two, "positive: hihg"))
    assert any(
        "`model.positive` (hihg) is no class of `label.cuts`; did you mean `high`?" in one for one in told
    )
    assert load(tmp_path, with_cuts(two, "positive: low"))[0].model.positive == "low"


DATABASE = SMALL.replace("path: data/loans.csv", "database: {uri: URI, table: risk.loans}")


def test_the_address_of_a_database_stays_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("WAREHOUSE", "postgresql://user:do-not-tell@host/name")
    project, _ = load(tmp_path, DATABASE.replace("URI", '"${WAREHOUSE}"'))
    source = project.sources["loans"]
    assert (source.database.variable, source.place) == ("WAREHOUSE", "risk.loans of $WAREHOUSE")
    assert "do-not-tell" not in project.model_dump_json()


def test_a_project_loads_where_the_address_of_its_database_is_not_known(tmp_path, monkeypatch):
    monkeypatch.delenv("WAREHOUSE", raising=False)
    assert load(tmp_path, DATABASE.replace("URI", '"${WAREHOUSE}"'))


@pytest.mark.parametrize(
    "uri", ["'postgresql://user:do-not-tell@host/name'", "'${A}do-not-tell'", "[do-not-tell]"]
)
def test_an_address_in_the_project_file_is_refused_and_not_repeated(tmp_path, uri):
    (found,) = problems(tmp_path, DATABASE.replace("URI", uri))
    assert "must name an environment variable, as ${WAREHOUSE}" in found
    assert "do-not-tell" not in found


ONLINE = f"{SMALL}\nserve: {{features: online, online: ADDRESS}}\n"


@pytest.mark.parametrize(
    "address", ["sqlite", "redis://host:6379/0", "postgresql://host/name", "${FEATURE_STORE}"]
)
def test_the_address_of_an_online_store_is_kept_as_it_is_written(tmp_path, monkeypatch, address):
    monkeypatch.setenv("FEATURE_STORE", "redis://:do-not-tell@host")
    project, _ = load(tmp_path, ONLINE.replace("ADDRESS", f'"{address}"'))
    assert project.serve.online == address


@pytest.mark.parametrize(
    "address",
    ["redis://:do-not-tell@host/0", "postgresql://host/name?password=do-not-tell", "mysql://do-not-tell"],
)
def test_an_address_of_an_online_store_with_a_password_is_refused_and_not_repeated(tmp_path, address):
    (found,) = problems(tmp_path, ONLINE.replace("ADDRESS", f'"{address}"'))
    assert "`sqlite`, an address without user and password, or an environment variable" in found
    assert "do-not-tell" not in found


def test_a_source_lies_in_one_place(tmp_path):
    both = SMALL.replace("path: data/loans.csv", "path: data\n    database: {uri: '${W}', table: loans}")
    assert "give one of `path` and `database`" in problems(tmp_path, both)[0]
    neither = SMALL.replace("    path: data/loans.csv\n", "")
    assert "give one of `path` and `database`" in problems(tmp_path, neither)[0]
    double = DATABASE.replace("URI", "'${W}'").replace("risk.loans", "risk.loans, query: SELECT 1")
    assert "give one of `table` and `query`" in problems(tmp_path, double)[0]
