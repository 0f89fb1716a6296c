"""The pages as Streamlit runs them, without a browser, and the server's start."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

pytest.importorskip("streamlit", reason="the extra `dashboard` is not installed")

from streamlit.testing.v1 import AppTest

import tenure.dashboard
from tenure.cli.dashboard import dashboard
from tenure.dashboard.app import PAGES
from tenure.dashboard.opened import PROJECT
from tenure.dashboard.server import options, serve
from tenure.errors import DashboardError, ProjectError

SCRIPT = Path(tenure.dashboard.__file__).with_name("app.py")


def page(title, opened, as_of):
    """The script of a test: one page."""
    from tenure.dashboard.app import show  # noqa: PLC0415 - Streamlit runs this body alone

    show(title, opened, as_of)


def shown(title, opened, as_of):
    run = AppTest.from_function(page, args=(title, opened, as_of), default_timeout=60).run()
    assert not run.exception, run.exception
    return run


def opening(run):
    """The sentence that the page opens with."""
    bodies = [each.proto.body for each in run.get("html") if "<h1>" in each.proto.body]
    assert len(bodies) == 1
    return bodies[0]


@pytest.mark.parametrize("title", PAGES)
def test_every_page_runs_on_an_empty_project(lend, tables, opened_as, title):
    made = lend(store=tables(), n_periods=0)
    run = shown(title, opened_as(made), None)
    assert "No period of cash-loans has run yet" in opening(run)
    assert "tenure run --as-of" in opening(run)


@pytest.mark.parametrize("title", PAGES)
def test_every_page_runs_while_nobody_is_in_office(lend, tables, opened_as, title):
    made = lend(store=tables(), n_periods=2, trained_at=None)
    assert opening(shown(title, opened_as(made), made.periods[-1].as_of))


@pytest.mark.parametrize("title", PAGES)
def test_every_page_runs_after_a_recession(recession, opened_as, title):
    run = shown(title, opened_as(recession), recession.periods[-1].as_of)
    assert opening(run)


def test_a_chart_tells_what_it_shows_to_those_who_cannot_see_it(recession, opened_as):
    run = shown("Performance", opened_as(recession), recession.periods[-1].as_of)
    charts = run.get("vega_lite_chart") or run.get("arrow_vega_lite_chart")
    assert charts
    assert all(chart.proto.alt for chart in charts)


def test_a_table_that_cannot_be_read_is_a_sentence_and_not_a_traceback(recession, opened_as, monkeypatch):
    def refuse(*_args, **_settings):
        raise ProjectError("the project file has a problem", hint="mend it")

    monkeypatch.setattr("tenure.dashboard.contents.timeline.read_timeline", refuse)
    opened = opened_as(recession)
    run = shown("Alerts and decisions", opened, recession.periods[3].as_of)
    assert "the project file has a problem" in opening(run)
    assert "mend it" in opening(run)


def test_the_script_says_what_is_wrong_with_a_project_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv(PROJECT, str(tmp_path / "nothing"))
    run = AppTest.from_file(str(SCRIPT), default_timeout=60).run()
    assert not run.exception
    assert "Reason to worry" in opening(run)


def test_no_folder_beside_the_script_is_taken_for_pages():
    # Streamlit makes pages of the files of a folder `pages`, and shows them to whoever comes first.
    assert not SCRIPT.with_name("pages").exists()


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DashboardError, match=f"127.0.0.1:{port}"):
            serve(tmp_path, host="127.0.0.1", port=port)


def test_nobody_is_told_who_looks_at_what():
    assert options("127.0.0.1", 8501)["browser_gatherUsageStats"] is False


def test_without_the_extra_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr("tenure.cli.dashboard._NEEDED", ("streamlit", "no_such_package"))
    with pytest.raises(DashboardError, match="no_such_package is not installed") as refused:
        dashboard(tmp_path)
    assert "tenure[dashboard]" in refused.value.hint
