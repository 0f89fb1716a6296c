"""``tenure features compare``: what a person and a program are told."""

import pytest

QUERY = "SELECT id, event_time, length(id) % 2 AS parity FROM population"


@pytest.fixture
def two_groups(untouched):
    """One period of a project with features of the loans, and one that says nothing."""
    untouched.declare(features=[{"source": "loans"}, {"select": QUERY}])
    assert untouched.tenure("run", "--as-of", "2024-07-01", "--through", "build").code == 0
    return untouched


@pytest.fixture
def compare(tenure):
    """The command for a project."""
    return lambda lender, *options: tenure("features", "compare", "--project", lender.root, *options)


def test_each_group_is_told_with_what_it_adds_and_nothing_is_kept(two_groups, compare):
    answer = compare(two_groups)
    before = two_groups.hashes()
    found = compare(two_groups, "--json").json
    assert answer.code == 0
    assert "roc_auc" in answer.out
    assert "decision_tree, parameters: its defaults" in answer.out
    assert "adds nothing that can be told from luck" in answer.out
    assert {group["group"]: group["verdict"] for group in found["groups"]} == {
        "loans": "adds",
        "select": "luck",
    }
    assert found["groups"][0]["low"] > 0
    assert two_groups.hashes() == before
    assert not list((two_groups.root / "models").glob("**/bundle"))


def test_algorithm_and_metric_can_be_chosen(two_groups, compare):
    chosen = ("--algorithm", "logistic_regression", "--metric", "log_loss", "--json")
    found = compare(two_groups, *chosen).json
    assert (found["algorithm"], found["metric"]) == ("logistic_regression", "log_loss")
    assert found["groups"][0]["adds"] == pytest.approx(found["groups"][0]["without"] - found["value"])


def test_one_group_has_nothing_to_be_compared_with(untouched, compare):
    assert untouched.tenure("run", "--as-of", "2024-07-01", "--through", "build").code == 0
    answer = compare(untouched)
    assert (answer.code, answer.out) == (2, "")
    assert "2 features, and nothing from outside `loans`: nothing to compare" in answer.told
