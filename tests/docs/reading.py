"""What a reader of the documentation is told to type, as it stands in the fenced blocks of a page."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^# ([\w.-]+\.yaml), beside tenure\.yaml\n")
PROGRAMS = (
    "tenure", "make", "pip", "curl", "promtool", "amtool", "python", "docker", "kubectl", "export",
    "airflow", "prefect",
)  # fmt: skip


@dataclass(frozen=True)
class Typed:
    """One line that a reader types, and what the page shows below it."""

    page: str
    text: str
    shown: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether the page shows an error as its answer."""
        return self.shown.lstrip().startswith("error:")

    @property
    def calls(self) -> tuple[tuple[str, ...], ...]:
        """Its programs with their arguments; of a pipe the first."""
        words = shlex.split(self.text, comments=True)
        calls: list[list[str]] = [[]]
        for before, word in zip(["", *words], words, strict=False):
            if before == ">" or word == ">":  # where it is written to
                continue
            if word in {"&&", "|", ";"}:
                calls.append([])
            elif calls[-1] or "=" not in word:  # an assignment before the program
                calls[-1].append(word)
        return tuple(tuple(call) for call in calls if call)


@dataclass(frozen=True)
class Written:
    """A file of the project that a reader writes."""

    name: str
    text: str


@dataclass(frozen=True)
class Snippet:
    """Python that a reader runs."""

    text: str


Step: TypeAlias = Typed | Written | Snippet


def blocks_of(page: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block."""
    return [(found[1], found[2]) for found in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def followed(page: Path) -> list[Step]:
    """What a reader who follows the page does, in its order."""
    done: list[Step] = []
    for language, text in blocks_of(page):
        if language == "console":
            done += typed_in(page.relative_to(ROOT).as_posix(), text)
        elif language in {"bash", "sh"}:
            done += typed_in(page.relative_to(ROOT).as_posix(), prompted(text))
        elif language == "yaml" and (found := FILE.match(text)):
            done.append(Written(found[1], text))
        elif language == "python":
            done.append(Snippet(text))
    return done


def typed_in(page: str, block: str) -> list[Typed]:
    """The lines behind a prompt, each with the lines below it up to the next."""
    done: list[Typed] = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        while line.endswith("\\"):
            more, _, shown = shown.partition("\n")
            line = f"{line[:-1].rstrip()} {more.strip()}"
        done.append(Typed(page, line.strip(), shown))
    return done


def prompted(script: str) -> str:
    """A script as a console shows it: those of its lines that call one of `PROGRAMS`."""
    whole = script.replace("\\\n", " ")
    lines = [line.strip() for line in whole.splitlines()]
    return "\n".join(f"$ {line}" for line in lines if line.startswith(PROGRAMS))


def commands_of(page: Path) -> list[Typed]:
    """What is typed in a shell, alone."""
    return [step for step in followed(page) if isinstance(step, Typed)]
