"""Every command of README, guides and concepts is one that there is, with options that it has."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from tenure.cli.commands import app

_SPEC = importlib.util.spec_from_file_location("tenure_docs_words", Path(__file__).with_name("reading.py"))
reading = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = reading
_SPEC.loader.exec_module(reading)

ROOT = reading.ROOT
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("guides/*.md")),
    *sorted((ROOT / "docs").glob("concepts/*.md")),
    *sorted((ROOT / "docs").glob("reference/*.md")),
]
CALLS = sorted(
    {(step.page, call) for page in PAGES for step in reading.commands_of(page) for call in step.calls}
)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
INLINE = re.compile(r"`(tenure [a-z][^`]*)`")


def parse(arguments: list[str]) -> str:
    """The name of the command, once its arguments have been read as the command line reads them."""
    command, name, context = typer.main.get_command(app), "tenure", None
    while True:
        context = command.make_context(name, list(arguments), parent=context)
        if not isinstance(command, TyperGroup):
            return context.command_path
        name, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])


def test_there_is_something_to_check():
    assert len(CALLS) > 40
    assert {"tenure", "make"} <= {call[0] for _, call in CALLS}


@pytest.mark.parametrize(
    ("page", "call"),
    [(page, call) for page, call in CALLS if call[0] == "tenure" and "--help" not in call],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_a_command_of_tenure_is_read_with_all_its_options(page, call):  # noqa: ARG001 - the page is in the name
    filled = ["2024-01-31" if "$" in word else word for word in call[1:]]  # of a script: some day
    assert parse(filled).startswith("tenure ")


@pytest.mark.parametrize(
    ("page", "call"),
    [(page, call) for page, call in CALLS if call[0] == "make"],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_a_target_of_make_is_there(page, call):  # noqa: ARG001 - the page is in the name
    assert [word for word in call[1:] if "=" not in word and word not in TARGETS] == []


def test_an_option_that_is_not_there_is_told():
    with pytest.raises(Exception, match="No such option"):
        parse(["status", "--since", "2024-01-01"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_typed_stands_behind_a_prompt(page):
    """A block that is no console and no script holds no line that begins with one of our programs."""
    read = {"console", "bash", "sh", "yaml"}
    looked = [text for language, text in reading.blocks_of(page) if language not in read]
    lines = [line for text in looked for line in text.splitlines()]
    assert [line for line in lines if re.match(rf"(\$ )?({'|'.join(reading.PROGRAMS)}) ", line)] == []


def test_lines_behind_a_prompt_and_lines_of_a_script_are_read_with_what_is_shown_below():
    block = "$ tenure status -p a \\\n    --json   # all\nerror: no\n$ make demo\n"
    first, second = reading.typed_in("a.md", block)
    assert (first.calls, first.is_refused) == ((("tenure", "status", "-p", "a", "--json"),), True)
    assert (second.text, second.is_refused) == ("make demo", False)
    assert reading.prompted("cd a\ntenure run \\\n  --json\nif x; then") == "$ tenure run    --json"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_that_is_named_in_a_sentence_is_one(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    root = typer.main.get_command(app)
    named = {" ".join(found.split()).split()[1] for found in INLINE.findall(text)}
    assert {name for name in named if name not in root.commands and name.isalpha()} <= {"command"}
