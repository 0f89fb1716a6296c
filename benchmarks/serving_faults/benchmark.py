"""Ten minutes of load with faults on the way: what clients saw of them."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from harness.measuring import SkippedError
from harness.results import Report, table
from serving_faults.balancer import NGINX
from serving_faults.clients import quantile_ms
from serving_faults.scenario import Stretch, can_mount, not_as_declared, play

SECONDS = float(os.environ.get("TENURE_FAULTS_SECONDS", "600"))
N_CLIENTS = 8


def run(*, n_runs: int = 1) -> Report:  # noqa: ARG001 - one run is ten minutes
    """One run, however many are asked for.

    Raises
    ------
    SkippedError
        Without nginx.
    """
    if NGINX is None:
        raise SkippedError("no nginx: `apt-get install nginx-light`")
    with tempfile.TemporaryDirectory(prefix="tenure-faults-") as folder:
        stretches = play(Path(folder), seconds=SECONDS, n_clients=N_CLIENTS, real_disk=can_mount())
    return report(stretches)


def report(stretches: Sequence[Stretch]) -> Report:
    """A row for each event; a failure for each answer that nobody declared."""
    header = [
        "from, s",
        "what happens",
        "200",
        "507",
        "other",
        "p50, ms",
        "p99, ms",
        "slowest, ms",
        "answered by",
    ]
    rows = [_row(stretch) for stretch in stretches]
    counts: Counter[int] = sum((stretch.statuses for stretch in stretches), Counter())
    n_other = sum(counts.values()) - counts[200] - counts[507]
    words = (
        f"{sum(counts.values()):,} requests in {SECONDS:.0f} s over {N_CLIENTS} connections, none of them "
        f"repeated by a client: {counts[200]:,} answered, {counts[507]:,} told that there is no room in the "
        f"log, {n_other:,} anything else. Two instances of `tenure serve` with two workers each behind nginx "
        "with the files of `deploy/nginx`, one MLflow registry. Each row lasts until the next; the times are "
        "those of the requests sent in it. Load, servers and nginx share the machine."
    )
    numbers = {"stretches": [{"at": s.at, "what": s.what, "statuses": dict(s.statuses)} for s in stretches]}
    body = f"{table(header, rows)}\n\n{words}"
    return Report("Ten minutes of load with faults", body, numbers, tuple(not_as_declared(stretches)))


def _row(stretch: Stretch) -> list[str]:
    n = stretch.statuses
    other = sum(n.values()) - n[200] - n[507]
    times = [f"{quantile_ms(stretch.seen, share):.1f}" for share in (0.5, 0.99, 1.0)]
    by = ", ".join(f"version {version}" for version in stretch.versions)
    return [f"{stretch.at:.0f}", stretch.what, f"{n[200]:,}", f"{n[507]:,}", f"{other:,}", *times, by]
