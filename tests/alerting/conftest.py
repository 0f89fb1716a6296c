"""Evidence of a period, made in a line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tenure.alerting.evidence import Evidence, StageFinding
from tenure.domain.findings import Finding, Severity
from tenure.domain.measurements import Measurement, MeasurementVerdict, Scope

AS_OF = date(2024, 9, 1)


def measured(scope, feature, metric, value, limit=0.25, verdict=MeasurementVerdict.ALERT, n=300):
    return Measurement(AS_OF, scope, feature, metric, value, limit, n, verdict)


def found(code, scope, message, *, stage="ingest", column="", severity=Severity.WARNING):
    return StageFinding(stage, Finding(code, severity, message, scope=scope, column=column))


@pytest.fixture(scope="session")
def alert() -> Callable[..., Measurement]:
    """A measurement that is an alert, if nothing else is said."""
    return measured


@pytest.fixture(scope="session")
def finding() -> Callable[..., StageFinding]:
    """A finding of the period."""
    return found


@pytest.fixture(scope="session")
def evidence() -> Callable[..., Evidence]:
    """Evidence of a lender with two sources: clicks, and the loans that a ratio is made of, too."""

    def make(*measurements, findings=(), earlier=(), **rest):
        origins = {f"clicks_{k}": ("clicks",) for k in "abcd"}
        origins |= {"loans_debt": ("loans",), "loans_income": ("loans",), "ratio": ("loans",)}
        inputs = dict.fromkeys(origins, ())
        inputs |= {"loans_debt": ("loans.debt",), "loans_income": ("loans.income",)}
        given = {
            "as_of": AS_OF,
            "measurements": tuple(measurements),
            "findings": tuple(findings),
            "stages": frozenset({"ingest", "validate"}),
            "sources": ("clicks", "loans"),
            "origins": origins,
            "inputs": inputs,
            "in_office": 1,
            "earlier": tuple(earlier),
        }
        return Evidence(**(given | rest))

    return make


@pytest.fixture(scope="session")
def feature() -> Scope:
    return Scope.FEATURE
