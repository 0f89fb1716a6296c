"""One step after another in a process of its own: steps come in on stdin, what they made goes out on stdout.

``python -m tenure.orchestration.worker PROJECT TRIGGER``, one line of JSON each::

    {"step": "train", "as_of": "2024-01-01"}   →   {"says": "..."} ...   {"made": "..."}

A scheduler's own process then survives a step that is killed, by whoever wants its memory for instance, and
can run it again. This one ends when its stdin is closed, at once and whatever it is doing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from tenure.domain.triggers import read_trigger
from tenure.errors import TenureError
from tenure.flow import step_named
from tenure.orchestration.local import run_step_and_tell
from tenure.orchestration.lock import only_run
from tenure.running.ledger import to_json
from tenure.running.period import open_period
from tenure.running.runtime import Runtime, open_runtime
from tenure.training.worker import lines_until_closed, own_stdout

Send = Callable[[dict[str, Any]], None]


def main() -> None:
    """Run steps until stdin is closed; the project is held meanwhile."""
    project, trigger = Path(sys.argv[1]), read_trigger(sys.argv[2])
    out = own_stdout()

    def send(event: dict[str, Any]) -> None:
        out.write(json.dumps(event, ensure_ascii=False) + "\n")
        out.flush()

    for line in lines_until_closed(sys.stdin):
        try:
            runtime = open_runtime(project, trigger=trigger)
            with only_run(runtime):
                send(run_asked(json.loads(line), runtime=runtime, send=send))
        except TenureError as error:
            send({"error": error.message, "hint": error.hint, "transient": error.transient})


def run_asked(asked: dict[str, str], *, runtime: Runtime, send: Send) -> dict[str, Any]:
    """What the step that is asked for made, as text; None where it was not due.

    Raises
    ------
    TenureError
        As `run_step_and_tell` does.
    """
    step, period = step_named(asked["step"]), open_period(date.fromisoformat(asked["as_of"]), runtime=runtime)
    artefacts = run_step_and_tell(step, period, runtime=runtime, say=lambda line: send({"says": line}))
    made = artefacts.get(step.into)
    return {"made": None if made is None else to_json(step, made)}


if __name__ == "__main__":
    main()
