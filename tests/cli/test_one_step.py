"""`tenure run --only STEP` and `tenure tune`: the loop, driven by somebody who starts each step by itself."""

from datetime import date

import pytest

from tenure.domain.tables import NOTIFICATIONS, RUNS
from tenure.flow import LOOP
from tenure.orchestration.airflow import ANNOUNCES

FIRST, SECOND, THIRD, FOURTH = "2024-05-01", "2024-06-01", "2024-07-01", "2024-08-01"
NAMES = [step.name for step in LOOP]


def everything(lender):
    """The content of every table but the ledger, which holds versions of tables."""
    store = lender.store
    return {table: store.content_hash(table) for table in store.tables() if table != RUNS}


def run_only(lender, name, day, *arguments):
    answer = lender.tenure("run", "--only", name, "--as-of", day, "--jobs", 1, *arguments)
    assert (name, answer.code) == (name, 0), answer.told
    return answer


def versions(lender):
    """How often each table was written."""
    store = lender.store
    return {table: store.version(table) for table in store.tables()}


def run_step_by_step(lender, day):
    """What each step printed to stdout."""
    said = {}
    for name in NAMES:
        if name == "train":
            tuned = lender.tenure("tune", "--algorithm", "decision_tree", "--as-of", day, "--jobs", 1)
            assert tuned.code == 0
            said["tune"] = tuned.out
        said[name] = run_only(lender, name, day).out
    return said


@pytest.fixture(scope="module")
def stepped(fresh, tmp_path_factory):
    """A project whose first period was run step by step, and what each step said."""
    lender = fresh.copy(tmp_path_factory.mktemp("stepped") / "project")
    return lender, run_step_by_step(lender, FIRST)


def rows(lender, table):
    """What a table has of the first period, in one order."""
    return sorted(map(repr, lender.store.read(table, until=date.fromisoformat(FIRST)).to_pylist()))


def test_a_period_step_by_step_makes_what_a_replay_makes(stepped, replay):
    lender, said = stepped
    tables = [table for table in lender.store.tables() if table not in {RUNS, NOTIFICATIONS}]
    assert {"gold/features", "gold/decisions", "gold/findings"} <= set(tables)
    assert [table for table in tables if rows(lender, table) != rows(replay.lender, table)] == []
    assert said["tune"].startswith("decision_tree: 1 trial, roc_auc 0.")
    assert said["promote"].startswith("promotion    version 1 takes office")
    assert all(said.values())


@pytest.mark.slow
def test_three_periods_step_by_step_make_the_tables_of_a_replay(stepped, replay, tmp_path):
    lender, _ = stepped
    longer = lender.copy(tmp_path / "project")
    said = {day: run_step_by_step(longer, day) for day in (SECOND, THIRD)}
    assert everything(longer) == everything(replay.lender)
    assert longer.tenure("status", "--json").json == replay.lender.tenure("status", "--json").json
    not_due = {day: [name for name, out in told.items() if not out] for day, told in said.items()}
    assert not_due == {SECOND: ["audit", "tune", "train", "judge", "promote"], THIRD: []}


def test_a_step_that_is_not_due_prints_nothing_says_so_beside_the_data_and_ends_well(lender):
    answer = run_only(lender, "train", SECOND)
    assert (answer.out, answer.told) == ("", f"{SECOND} train is not due")
    assert run_only(lender, "train", SECOND, "--json").json == {}
    tuned = lender.tenure("tune", "--algorithm", "decision_tree", "--as-of", SECOND)
    assert (tuned.code, tuned.out, tuned.told) == (0, "", f"{SECOND} no training is due")


def test_steps_run_again_print_the_same_and_write_nothing(stepped):
    lender, said = stepped
    before = versions(lender)
    for name in ("ingest", "build", "train", "promote", "report"):
        assert run_only(lender, name, FIRST).out == said[name]
    assert lender.tenure("tune", "--algorithm", "decision_tree", "--as-of", FIRST).out == ""
    assert versions(lender) == before


@pytest.mark.slow
def test_a_gold_table_is_announced_after_the_last_step_that_writes_it(fresh, tmp_path):
    lender, last = fresh.copy(tmp_path / "project"), {}
    for place, name in enumerate(NAMES):
        before = versions(lender)
        run_only(lender, name, FIRST)
        last |= {table: place for table, now in versions(lender).items() if before.get(table) != now}
    announced = {table: NAMES.index(name) for name, tables in ANNOUNCES.items() for table in tables}
    last.pop(NOTIFICATIONS, None)  # sending messages is no part of the loop
    gold = {table: place for table, place in last.items() if table.startswith("gold/")}
    assert gold.keys() <= announced.keys()
    assert [table for table, place in gold.items() if place > announced[table]] == []


def test_a_step_that_comes_too_early_is_refused_with_what_it_waits_for(untouched):
    run_only(untouched, "ingest", FIRST)
    answer = untouched.tenure("run", "--only", "clean", "--as-of", FIRST)
    assert (answer.code, answer.out) == (2, "")
    assert f"`clean` of {FIRST} comes after `validate`, and that has not run" in answer.told
    assert f"hint: `tenure run --as-of {FIRST} --only validate`" in answer.told


def test_a_period_does_not_begin_before_the_one_before_is_finished(lender):
    run_only(lender, "ingest", FOURTH)
    answer = lender.tenure("run", "--only", "ingest", "--as-of", "2024-09-01")
    assert (answer.code, answer.out) == (2, "")
    assert f"the one before, {FOURTH}, is not finished" in answer.told


def test_one_step_and_a_last_step_exclude_each_other(lender):
    answer = lender.tenure("run", "--only", "build", "--through", "build", "--as-of", FOURTH)
    assert answer.code == 2
    assert "--only and --through exclude each other" in " ".join(answer.err.replace("│", " ").split())


def test_a_step_that_refuses_the_rows_takes_the_period_back(lender):
    lender.source["columns"]["income"] |= {"between": [1000, 2000], "otherwise": "error"}
    lender.declare()
    lender.deliver(7, [("c7-0", "2024-07-03", 50, "Good", 0)])
    before = lender.hashes()
    run_only(lender, "ingest", FOURTH)
    answer = lender.tenure("run", "--only", "validate", "--as-of", FOURTH)
    assert (answer.code, answer.out) == (2, "")
    assert "validate stopped the period 2024-08-01" in answer.told
    assert lender.hashes() == before


def test_steps_go_on_after_a_training_that_waits_for_labels(untouched):
    untouched.declare(model={**untouched.project["model"], "min_class_rows": 500})
    said = run_step_by_step(untouched, FIRST)
    assert [name for name, out in said.items() if not out] == ["tune", "train", "judge", "promote"]
    assert [row["stage"] for row in untouched.found("TRN008")] == ["train"]


def test_only_what_competes_can_be_searched(untouched):
    for name in NAMES[: NAMES.index("train")]:
        run_only(untouched, name, FIRST)
    answer = untouched.tenure("tune", "--algorithm", "xgboost", "--as-of", FIRST)
    assert (answer.code, answer.out) == (2, "")
    assert "`xgboost` does not compete; `model.algorithms` has decision_tree" in answer.told
