"""Numbers → tables in Markdown, and their place in ``RESULTS.md``."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HEAD = """\
# What was measured

Written by `make bench`: each section by its benchmark, with the machine it ran on. Ratios are what counts;
seconds are of that machine on that day. What came out worse than hoped for stands here, too.
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark says."""

    title: str
    body: str
    """Markdown without headings."""
    numbers: Mapping[str, Any]
    """Everything that was measured, as JSON."""
    failures: tuple[str, ...] = ()
    """Claims that do not hold, and tables that differ."""


def spread(values: Sequence[float]) -> str:
    """The median, and the smallest and largest where there is more than one.

    Examples
    --------
    >>> spread([2.0, 1.0, 4.0]), spread([1.234])
    ('2.00 (1.00–4.00)', '1.23')
    """
    middle = f"{statistics.median(values):.2f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.2f}–{max(values):.2f})"


def counted(n: int, word: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "run"), counted(3, "run")
    ('1 run', '3 runs')
    """
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def times(ratio: float) -> str:
    """A ratio as it stands in a table.

    Examples
    --------
    >>> times(15.04), times(0.5)
    ('15.0 ×', '0.50 ×')
    """
    return f"{ratio:.1f} ×" if ratio >= 1 else f"{ratio:.2f} ×"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown: the first column to the left, the others to the right.

    Examples
    --------
    >>> print(table(["what", "s"], [["build", "1.5"]]))
    | what | s |
    | --- | ---: |
    | build | 1.5 |
    """
    ruler = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ruler, *rows))


def replace_section(text: str, name: str, section: str) -> str:
    r"""`text` with the section of a benchmark in its place, or at the end where it had none.

    Examples
    --------
    >>> text = replace_section("", "scale", "## Rows")
    >>> replace_section(text, "scale", "## More rows").endswith("## More rows\n<!-- /scale -->\n")
    True
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    block = f"{begin}\n{section.strip()}\n{end}\n"
    text = text or HEAD
    if begin in text and end in text:
        before, rest = text.split(begin, 1)
        after = rest.split(end, 1)[1].strip("\n")
        return f"{before}{block}\n{after}\n" if after else before + block
    return f"{text.rstrip()}\n\n{block}"


def as_section(report: Report, machine: str) -> str:
    """A report as a section of ``RESULTS.md``: what does not hold comes first."""
    failed = "".join(f"**Does not hold: {failure}**\n\n" for failure in report.failures)
    return f"## {report.title}\n\n{failed}{report.body.strip()}\n\n{machine}"
