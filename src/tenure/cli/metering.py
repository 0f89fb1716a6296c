"""``tenure metrics``: the newest period's numbers, for Prometheus and its like."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from tenure.cli.console import err, out
from tenure.cli.options import AsOfOption, ProjectOption, as_day
from tenure.domain.samples import Sample
from tenure.domain.wording import counted
from tenure.errors import NotifyError
from tenure.exporting import TOP, newest_period, read_samples
from tenure.ports import MetricsSink
from tenure.running.runtime import Runtime, open_runtime

PUSH_URL = "TENURE_PUSHGATEWAY"
"""The address of a push gateway, which may hold a password."""


def metrics(
    project: ProjectOption = Path(),
    as_of: AsOfOption = None,
    output: Annotated[
        Path | None, typer.Option("--out", help="Write them to a file, for the node exporter.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--serve", min=0, max=65535, help="Answer scrapes on a port; 0: a free one.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    push: Annotated[bool, typer.Option("--push", help=f"Push them to the gateway at {PUSH_URL}.")] = False,
    cloudwatch: Annotated[
        str | None, typer.Option("--cloudwatch", metavar="NAMESPACE", help="Send them to CloudWatch.")
    ] = None,
    top: Annotated[
        int, typer.Option("--top", min=1, help="So many features, classes, incidents at most.")
    ] = TOP,
) -> None:
    """Tell the newest numbers of monitoring, incidents and the office, in the text format of Prometheus."""
    _check_installed("prometheus_client", "serve")
    runtime = open_runtime(project)
    if port is not None:
        _serve(as_day(as_of), runtime, host=host, port=port, top=top)
        return
    day = as_day(as_of) or newest_period(runtime.store)
    samples = read_samples(day, project=runtime.project.project, store=runtime.store, top=top)
    sinks = tuple(_sinks(output, push=push, cloudwatch=cloudwatch, project=runtime.project.project))
    for sink in sinks:
        sink.write(samples)
    if sinks:
        err.print(f"{counted(len(samples), 'sample')} of {day}", markup=False, highlight=False)
        return
    from tenure.stores.sinks import text_of  # noqa: PLC0415 - an extra

    out.file.write(text_of(samples).decode())


def _sinks(output: Path | None, *, push: bool, cloudwatch: str | None, project: str) -> Iterator[MetricsSink]:
    from tenure.stores.sinks import CloudWatchSink, FileSink, PushSink  # noqa: PLC0415 - an extra

    if output is not None:
        yield FileSink(output)
    if push:
        url = os.environ.get(PUSH_URL)
        if not url:
            raise NotifyError(f"--push needs the variable {PUSH_URL}", hint="such as http://host:9091")
        yield PushSink(url, project)
    if cloudwatch is not None:
        _check_installed("boto3", "cloudwatch")
        yield CloudWatchSink(cloudwatch)


def _serve(as_of: date | None, runtime: Runtime, *, host: str, port: int, top: int) -> None:
    from tenure.exporting.exporter import serve_samples, wait_for_interrupt  # noqa: PLC0415 - an extra

    def read() -> tuple[Sample, ...]:
        day = as_of or newest_period(runtime.store)
        return read_samples(day, project=runtime.project.project, store=runtime.store, top=top)

    taken, stop = serve_samples(read, host=host, port=port)
    err.print(f"{runtime.project.project} on http://{host}:{taken}/metrics", markup=False, highlight=False)
    try:
        wait_for_interrupt()
    finally:
        stop()


def _check_installed(package: str, extra: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise NotifyError(
            f"this needs the extra `{extra}`: {package} is not installed",
            hint=f"`pip install 'tenure[{extra}]'`.",
        )
