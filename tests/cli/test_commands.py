"""run, backfill, status, rollback, init, version: what they print, where, and the code they end with."""

import json

import pytest

from tenure import __version__
from tenure.running import step as step_module

FIRST, THIRD, FOURTH = "2024-05-01", "2024-07-01", "2024-08-01"


def test_the_version_is_one_line(tenure):
    answer = tenure("version")
    assert (answer.code, answer.out, answer.err) == (0, f"{__version__}\n", "")


def test_the_plan_of_a_replay_says_what_would_run_and_runs_nothing(untouched):
    answer = untouched.tenure("backfill", "--from", FIRST, "--to", THIRD, "--dry-run", "--json")
    assert answer.code == 0
    assert answer.json == [
        {"period": day, "state": "run", "steps_done": ""} for day in ("2024-05-01", "2024-06-01", THIRD)
    ]
    assert not (untouched.root / "datamart").exists()


def test_the_plan_for_a_person_counts_what_would_run_beside_the_data(replay):
    assert replay.planned.code == 0
    assert replay.planned.told == "3 of 3 periods would run"
    assert [line.split() for line in replay.planned.out.splitlines()[2:]] == [
        [day, "run"] for day in ("2024-05-01", "2024-06-01", "2024-07-01")
    ]


def test_a_replay_prints_a_line_per_period_and_then_who_is_in_office(replay):
    lines = replay.replayed.out.splitlines()
    assert replay.replayed.code == 0
    assert [line[:10] for line in lines[:3]] == ["2024-05-01", "2024-06-01", "2024-07-01"]
    assert "version 1 takes office" in lines[0]
    assert "version 2 takes office, replaces version 1" in lines[2]
    assert lines[3] == "small: version 2 is in office since 2024-07-01"
    pages = f"{replay.lender.root}/reports/2024-07-01"
    assert replay.replayed.err == f"look at {pages}/deck.pdf\nlook at {pages}/report.html\n"


def test_a_replay_that_is_done_runs_nothing_and_ends_well(lender):
    before = lender.hashes()
    answer = lender.tenure("backfill", "--from", FIRST, "--to", THIRD, "--json")
    assert answer.json["office"]["version"]["version"] == 2
    assert (answer.code, lender.hashes()) == (0, before)


def test_a_replay_that_is_interrupted_says_so_and_goes_on_to_the_end_of_a_whole_run(
    lender, tmp_path, monkeypatch
):
    whole = lender.copy(tmp_path / "whole")
    span = ("--from", FIRST, "--to", FOURTH, "--jobs", 1)
    ran = whole.tenure("run", "--jobs", 1, "--json")
    assert (ran.code, ran.err.splitlines()[-1]) == (0, f"look at {whole.root}/reports/{FOURTH}/report.html")
    assert ran.json["bronze"]["period"]["end"] == FOURTH
    assert ran.json["predictions"]["champion"]["version"] == 2

    save = step_module.save_artefact

    def save_and_interrupt(step, *arguments, **rest):
        save(step, *arguments, **rest)
        if step.name == "monitor":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(step_module, "save_artefact", save_and_interrupt)
        cut = lender.tenure("backfill", *span)
    assert (cut.code, cut.out) == (130, "")
    assert "the same command goes on where it was" in cut.told
    plan = lender.tenure("backfill", *span, "--dry-run", "--json").json
    assert [period["state"] for period in plan] == ["done", "done", "done", "resume"]
    assert plan[-1]["steps_done"] == "ingest, validate, clean, build, predict, monitor"

    assert lender.tenure("backfill", *span, "--json").code == 0
    hashes, expected = lender.hashes(), whole.hashes()
    del hashes["gold/runs"], expected["gold/runs"]
    assert hashes == expected


def test_the_first_run_must_be_told_its_period(untouched):
    answer = untouched.tenure("run")
    assert (answer.code, answer.out) == (2, "")
    assert "no period has run yet" in answer.told
    assert "hint: say which one is the first: --as-of YYYY-MM-DD." in answer.told


@pytest.mark.parametrize("day", ["2024-07-15", "2024-10-01", "2023-01-01"])
def test_a_period_that_does_not_follow_is_refused_with_the_one_that_does(replay, day):
    answer = replay.lender.tenure("run", "--as-of", day)
    assert (answer.code, answer.out) == (2, "")
    assert f"the period {day} cannot run now" in answer.told
    assert "the next one is 2024-08-01" in answer.told


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ((THIRD, FIRST), "the replay would end (2024-05-01) before it begins (2024-07-01)"),
        (("2024-10-01", "2024-11-01"), "the next period is 2024-08-01"),
        (("2024-05-15", "2024-06-15"), "the period 2024-05-15 does not follow"),
    ],
)
def test_a_replay_that_would_leave_a_gap_is_refused(replay, span, message):
    answer = replay.lender.tenure("backfill", "--from", span[0], "--to", span[1])
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.told


def test_the_status_before_anything_ran_says_what_is_next(untouched):
    answer = untouched.tenure("status")
    assert answer.code == 0
    assert answer.out.splitlines()[0] == "small: nobody is in office (last period: none has run)"
    assert "next: the first period" in answer.out
    empty = untouched.tenure("status", "--json").json
    assert (empty["office"], empty["last_period"], empty["cohorts"], empty["decisions"]) == (
        None,
        None,
        [],
        [],
    )


def test_the_status_as_json_has_the_office_its_history_and_the_decisions(replay):
    answer = replay.lender.tenure("status", "--json")
    status = answer.json
    assert (answer.code, answer.err) == (0, "")
    assert (status["project"], status["last_period"], status["next_period"]) == ("small", THIRD, FOURTH)
    assert [office["version"]["version"] for office in status["history"]] == [1, 2]
    assert status["champion"]["features"] == ["loans_income", "loans_mix"]
    assert [cohort["cohort"] for cohort in status["cohorts"]] == ["2024-06-01"]
    promoted = [d["model_version"] for d in status["decisions"] if d["kind"] == "promotion"]
    assert promoted == [1, 2]


def test_the_status_for_a_person_begins_with_who_is_in_office(replay):
    lines = replay.lender.tenure("status").out.splitlines()
    assert lines[0] == "small: version 2 is in office since 2024-07-01"
    assert "offices held: version 1 from 2024-05-01, version 2 from 2024-07-01" in lines[2]
    assert lines[-1] == "next: the period 2024-08-01"


def test_a_rollback_puts_the_one_before_back_and_the_next_period_is_scored_by_it(lender):
    answer = lender.tenure("rollback", "--why", "complaints", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert (answer.json["restored"]["version"], answer.json["removed"]["version"]) == (1, 2)
    assert answer.json["why"] == "complaints"
    assert lender.tenure("status", "--json").json["office"]["version"]["version"] == 1
    for step in ("ingest", "validate", "clean", "build", "predict"):
        made = lender.tenure(step, "--as-of", FOURTH, "--json")
    assert made.json["predictions"]["champion"]["version"] == 1


def test_a_rollback_for_a_person_is_one_line(lender):
    answer = lender.tenure("rollback", "--to", 1)
    assert (answer.code, answer.out) == (0, "version 1 is back in office; 2 is out\n")


@pytest.mark.parametrize(
    ("to", "message"),
    [(9, "version 9 has never been in office; versions that have been in office: 1, 2"), (2, "already")],
)
def test_a_rollback_to_nobody_is_refused_and_changes_nothing(lender, to, message):
    before = lender.hashes()
    answer = lender.tenure("rollback", "--to", to)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.told
    assert lender.hashes() == before


def test_a_rollback_before_anything_ran_is_refused(untouched):
    answer = untouched.tenure("rollback")
    assert answer.code == 2
    assert "nobody is in office" in answer.told


def test_a_rollback_past_the_first_champion_is_refused(lender):
    lender.tenure("rollback")
    answer = lender.tenure("rollback")
    assert answer.code == 2
    assert "there is nobody to go back to: version 1 is the first" in answer.told


def test_a_project_is_drafted_once_and_never_written_over(tenure, fresh, tmp_path):
    answer = tenure("init", tmp_path / "drafted", "--from", fresh.root / "loans", "--json")
    assert answer.code == 0
    assert sum(source["n_rows"] for source in answer.json["sources"]) == 4 * 40 + 2 * 300
    written = (tmp_path / "drafted" / "tenure.yaml").read_text()
    again = tenure("init", tmp_path / "drafted", "--from", fresh.root / "loans")
    assert (again.code, again.out) == (2, "")
    assert (tmp_path / "drafted" / "tenure.yaml").read_text() == written


def test_json_holds_letters_as_they_are(lender):
    answer = lender.tenure("rollback", "--why", "müşteri şikâyeti", "--json")
    assert "müşteri şikâyeti" in answer.out
    assert json.loads(answer.out) == answer.json


def test_what_can_be_simulated_is_listed_and_written(tenure, tmp_path):
    assert set(tenure("simulate", "--json").json) == {"lender", "houses", "numbers", "payday"}
    answer = tenure("simulate", "numbers", tmp_path / "stream", "--seed", 3)
    assert (answer.code, answer.out) == (0, f"{tmp_path}/stream/data/numbers.csv\n")
