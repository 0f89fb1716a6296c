"""Steps in a process of their own: what they make, what they say, and what happens when one is killed."""

from __future__ import annotations

import os
import signal
from datetime import date

import pytest

from tenure.domain.artefacts import Audit, Bronze
from tenure.domain.decisions import Reason, RetrainDecision
from tenure.domain.findings import Finding, Outcome, Severity
from tenure.domain.triggers import Trigger, TriggerKind
from tenure.errors import StepError
from tenure.flow import step_named
from tenure.orchestration.lock import only_run
from tenure.orchestration.steps import StepProcess
from tenure.orchestration.told import MOST_ROWS, rows_of, tell_artefact
from tenure.running.ledger import load_artefacts, load_circumstances
from tenure.running.runtime import open_runtime

FIRST = date(2023, 6, 1)
BY = Trigger(TriggerKind.DRIFT_DECISION, "run 7")


@pytest.fixture(scope="module")
def project(lender_of, tmp_path_factory):
    return lender_of(tmp_path_factory.mktemp("steps") / "lender", n_months=12)


@pytest.mark.timeout(300)
def test_a_step_is_killed_refused_while_somebody_runs_and_then_made_with_those_before_it(project):
    said: list[str] = []
    runtime = open_runtime(project)
    with StepProcess(project, BY) as process:
        with only_run(runtime), pytest.raises(StepError, match="is being run by process") as busy:
            process.run(step_named("ingest"), FIRST, say=said.append)
        assert busy.value.transient

        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(StepError, match=r"`ingest` of 2023-06-01 was killed by signal 9") as killed:
            process.run(step_named("ingest"), FIRST, say=said.append)
        assert killed.value.transient
        assert process.pid is None

        bronze = process.run(step_named("ingest"), FIRST, say=said.append)
        assert isinstance(bronze, Bronze)
        assert {"bronze": bronze} == load_artefacts(FIRST, store=runtime.store)
        ran = load_circumstances(FIRST, store=runtime.store)
        assert {name: each.trigger for name, each in ran.items()} == {"ingest": BY}

        with pytest.raises(StepError, match="the period 2023-09-01 cannot run now") as refused:
            process.run(step_named("ingest"), date(2023, 9, 1), say=said.append)
        assert not refused.value.transient
        pid = process.pid
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    told = tell_artefact(bronze)
    assert told.sentence.startswith("received: attributes ")
    assert told.rows[0] == {"table": "bronze/attributes", "rows": bronze.slices[0].n_rows}
    assert said == []


def test_what_is_shown_of_a_decision_are_its_rules_and_of_findings_those_that_found_something():
    reasons = (Reason("psi", True, "3 features drifted", 0.4, 0.25), Reason("cooldown", False, "1 period"))
    decision = RetrainDecision(FIRST, True, reasons, 100, 1)
    assert [row["rule"] for row in tell_artefact(decision).rows] == ["psi", "cooldown"]
    finding = Finding("LEAK001", Severity.ERROR, "`a` knows the outcome", column="a", examples=("secret",))
    passed = Finding("LEAK002", Severity.ERROR, "nothing", outcome=Outcome.PASSED)
    many = Audit(FIRST, (passed, *[finding] * (MOST_ROWS + 1)))
    told = tell_artefact(many)
    assert len(told.rows) == MOST_ROWS
    assert {row["code"] for row in told.rows} == {"LEAK001"}
    assert "secret" not in str(told)
    assert rows_of(None) == []
