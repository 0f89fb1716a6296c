"""The documentation against the source: every code has its page, every link leads somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHECKS = ROOT / "docs" / "checks"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"[A-Z]{3,4}\d{3}")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`((?:docs|src|tests|examples|scripts|benchmarks|requirements)/[\w./-]+)`")


def codes_in(text: str) -> set[str]:
    """The codes that a module names: whole string constants, docstrings and comments aside."""
    constants = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and CODE.fullmatch(value)}


@cache
def codes() -> frozenset[str]:
    """The codes of the source."""
    return frozenset().union(*(codes_in(path.read_text()) for path in (ROOT / "src").rglob("*.py")))


@cache
def index() -> dict[str, tuple[str, ...]]:
    """The rows of the index of checks, by the code that they link to."""
    lines = [line for line in (CHECKS / "README.md").read_text().splitlines() if line.startswith("| [")]
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return {re.sub(r"\[(\w+)\]\(\1\.md\)", r"\1", row[0]): row[1:] for row in rows}


@cache
def prefixes() -> dict[str, str]:
    """What the index says of each prefix."""
    rows = re.findall(r"^\| ([A-Z]{3,4}) \| (.+) \|$", (CHECKS / "README.md").read_text(), re.MULTILINE)
    return dict(rows)


def slugs(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[str]:
    """The relative links of a page; what stands in code is none."""
    text = re.sub(r"`[^`\n]*`", "", FENCED.sub("", page.read_text()))
    return (target for target in LINK.findall(text) if "://" not in target and ":" not in target[:8])


@cache
def keys() -> frozenset[str]:
    """Every key that the reference of the project file lists, with its section: ``gate.min_rows``."""
    found, section = set(), ""
    for line in (ROOT / "docs/reference/project-file.md").read_text().splitlines():
        if heading := re.match(r"## `([\w.<>\[\]]+)`", line):
            section = f"{heading[1]}."
        elif row := re.match(r"\| `(\w+)` \|", line):
            found.add(f"{section}{row[1]}")
    return frozenset(found)


def is_dead(page: Path, target: str) -> bool:
    """Whether a relative link leads to no file, or to no heading of it."""
    path, _, anchor = target.partition("#")
    to = (page.parent / path).resolve() if path else page
    return not to.exists() or (bool(anchor) and anchor not in slugs(to))


def test_codes_are_read_from_code_and_not_from_what_is_said_of_it() -> None:
    text = '"""See VAL999."""\n# VAL998\nNAME = "ING001"\nf"{x} TRN001"\nCODES = {"a": "MON001"}\n'
    assert codes_in(text) == {"ING001", "MON001"}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert codes()
    assert {path.stem for path in CHECKS.glob("*.md")} - {"README"} == codes()


def test_every_code_is_in_the_index_and_nothing_else_is() -> None:
    assert set(index()) == codes()
    assert [code for code, cells in index().items() if len(cells) != 2 or not all(cells)] == []


def test_every_prefix_is_explained_and_used() -> None:
    assert {code[:-3] for code in codes()} == set(prefixes())


@pytest.mark.parametrize("code", sorted(codes()))
def test_a_page_says_what_is_found_how_from_which_limit_and_what_to_do(code: str) -> None:
    text = (CHECKS / f"{code}.md").read_text()
    assert text.startswith(f"# {code}: ")
    told = [r"how it is (found|detected)", "where the threshold comes from", "(what to do|how to fix it)"]
    missing = [part for part in (*told, "how to mute it") if not re.search(part, text, re.IGNORECASE)]
    assert missing == []


@pytest.mark.parametrize("code", sorted(codes()))
def test_the_index_calls_a_check_as_its_page_does(code: str) -> None:
    title = (CHECKS / f"{code}.md").read_text().splitlines()[0].removeprefix(f"# {code}: ")
    assert index()[code][0] == title


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    assert [target for target in links(page) if is_dead(page, target)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_of_the_project_that_is_named_exists(page: Path) -> None:
    named = NAMED.findall(FENCED.sub("", page.read_text()))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_key_of_the_project_file_that_is_named_exists(page: Path) -> None:
    sections = "|".join(sorted({key.partition(".")[0] for key in keys() if "." in key}))
    named = re.findall(rf"`((?:{sections})\.[a-z_.]+)`", FENCED.sub("", page.read_text()))
    known = keys() | {"model.onnx"}
    assert [key for key in named if key not in known] == []


def test_a_dead_link_and_a_dead_anchor_are_told(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# One two\n[b](b.md) [here](#one-two) [c](#three) `[d](d.md)` [e](https://e.example)\n")
    assert [target for target in links(page) if is_dead(page, target)] == ["b.md", "#three"]


def test_every_page_of_a_folder_with_an_index_is_in_it() -> None:
    for folder in ("adr", "checks"):
        listed = set(links(ROOT / "docs" / folder / "README.md"))
        there = {path.name for path in (ROOT / "docs" / folder).glob("*.md")} - {"README.md"}
        assert there - listed == set(), folder
