"""The other end of a step's process: it is started when it is needed, and again when it was killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tenure.domain.triggers import Trigger
from tenure.errors import StepError
from tenure.flow import Step
from tenure.running.ledger import from_json

_END_SECONDS = 10.0


@dataclass(slots=True)
class StepProcess:
    """Runs steps of one project in a process of its own; it ends with the block.

    Parameters
    ----------
    project
        The project file, or its folder.
    trigger
        What set the run off.
    """

    project: Path
    trigger: Trigger
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        """Nothing starts before the first step."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, and whatever it is doing."""
        self.end()

    @property
    def pid(self) -> int | None:
        """Who runs the steps now."""
        return self._process.pid if self._process else None

    def run(self, step: Step, as_of: date, *, say: Callable[[str], None]) -> Any:
        """The artefact that the step makes of the period; None where the step is not due.

        Parameters
        ----------
        step
            Which one; those before it run first, where they have not run.
        as_of
            The end of the period.
        say
            Takes the lines that are for a person.

        Raises
        ------
        StepError
            If the step fails; transient where a retry may help: also where its process was killed.
        """
        process = self._started()
        try:
            _send(process, {"step": step.name, "as_of": as_of.isoformat()})
            answer = _answer(process, say)
        except (BrokenPipeError, EOFError):
            raise self._died(step, as_of) from None
        if "error" in answer:
            raise StepError(answer["error"], hint=answer["hint"], transient=answer["transient"])
        return None if answer["made"] is None else from_json(step, answer["made"])

    def end(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            command = [
                sys.executable,
                "-m",
                "tenure.orchestration.worker",
                str(self.project),
                str(self.trigger),
            ]
            self._process = subprocess.Popen(  # noqa: S603 - this project's own module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        return self._process

    def _died(self, step: Step, as_of: date) -> StepError:
        process = self._process
        code = process.wait() if process is not None else 0
        self.end()
        if code < 0:
            return StepError(
                f"`{step.name}` of {as_of} was killed by signal {-code}",
                hint="a machine that runs out of memory kills so; a retry replaces what the step wrote.",
                transient=True,
            )
        return StepError(
            f"`{step.name}` of {as_of} ended with code {code} and no answer",
            hint="its log says why, on stderr.",
        )


def _send(process: subprocess.Popen[str], asked: dict[str, str]) -> None:
    if process.stdin is None:
        raise BrokenPipeError
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()


def _answer(process: subprocess.Popen[str], say: Callable[[str], None]) -> dict[str, Any]:
    """What the process made of the step, after what it had to say."""
    for line in process.stdout or ():
        told: dict[str, Any] = json.loads(line)
        if "says" not in told:
            return told
        say(told["says"])
    raise EOFError
