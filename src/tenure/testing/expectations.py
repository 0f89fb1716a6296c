"""What a check expects, said as a sentence when it is not so."""

from __future__ import annotations

from collections.abc import Callable


def expect_equal(found: object, expected: object, what: str) -> None:
    """Raise AssertionError, with both values, unless they are equal."""
    if found != expected:
        raise AssertionError(f"{what}: expected {expected!r:.300}, found {found!r:.300}")


def expect_true(condition: object, what: str) -> None:
    """Raise AssertionError unless the condition holds."""
    if not condition:
        raise AssertionError(what)


def expect_error(kind: type[Exception], act: Callable[[], object], what: str) -> None:
    """Raise AssertionError unless `act` raises an error of that kind."""
    try:
        act()
    except kind:
        return
    raise AssertionError(f"{what}: expected {kind.__name__}, nothing was raised")
