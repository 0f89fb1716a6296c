import numpy as np
import pytest

from tenure.bundle.reasons import Wording
from tenure.bundle.reasons.wording import Causes

DEBT = Wording("outstanding debt", "debt")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (9.0, "Outstanding debt: higher than usual"),
        (1.0, "Outstanding debt: lower than usual"),
        (5.0, "Outstanding debt"),
        (None, "Outstanding debt: not known"),
        (float("nan"), "Outstanding debt: not known"),
    ],
)
def test_a_reason_that_nobody_declared_is_made_of_the_words_and_the_value(value, told):
    assert DEBT.told(value, 5.0) == told


def test_a_declared_reason_is_told_by_the_side_on_which_the_value_lies():
    wording = Wording("debt", "debt", high="Debt is high", low="Little credit so far", missing="Debt unknown")
    assert [wording.told(value, 5.0) for value in (9, 1, None)] == [
        "Debt is high",
        "Little credit so far",
        "Debt unknown",
    ]
    assert wording.told("cook", None) == "Debt is high"


def test_a_category_is_named_without_a_direction():
    assert Wording("occupation", "job").told("cook", None) == "Occupation"


def test_features_of_one_cause_make_one_reason_named_for_the_strongest_of_them():
    wordings = (
        Wording("mean", "debt"),
        Wording("age", "age"),
        Wording("last", "debt"),
        Wording("pay", "pay"),
    )
    causes = Causes(["mean", "age", "last", "pay"], wordings, {"last": 1.0})
    found = causes.pushing(np.array([-0.1, 0.2, 0.6, -0.3]), {"mean": 3.0, "age": 40, "last": 2.0, "pay": 1})
    assert [(r.feature, r.reason, r.value, round(r.contribution, 9)) for r in found] == [
        ("last", "Last: higher than usual", 2.0, 0.5),
        ("age", "Age", 40, 0.2),
    ]
    assert found[0].features == ("mean", "last")


def test_what_pulls_the_score_down_is_no_reason():
    causes = Causes(["a", "b"], (Wording("a", "a"), Wording("b", "b")), {})
    assert causes.pushing(np.array([-1.0, 0.0]), {}) == []
