from dataclasses import dataclass

from tenure.domain.periods import Period
from tenure.flow import (
    CROSS_VALIDATION,
    FEATURE_COMPARISON,
    LOOP,
    PARAMETER_SEARCH,
    check_flow,
    step,
    step_named,
)
from tenure.running.runtime import SETTINGS


def test_every_arrow_of_the_loop_fits_at_both_ends():
    assert check_flow(LOOP, settings=SETTINGS) == ()


def test_the_cross_validation_fits_what_the_loop_makes():
    assert check_flow((*LOOP, CROSS_VALIDATION), settings=SETTINGS) == ()


def test_the_comparison_of_features_fits_what_the_loop_makes():
    assert check_flow((*LOOP, FEATURE_COMPARISON), settings=SETTINGS) == ()


def test_the_search_ahead_of_a_training_fits_what_the_loop_makes():
    assert check_flow((*LOOP, PARAMETER_SEARCH), settings=SETTINGS) == ()


def test_the_loop_runs_in_the_order_of_the_design():
    names = [arrow.name for arrow in LOOP]
    assert names == [
        *("ingest", "validate", "clean", "build", "predict", "monitor", "decide"),
        *("audit", "train", "judge", "promote", "alert", "report"),
    ]


@dataclass(frozen=True)
class Apple:
    pass


@dataclass(frozen=True)
class Pear:
    pass


def grow(period: Period) -> Apple:  # noqa: ARG001
    return Apple()


def eat(pear: Pear) -> Pear:
    return pear


def cook(apple: Apple, pear: Pear | None, *, heat: int) -> Pear:  # noqa: ARG001
    return Pear()


def test_a_type_that_differs_is_named():
    problems = check_flow([step(grow, period="period", into="a"), step(eat, pear="a", into="b")], settings={})
    assert len(problems) == 1
    assert "eat: `pear` wants" in problems[0]


def test_an_artefact_nobody_makes_is_named():
    assert "`a` is None" in check_flow([step(eat, pear="a", into="b")], settings={})[0]


def test_a_setting_nobody_provides_or_of_another_type_is_named():
    flow = [step(grow, period="period", into="a"), step(cook, apple="a", pear="a2", into="b")]
    assert any("nobody provides `heat`" in p for p in check_flow(flow, settings={}))
    assert any("`heat` wants" in p for p in check_flow(flow, settings={"heat": str}))


def test_an_artefact_made_twice_is_named():
    flow = [step(grow, period="period", into="a"), step(grow, period="period", into="a")]
    assert any("made twice" in p for p in check_flow(flow, settings={}))


def test_what_may_be_none_is_optional():
    assert step_named("report").optional("verdict")
    assert not step_named("judge").optional("candidate")
