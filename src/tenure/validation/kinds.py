"""Great Expectations' kinds of expectation, each writing its configuration once.

The library asks an expectation for its configuration about ninety times while it validates a suite, and
makes it anew each time: two fifths of a validation. What is derived here is otherwise the library's own.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.expectations.expectation import MetaExpectation
from great_expectations.expectations.registry import get_expectation_impl


@cache
def kind_of(expectation: str) -> str:
    """The name under which the library knows the kind derived from its expectation of that name.

    An expectation of it must not be changed once it was asked for its configuration.

    Raises
    ------
    great_expectations.exceptions.ExpectationNotFoundError
        If the library has none of that name.

    Examples
    --------
    >>> kind_of("expect_column_values_to_be_null")
    'expect_column_values_to_be_null_settled'
    """
    base = get_expectation_impl(expectation)

    def configuration(made: Any) -> Any:
        if made._written is None:  # noqa: SLF001 - our own attribute
            made._written = super(derived, made).configuration  # noqa: SLF001
        return made._written  # noqa: SLF001

    own = {
        "__module__": __name__,
        "__doc__": base.__doc__,
        "_written": PrivateAttr(None),
        "configuration": property(configuration),
    }
    derived: Any = MetaExpectation(f"{base.__name__}Settled", (base,), own)  # type: ignore[no-untyped-call]
    return str(derived.expectation_type)
