"""Each step of the loop as a command of its own."""

import pytest

from tenure.flow import LOOP

INTO = {step.name: step.into for step in LOOP}
LAST = "2024-07-01"


def test_every_step_is_a_command_with_the_first_line_of_its_function(tenure):
    told = " ".join(tenure("--help").out.replace("│", " ").split())
    for step in LOOP:
        assert f" {step.name} {(step.function.__doc__ or '').split()[0]}" in told


def test_steps_run_one_by_one_make_what_the_loop_made_and_change_nothing(lender):
    before = lender.hashes()
    for name, into in INTO.items():
        answer = lender.tenure(name, "--json", "--jobs", 1)
        assert (name, answer.code) == (name, 0)
        assert answer.err == "" or name == "report"
        assert into in answer.json
        if name == "train":
            assert answer.json[into]["metrics"]["test"]["roc_auc"] > 0.5
        whole = answer.json[into]
        assert (whole["period"]["end"] if "period" in whole else whole["as_of"]) == LAST
    hashes = lender.hashes()
    # The ledger has the versions of the tables; the decision to train was taken, then asked for.
    for table in ("gold/runs", "gold/decisions"):
        del hashes[table], before[table]
    assert hashes == before


def test_steps_for_a_person_say_what_they_made_in_one_line(lender):
    for name, start in {
        "ingest": "bronze: received: loans ",
        "validate": "validation: ",
        "build": "gold: ",
        "predict": "predictions: ",
        "decide": "decision: retrain: ",
    }.items():
        answer = lender.tenure(name)
        assert (name, answer.code, answer.err) == (name, 0, "")
        assert answer.out.startswith(start)


def test_the_loop_can_be_run_step_by_step_from_nothing(untouched):
    for name in ("ingest", "validate", "clean", "build", "predict", "monitor", "decide"):
        assert untouched.tenure(name, "--as-of", "2024-05-01").code == 0
    status = untouched.tenure("status", "--json").json
    assert (status["last_period"], status["decisions"][0]["outcome"]) == ("2024-05-01", "retrain")


def test_a_step_whose_input_is_not_there_says_which_command_makes_it(untouched):
    answer = untouched.tenure("clean", "--as-of", "2024-05-01")
    assert (answer.code, answer.out) == (2, "")
    assert "`clean` of 2024-05-01 needs what `ingest` makes, and that has not run" in answer.told
    assert "hint: `tenure ingest --as-of 2024-05-01`" in answer.told
    assert untouched.store.tables() == ()


@pytest.mark.parametrize("name", list(INTO))
def test_a_step_without_a_period_is_refused_before_anything_ran(untouched, name):
    answer = untouched.tenure(name)
    assert (answer.code, answer.out) == (2, "")
    assert "no period has run yet" in answer.told


def test_nobody_is_promoted_again_in_a_period_that_was_rolled_back(lender):
    lender.tenure("rollback")
    before = lender.hashes()
    answer = lender.tenure("promote")
    assert answer.code == 2
    assert "version 1 was put back by hand" in answer.told
    assert lender.hashes() == before
    assert lender.tenure("status", "--json").json["office"]["version"]["version"] == 1


def test_a_candidate_of_an_earlier_period_does_not_take_office_from_a_later_one(lender):
    before = lender.hashes()
    answer = lender.tenure("promote", "--as-of", "2024-05-01")
    assert answer.code == 2
    assert "version 2 is in office; nothing was changed" in answer.told
    assert lender.hashes() == before


def test_a_leak_is_shown_and_ends_with_2(lender):
    """The outcome itself among the features: known only later, and it ranks perfectly."""
    lender.source["columns"]["bad"] = {"type": "integer"}
    lender.declare()
    for name in ("build", "audit"):
        answer = lender.tenure(name)
    assert answer.code == 2
    assert "leaks: - LEAK" in answer.told
    assert "`loans_bad`" in answer.told
    assert "hint: take the column out" in answer.told


def test_a_plan_of_the_search_needs_no_period(untouched):
    before = untouched.tenure("train", "--plan", "--json")
    assert (before.code, before.json["as_of"], before.json["n_rows"]) == (0, None, None)
    assert untouched.store.tables() == ()


def test_a_plan_of_the_search_counts_the_rows_and_trains_nothing(lender):
    hashes = lender.hashes()
    answer = lender.tenure("train", "--plan", "--json")
    assert (answer.code, answer.json["as_of"]) == (0, LAST)
    assert answer.json["n_rows"] > 0
    planned = {each["algorithm"]: each for each in answer.json["algorithms"]}
    assert answer.json["n_trials"] == sum(each["n_trials"] for each in planned.values())
    for each in planned.values():
        assert set(each["starts"][0]) == {parameter["name"] for parameter in each["space"]}
    assert lender.hashes() == hashes
    told = lender.tenure("train", "--plan")
    assert "compared by" in told.out
    assert all(f"{name}: " in told.out for name in planned)
