"""The site is built without a network and without a warning, and loads nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOADED = re.compile(r"""<(?:link|script|img|iframe|source)\b[^>]*?(?:href|src)=["']?(?:https?:)?//""")
_SPEC = importlib.util.spec_from_file_location("tenure_site_hooks", ROOT / "scripts" / "site_hooks.py")
hooks = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(hooks)


def on_page(text, source):
    return hooks.on_page_markdown(text, SimpleNamespace(file=SimpleNamespace(src_uri=source)))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site."""
    pytest.importorskip("mkdocs", reason="mkdocs is not installed: `make dev`")
    folder = tmp_path_factory.mktemp("site")
    unreachable = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, env={**os.environ, **unreachable, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_every_page_of_the_documentation_is_a_page_of_the_site(site):
    docs = ROOT / "docs"
    for page in docs.rglob("*.md"):
        there = page.relative_to(docs).with_suffix(".html")
        there = there.with_name("index.html") if page.stem == "README" else there
        assert (site / there).exists(), page
    assert (site / "changelog.html").exists()
    assert (site / "measured.html").exists()


def test_no_page_loads_anything_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 80
    assert [page.name for page in pages if LOADED.search(page.read_text(encoding="utf-8"))] == []
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert not re.search(r"(url\(|@import )[\"']?https?:", styles)


def test_what_loads_from_elsewhere_is_seen():
    assert LOADED.search('<script src="https://unpkg.com/x.js"></script>')
    assert LOADED.search('<link rel="stylesheet" href="//fonts.example/a.css">')
    assert not LOADED.search('<a href="https://example.org">there</a><img src="assets/a.png">')


def test_a_link_out_of_the_documentation_becomes_the_name_of_the_file():
    said = on_page("See [the server](../../deploy/nginx/nginx.conf).", "guides/serve.md")
    assert said == "See the server (`deploy/nginx/nginx.conf`)."
    said = on_page("[`estimation`](../../src/tenure/stats/estimation.py)", "concepts/monitoring.md")
    assert said == "`estimation` (`src/tenure/stats/estimation.py`)"


def test_a_page_that_is_brought_in_is_linked_to_from_either_side():
    assert on_page("[n](../../benchmarks/RESULTS.md)", "guides/serve.md") == "[n](../measured.md)"
    assert on_page("[g](docs/guides/serve.md#why)", "changelog.md") == "[g](guides/serve.md#why)"
    assert on_page("[c](../checks)", "guides/serve.md") == "[c](../checks/README.md)"


def test_links_in_code_to_the_page_itself_and_to_elsewhere_stay():
    for text in ("`[a](b.md)`", "[a](#here)", "[a](https://example.org)", "```\n[a](b.md)\n```"):
        assert on_page(text, "index.md") == text


def test_a_link_to_nothing_stops_the_build():
    with pytest.raises(ValueError, match="leads to nothing"):
        on_page("[a](nowhere.md)", "index.md")
