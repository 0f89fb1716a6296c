"""Run a replay again and again, each time killed a little later, until it ends.

Usage: ``python kill_driver.py PROJECT FROM TO``. Each attempt is a forked child. Odd attempts are
killed inside their first write (half of the rows are in the stream), even ones right after their first
step has been recorded. Prints one JSON line: how many attempts were killed, and where.
"""

import json
import os
import signal
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa

from tenure.replay import backfill, plan
from tenure.running import step as step_module
from tenure.running.runtime import open_runtime
from tenure.stores.delta import DeltaStore

MAX_ATTEMPTS = 200


def main() -> None:
    project, first, last = Path(sys.argv[1]), *(date.fromisoformat(day) for day in sys.argv[2:4])
    places = []
    for attempt in range(MAX_ATTEMPTS):
        told, status = attempt_in_child(attempt, project, first, last)
        if status == 0:
            sys.stdout.write(json.dumps({"killed": places}) + "\n")
            return
        if status != signal.SIGKILL:
            sys.exit(f"attempt {attempt} ended with status {status} after {told}")
        places.append(told)
    sys.exit(f"still not done after {MAX_ATTEMPTS} attempts: {places[-5:]}")


def attempt_in_child(attempt: int, project: Path, first: date, last: date) -> tuple[str, int]:
    """Where the child was killed, and the signal that ended it (0 for none)."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        plant(attempt, writer)
        runtime = open_runtime(project, jobs=1)
        for _ in backfill(plan(first, last, runtime=runtime), runtime=runtime):
            pass
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        place = told.read()
    _, status = os.waitpid(child, 0)
    return place, os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def plant(attempt: int, writer: int) -> None:
    if attempt % 2:
        kill_inside_the_first_write(writer)
    else:
        kill_after_the_first_recorded_step(writer)


def die(place: str, writer: int) -> None:
    os.write(writer, place.encode())
    os.kill(os.getpid(), signal.SIGKILL)


def kill_after_the_first_recorded_step(writer: int) -> None:
    save = step_module.save_artefact

    def save_and_die(step, artefact, *, as_of, **rest):
        save(step, artefact, as_of=as_of, **rest)
        die(f"after {step.name} of {as_of}", writer)

    step_module.save_artefact = save_and_die


def kill_inside_the_first_write(writer: int) -> None:
    replace = DeltaStore.replace

    def replace_and_die(self, table, rows, *, as_of, where=None):
        stream = rows.to_reader(max_chunksize=1) if isinstance(rows, pa.Table) else rows

        def batches():
            for batch in stream:
                yield batch.slice(0, max(1, batch.num_rows // 2))
                die(f"inside {table} of {as_of}", writer)

        cut = pa.RecordBatchReader.from_batches(stream.schema, batches())
        return replace(self, table, cut, as_of=as_of, where=where)

    DeltaStore.replace = replace_and_die


if __name__ == "__main__":
    main()
