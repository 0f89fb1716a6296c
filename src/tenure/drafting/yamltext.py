"""Lines of YAML: scalars and short lists as PyYAML reads them back, and comments beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

_LONGEST = 300
_WIDEST = 64
"""Comments of one block stand under each other, at most so far to the right."""


class _OneLine(yaml.SafeDumper):
    """Writes text with line breaks or control characters in one line, with escapes."""


def _one_line_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_OneLine.add_representer(str, _one_line_text)


def flow(value: Any) -> str:
    """A value on one line, quoted where YAML would read it as something else.

    Examples
    --------
    >>> flow({"type": "integer", "strip": "_", "between": [18.0, 100.0]})
    '{type: integer, strip: _, between: [18, 100]}'
    >>> flow(["Yes", "#F%$D@*&8", "1"])
    "['Yes', '#F%$D@*&8', '1']"
    """
    text = yaml.dump(
        _plain(value),
        Dumper=_OneLine,
        default_flow_style=True,
        allow_unicode=True,
        sort_keys=False,
        width=float("inf"),
    )
    return str(text).removesuffix("\n").removesuffix("\n...")


def entry(key: str, value: Any = None) -> str:
    """A key with its value on one line; the key alone where lines below it hold the value.

    Examples
    --------
    >>> entry("Oda: Sayısı", {"type": "integer"}), entry("sources")
    ("'Oda: Sayısı': {type: integer}", 'sources:')
    """
    return f"{flow(key)}:" if value is None else f"{flow(key)}: {flow(value)}"


def with_comments(lines: Iterable[tuple[str, str]]) -> list[str]:
    """Lines with their comments, which stand under each other.

    Examples
    --------
    >>> with_comments([("a: 1", "one"), ("bcd: 2", ""), ("e: 3", "three")])
    ['a: 1    # one', 'bcd: 2', 'e: 3    # three']
    """
    pairs = list(lines)
    width = min(_WIDEST, max((len(line) for line, _ in pairs), default=0))
    return [f"{line:<{width}}  # {one_line(comment)}" if comment else line for line, comment in pairs]


def one_line(text: str) -> str:
    r"""The text as a comment can hold it: on one line, printable, 300 characters at most.

    Examples
    --------
    >>> one_line("a\nb\x00  c")
    'a b c'
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def indented(lines: Iterable[str], by: int = 2) -> list[str]:
    """The lines further to the right; empty ones stay empty."""
    return [f"{' ' * by}{line}" if line else line for line in lines]


def commented_out(lines: Iterable[str]) -> list[str]:
    """The lines as a comment, in their place: without the ``# `` they are what they were.

    Examples
    --------
    >>> commented_out(["  - source: a", "    columns: [b]"])
    ['  # - source: a', '  #   columns: [b]']
    """
    kept = list(lines)
    margin = min((len(line) - len(line.lstrip()) for line in kept if line), default=0)
    return [f"{line[:margin]}# {line[margin:]}" for line in kept]


def _plain(value: Any) -> Any:
    """The value in types that PyYAML writes; whole floats without a point, and every text safely quoted."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value == int(value):
        return int(value)
    return str(value) if isinstance(value, str) else value
