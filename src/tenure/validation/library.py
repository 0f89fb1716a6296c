"""Great Expectations, imported once and only when there is something to check: it takes seconds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from tenure.validation.checks import Check, Result

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult


@dataclass(frozen=True, slots=True)
class Library:
    """What is asked of Great Expectations."""

    problem_of: Callable[[Check], str]
    run_checks: Callable[[str, Sequence[Check], pa.Table], ExpectationSuiteValidationResult]
    results_of: Callable[[ExpectationSuiteValidationResult], tuple[Result, ...]]
    render_docs: Callable[[Sequence[ExpectationSuiteValidationResult], str], dict[str, str]]


@cache
def load_library() -> Library:
    """The functions of the modules that import it.

    It imports a deprecated module of the standard library on the way; that warning is not ours.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tenure.validation import docs, expectations  # noqa: PLC0415 - takes seconds
    return Library(
        expectations.problem_of, expectations.run_checks, expectations.results_of, docs.render_docs
    )
