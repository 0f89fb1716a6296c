"""Run benchmarks and write what they say to ``RESULTS.md``: ``run.py [NAME ...] [--runs N] [--json]``."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.machine import describe_machine
from harness.measuring import BenchmarkError, SkippedError
from harness.results import Report, as_section, replace_section

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"


def benchmark_names() -> tuple[str, ...]:
    """The benchmarks there are: the folders that hold a ``benchmark.py``, sorted."""
    return tuple(sorted(file.parent.name for file in HERE.glob("*/benchmark.py")))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0; 1 where a benchmark failed, or something claimed does not hold."""
    options = _options(arguments)
    reports: dict[str, Report] = {}
    failed = False
    for name in options.names or benchmark_names():
        say(f"{name} ...")
        try:
            reports[name] = _benchmark(name)(n_runs=options.runs)
        except SkippedError as reason:
            say(f"{name}: skipped: {reason}")
        except BenchmarkError as error:
            say(f"{name}: failed: {error}")
            failed = True
        else:
            keep(name, reports[name])
    if options.json:
        print(json.dumps({name: as_json(report) for name, report in reports.items()}, indent=2))
    return int(failed or any(report.failures for report in reports.values()))


def keep(name: str, report: Report) -> None:
    """Write the report's section, and show it."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    section = as_section(report, describe_machine())
    RESULTS.write_text(replace_section(text, name, section), encoding="utf-8")
    say(f"\n{section}\n")


def as_json(report: Report) -> dict[str, object]:
    """A report's numbers and what does not hold."""
    return {"title": report.title, "numbers": dict(report.numbers), "failures": list(report.failures)}


def say(text: str) -> None:
    """Tell the person who waits."""
    print(text, file=sys.stderr, flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(benchmark_names())}")
    parser.add_argument("--runs", type=int, default=3, help="how often each measurement is repeated")
    parser.add_argument("--json", action="store_true", help="print all numbers as JSON")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(benchmark_names()):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(benchmark_names())}")
    return options


def _benchmark(name: str) -> Callable[..., Report]:
    run: Callable[..., Report] = importlib.import_module(f"{name}.benchmark").run
    return run


if __name__ == "__main__":
    sys.exit(main())
