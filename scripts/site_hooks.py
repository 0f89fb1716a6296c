"""What MkDocs asks of us while it builds the site: the order of pages, and links that lead out of docs/."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = {
    "Guides": ("guides", ("first-project", "replay", "running", "report", "serve", "schedule", "alerts")),
    "Concepts": ("concepts", ("point-in-time", "maturity", "replay", "gate", "monitoring")),
    "Reference": ("reference", ("project-file", "commands", "gold-tables", "metrics")),
    "Checks": ("checks", ("README",)),
    "Decisions": ("adr", ("README",)),
}
"""Folders of docs/, and the pages that come first there; the others follow by name."""
SINGLE = {
    "Start": "index.md",
    "Compared with other tools": "comparison.md",
    "Glossary": "glossary.md",
}
BROUGHT_IN = {"CHANGELOG.md": "changelog.md", "benchmarks/RESULTS.md": "measured.md"}
"""Pages of the repository that are part of the site although they lie elsewhere."""
LINK = re.compile(r"`[^`\n]*`|(!?)\[((?:[^\]`]|`[^`\n]*`)*)\]\(([^)\s]+)\)")
"""A link; or code, in which there is none."""
FENCE = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)


def on_config(config: Any) -> Any:
    """Every page of docs/ has its place in the menu: a new one needs no entry."""
    docs = Path(config.docs_dir)
    folders = [{title: [*_ordered(docs / name, first)]} for title, (name, first) in SECTIONS.items()]
    single = [{title: path} for title, path in SINGLE.items()]
    brought = [{"Changes": "changelog.md"}, {"What was measured": "measured.md"}]
    config.nav = [single[0], *folders, *single[1:], *brought]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Bring in the pages that lie outside docs/."""
    from mkdocs.structure.files import File  # noqa: PLC0415 - only MkDocs calls this

    for source, page in BROUGHT_IN.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Make of links to files that are on no page the names of these files."""
    source = page.file.src_uri
    home = next((path for path, name in BROUGHT_IN.items() if name == source), f"docs/{source}")
    parts = FENCE.split(markdown)
    parts[::2] = [LINK.sub(lambda found: resolve(found, home, source), part) for part in parts[::2]]
    return "".join(parts)


def resolve(found: re.Match[str], home: str, page: str) -> str:
    """A link as the site needs it: pages are linked to, other files of the repository are named.

    Parameters
    ----------
    found
        The link, as Markdown.
    home
        The file that it stands in, from the root of the repository.
    page
        That file's page on the site.

    Raises
    ------
    ValueError
        If it leads to nothing.
    """
    mark, text, target = found.groups()
    if target is None:
        return found[0]
    path, hash_, anchor = target.partition("#")
    if not path or "://" in target or target.startswith("mailto:"):
        return found[0]
    there = posixpath.normpath(posixpath.join(posixpath.dirname(home), path))
    if not (ROOT / there).exists():
        raise ValueError(f"{home}: {target} leads to nothing")
    on_site = BROUGHT_IN.get(there) or (there.removeprefix("docs/") if there.startswith("docs/") else None)
    if on_site and (ROOT / "docs" / on_site).is_dir():
        on_site = f"{on_site}/README.md"
    if on_site is None:
        return text if text == there else f"{text} (`{there}`)"
    return f"{mark}[{text}]({posixpath.relpath(on_site, posixpath.dirname(page) or '.')}{hash_}{anchor})"


def _ordered(folder: Path, first: tuple[str, ...]) -> Iterator[str]:
    there = {path.stem: f"{folder.name}/{path.name}" for path in sorted(folder.glob("*.md"))}
    for stem in [*(name for name in first if name in there), *(name for name in there if name not in first)]:
        yield there[stem]
