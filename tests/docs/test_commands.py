"""Every command of README, guides and concepts is one that there is, with options that it has."""

from __future__ import annotations

import re

import pytest
import tenure_docs_reading as reading
import typer
from typer.core import TyperGroup

from tenure.cli.commands import app

ROOT = reading.ROOT
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("guides/*.md")),
    *sorted((ROOT / "docs").glob("concepts/*.md")),
    *sorted((ROOT / "docs").glob("reference/*.md")),
    ROOT / "docs" / "index.md",
    ROOT / "docs" / "comparison.md",
    ROOT / "examples" / "README.md",
]
CALLS = sorted(
    {(step.page, call) for page in PAGES for step in reading.commands_of(page) for call in step.calls}
)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
INLINE = re.compile(r"`(tenure (?:--debug )?[a-z][^`]*)`")
CHECKS = sorted((ROOT / "docs").glob("checks/*.md"))


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


@pytest.mark.parametrize("page", [*PAGES, *CHECKS], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_command_that_is_named_in_a_sentence_is_one_and_has_its_options(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = [" ".join(found.split()).split()[1:] for found in INLINE.findall(text)]
    assert [words for words in named if not is_one(words)] == []


def is_one(words: list[str]) -> bool:
    """Whether a command is called so, and all options that are named are its own."""
    command, rest = typer.main.get_command(app), [word for word in words if not word.startswith("-")]
    while isinstance(command, TyperGroup) and rest:
        command, rest = command.commands.get(rest[0]), rest[1:]
    if command is None:
        return words[0] == "COMMAND"
    there = {
        option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
    }
    general = {"--debug", "--help"}
    return {word for word in words if word.startswith("-")} <= there | general


def test_an_option_that_a_sentence_makes_up_is_told():
    assert is_one(["run", "--only", "STEP", "--as-of", "D"])
    assert not is_one(["run", "--since", "D"])
    assert not is_one(["runs"])
