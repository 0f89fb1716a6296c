"""Checks handed to Great Expectations, and what it answers. Imported late: the library takes seconds.

Nothing private leaves this module: the results of a check on a column marked ``pii`` keep their
counts and lose everything else before anybody reads them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import great_expectations as gx
from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.exceptions.exceptions import GreatExpectationsError
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from tenure.validation.checks import Check, Result
from tenure.validation.kinds import kind_of

if TYPE_CHECKING:
    import pyarrow as pa
    from great_expectations.core.batch_definition import BatchDefinition

N_EXAMPLES = 5
_LONGEST_EXAMPLE = 60
_POSITION = "position"
_COUNTS = frozenset(
    {
        "element_count",
        "missing_count",
        "missing_percent",
        "unexpected_count",
        "unexpected_percent",
        "unexpected_percent_nonmissing",
        "unexpected_percent_total",
    }
)
_KEPT = _COUNTS | {"observed_value", "details", "partial_unexpected_list"}


def problem_of(check: Check) -> str:
    """Why Great Expectations does not accept a check as written; empty when it does."""
    try:
        _expectation(check, check.expectation, 0)
    except (GreatExpectationsError, ValueError, TypeError) as error:
        return str(error).replace("\n", " ")[:300]
    return ""


def run_checks(source: str, checks: Sequence[Check], frame: pa.Table) -> ExpectationSuiteValidationResult:
    """Great Expectations' validation of the rows of one source, with nothing private left in it."""
    made = [_expectation(check, kind_of(check.expectation), i) for i, check in enumerate(checks)]
    suite = ExpectationSuite(name=source, expectations=made)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning of pandas would count as a failure of the check
        batch = _whole_frames().get_batch(batch_parameters={"dataframe": frame.to_pandas()})
        answer = batch.validate(suite, result_format=_RESULT_FORMAT)
    answer.results.sort(key=_position)
    for each in answer.results:
        _make_fit_to_show(each, checks[_position(each)])
    return answer


def results_of(answer: ExpectationSuiteValidationResult) -> tuple[Result, ...]:
    """What came of each check, in the order of the checks."""
    return tuple(_result(each) for each in answer.results)


_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": N_EXAMPLES}


@cache
def _whole_frames() -> BatchDefinition[Any]:
    """One ephemeral context for the process: nothing is stored, nothing is sent, no progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("bronze").add_dataframe_asset("rows of a period")
    return asset.add_batch_definition_whole_dataframe("whole")


def _expectation(check: Check, kind: str, position: int) -> Expectation:
    # The library copies a configuration many times: what it need not know is added later.
    return ExpectationConfiguration(
        type=kind, kwargs=dict(check.arguments), meta={_POSITION: position}
    ).to_domain_obj()


def _position(result: ExpectationValidationResult) -> int:
    return int(_configuration(result).meta[_POSITION])


def _configuration(result: ExpectationValidationResult) -> ExpectationConfiguration:
    if result.expectation_config is None:
        raise ValueError("a result of Great Expectations names no expectation")
    return result.expectation_config


def _make_fit_to_show(result: ExpectationValidationResult, check: Check) -> None:
    """Counts only where a check is private; short examples and no stack traces anywhere."""
    kept = _COUNTS if check.private else _KEPT
    result.result = {key: value for key, value in result.result.items() if key in kept}
    if "partial_unexpected_list" in result.result:
        values = [value for value in result.result["partial_unexpected_list"] if not _is_null(value)]
        result.result["partial_unexpected_list"] = [_shortened(value) for value in values[:N_EXAMPLES]]
    note = {"format": "string", "content": [f"{check.code}: {check.subject} that {check.verb}"]}
    _configuration(result).meta["notes"] = note
    problem = _problem(result)
    shown = "the check could not be evaluated" if problem and check.private else problem
    result.exception_info = {
        "raised_exception": bool(problem),
        "exception_message": shown or None,
        "exception_traceback": "",
    }


def _problem(result: ExpectationValidationResult) -> str:
    """Why an expectation could not be evaluated: one message, whichever shape it comes in."""
    told = result.exception_info or {}
    parts: Iterable[Any] = [told] if "raised_exception" in told else told.values()
    messages = [str(part.get("exception_message")) for part in parts if part.get("raised_exception")]
    return messages[0].splitlines()[0][:300] if messages else ""


def _result(answer: ExpectationValidationResult) -> Result:
    told = answer.result
    n_rows = told.get("element_count")
    details = told.get("details")
    shown = told.get("partial_unexpected_list", ())
    mismatched = details.get("mismatched", {}) if isinstance(details, dict) else {}
    return Result(
        met=bool(answer.success),
        problem=(answer.exception_info or {}).get("exception_message") or "",
        n_rows=n_rows,
        n_values=(n_rows or 0) - told.get("missing_count", 0),
        n_unexpected=told.get("unexpected_count", 0),
        examples=tuple(dict.fromkeys(str(each) for each in shown)),
        observed=str(told["observed_value"]) if "observed_value" in told else "",
        missing=tuple(mismatched.get("missing", ())),
    )


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_EXAMPLE else value[:_LONGEST_EXAMPLE] + "…"
    return value if isinstance(value, int | float | None) else _shortened(str(value))


def _is_null(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124 - NaN is the one value unlike itself
