"""Every page in a real browser: on a simulated lender, on an empty project, and on 200 features."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from tenure.demo import prepare_demo
from tenure.ports import Silent
from tenure.replay import backfill, plan
from tenure.running.runtime import open_runtime

pytest.importorskip("streamlit", reason="the extra `dashboard` is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 90_000
"""Milliseconds: how long a page takes depends on what else the machine does."""
PAGES = {
    "Office": "",
    "Data quality": "data-quality",
    "Drift": "drift",
    "Performance": "performance",
    "Models": "models",
    "Alerts and decisions": "alerts-and-decisions",
    "One applicant": "one-applicant",
}
NO_CHART_OF_WIDE = {"Data quality", "Models"}
"""Nothing was found in it, and three classes have no threshold."""
READY = """
document.querySelector('.tenure h1')
&& document.querySelector('.stApp[data-test-script-state=notRunning]')
&& !document.querySelector('[data-testid=stSkeleton]') && !document.querySelector('[data-stale=true]')
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium"),
]


@contextmanager
def served(project: Path) -> Iterator[str]:
    """The address of the dashboard of a project, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tenure", "dashboard", "-p", str(project), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE / 1000
        while not answers(address):
            assert process.poll() is None, "the dashboard has ended"
            assert time.monotonic() < deadline, "the dashboard does not answer"
            time.sleep(0.2)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


def answers(address: str) -> bool:
    """Whether the server is there."""
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:  # noqa: S310
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Debian's Chromium."""
    with playwright.sync_playwright() as started:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = started.chromium.launch(executable_path=str(CHROMIUM), args=options)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A simulated lender after 14 periods."""
    folder = tmp_path_factory.mktemp("lender") / "project"
    prepare_demo(folder, n_customers=200, seed=7)
    file = folder / "tenure.yaml"
    text = file.read_text(encoding="utf-8")
    for said, instead in (
        ("algorithms: [xgboost, logistic_regression]", "algorithms: [logistic_regression]"),
        ("trials: 5", "trials: 1"),
        ("minimum: {roc_auc: 0.70}", "minimum: {roc_auc: 0.5}"),
    ):
        assert said in text
        text = text.replace(said, instead)
    file.write_text(text, encoding="utf-8")
    runtime = open_runtime(folder, progress=Silent(), jobs=1)
    for _ in backfill(plan(date(2023, 1, 1), date(2024, 2, 1), runtime=runtime), runtime=runtime):
        pass
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def empty(empty_project: Path) -> Iterator[str]:
    """A project in which nothing has run."""
    with served(empty_project) as address:
        yield address


@pytest.fixture(scope="module")
def wide(write_project: Callable[..., Path]) -> Iterator[str]:
    """200 features, three classes, three periods."""
    settings = {"n_features": 199, "classes": ("az", "orta", "çok"), "last": date(2024, 5, 1)}
    with served(write_project(**settings)) as address:
        yield address


class Visit:
    """One page, and what it asked of the network and complained of."""

    def __init__(self, browser: object, address: str, path: str = "", *, scheme: str = "light") -> None:
        size = {"width": 1280, "height": 900}
        self.context = browser.new_context(viewport=size, color_scheme=scheme)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(f"{address}/{path}", timeout=PATIENCE)
        self.settle()

    def settle(self) -> None:
        """Wait until the page stands still."""
        self.page.wait_for_function(READY, timeout=PATIENCE)
        self.page.wait_for_timeout(500)
        self.page.wait_for_function(READY, timeout=PATIENCE)

    @property
    def sentence(self) -> str:
        """What the page opens with."""
        return self.page.inner_text(".tenure h1")

    @property
    def charts(self) -> list[int]:
        """How many marks each chart has drawn."""
        return self.page.eval_on_selector_all(
            "[data-testid=stVegaLiteChart] svg", "all => all.map(svg => svg.querySelectorAll('path').length)"
        )

    def check(self) -> None:
        """Nothing is broken, and nothing came from elsewhere."""
        assert self.page.query_selector("[data-testid=stException]") is None
        assert len(self.sentence) > 10
        assert [
            url
            for url in self.asked
            if not url.startswith(("http://127.0.0.1", "ws://127", "data:", "blob:"))
        ] == []

    def close(self) -> None:
        """Leave."""
        self.context.close()


@contextmanager
def visit(browser: object, address: str, path: str = "", **how: str) -> Iterator[Visit]:
    """Open a page, look at it, leave."""
    visited = Visit(browser, address, path, **how)
    try:
        yield visited
        visited.check()
    finally:
        visited.close()


def background(visited: Visit) -> int:
    """How bright the page's ground is, 0 to 765."""
    told = visited.page.eval_on_selector(".stApp", "app => getComputedStyle(app).backgroundColor")
    return sum(int(part) for part in told[told.index("(") + 1 : -1].split(",")[:3])


@pytest.mark.parametrize("title", PAGES)
def test_every_page_of_a_lender_has_its_sentence_and_its_charts(browser, lender, title):
    with visit(browser, lender, PAGES[title]) as visited:
        assert visited.charts, f"no chart on {title}"
        assert min(visited.charts) > 0
        assert visited.page.title()


@pytest.mark.parametrize("title", PAGES)
def test_every_page_of_an_empty_project_says_what_to_do(browser, empty, title):
    with visit(browser, empty, PAGES[title]) as visited:
        assert "No period of small has run yet" in visited.sentence
        assert "tenure run --as-of" in visited.page.inner_text(".tenure .hint")


@pytest.mark.parametrize("title", PAGES)
def test_every_page_stays_usable_with_200_features(browser, wide, title):
    with visit(browser, wide, PAGES[title]) as visited:
        assert visited.charts or title in NO_CHART_OF_WIDE
        height = visited.page.evaluate(
            "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
        )
        assert height < 6000


def test_a_feature_is_found_among_200_and_drawn(browser, wide):
    with visit(browser, wide, "drift") as visited:
        visited.page.get_by_label("Search a feature", exact=True).fill("x_117")
        visited.page.keyboard.press("Enter")
        visited.page.get_by_text("1 of 200 features").wait_for(timeout=PATIENCE)
        visited.settle()
        visited.page.get_by_text("loans_x_117").first.wait_for(state="attached", timeout=PATIENCE)
        assert min(visited.charts) > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_follow_the_readers_screen(browser, lender, scheme):
    with visit(browser, lender, scheme=scheme) as visited:
        assert (background(visited) > 380) is (scheme == "light")
        ink = visited.page.eval_on_selector(".tenure h1", "h => getComputedStyle(h).color")
        shade = sum(int(part) for part in ink[ink.index("(") + 1 : -1].split(",")[:3])
        assert (shade < 380) is (scheme == "light")


def test_the_keyboard_alone_reaches_another_page(browser, lender):
    with visit(browser, lender) as visited:
        for _ in range(20):
            visited.page.keyboard.press("Tab")
            if visited.page.evaluate("document.activeElement.textContent").strip() == "Drift":
                break
        visited.page.keyboard.press("Enter")
        visited.page.wait_for_url("**/drift", timeout=PATIENCE)
        visited.page.get_by_label("Search a feature", exact=True).wait_for(timeout=PATIENCE)
        visited.settle()


def test_an_earlier_period_shows_what_was_known_then(browser, lender):
    with visit(browser, lender) as visited:
        now = visited.sentence
        visited.page.get_by_label("Period", exact=True).click()
        visited.page.keyboard.type("2023-01-01")
        visited.page.get_by_role("option", name="2023-01-01").wait_for(timeout=PATIENCE)
        visited.page.keyboard.press("Enter")
        visited.page.get_by_text("Nobody is in office yet").first.wait_for(timeout=PATIENCE)
        visited.settle()
        assert visited.sentence != now


def test_an_applicant_is_found_by_a_part_of_the_key_and_explained(browser, lender):
    with visit(browser, lender, "one-applicant") as visited:
        shown = visited.sentence.split(" scored ")[0].split()[-1]
        visited.page.get_by_label("Search by Customer_ID", exact=True).fill(shown[-6:])
        visited.page.keyboard.press("Enter")
        visited.page.wait_for_timeout(1500)
        visited.settle()
        assert shown in visited.sentence
        body = visited.page.inner_text("[data-testid=stMainBlockContainer]")
        assert "What pushed the last score up" in body
        assert "explains nothing" not in body


def test_nobody_is_found_by_a_key_that_is_nobodys(browser, lender):
    with visit(browser, lender, "one-applicant") as visited:
        visited.page.get_by_label("Search by Customer_ID", exact=True).fill("nobody-has-this")
        visited.page.keyboard.press("Enter")
        visited.page.get_by_text("was scored in the last periods").wait_for(timeout=PATIENCE)
