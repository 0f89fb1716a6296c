"""Data Docs: what was expected of a period, page by page, as HTML that opens without a network."""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, DictLoader

from tenure.validation.offline import INDEX, TEMPLATES

_ELSEWHERE = re.compile(r'<a href="\.\./[^"]*"\s*>(.*?)</a>')
"""Links to pages of the library's own site, which is not written: the suite is the project file."""


@dataclass(frozen=True, slots=True)
class Page:
    """One source on the index."""

    source: str
    n_expectations: int
    n_met: int

    @property
    def file(self) -> str:
        """The name of its file, in the folder of the index."""
        return f"{self.source}.html"


def render_docs(answers: Sequence[ExpectationSuiteValidationResult], as_of: str) -> dict[str, str]:
    """A page per validated source and an index, as HTML by file name.

    The same answers give the same pages: they hold no clock, no address and no random name.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pages = {_page_of(answer).file: _render_page(answer, as_of) for answer in answers}
        index = _view().env.get_template(INDEX)
        pages["index.html"] = index.render(as_of=as_of, pages=[_page_of(answer) for answer in answers])
    return pages


def _render_page(answer: ExpectationSuiteValidationResult, as_of: str) -> str:
    # Whatever else the library notes of a run (the moment it ran, versions, addresses) would differ
    # between two runs on the same rows.
    version = answer.meta.get("great_expectations_version")
    run = {"run_name": as_of, "run_time": as_of}
    answer.meta = {"great_expectations_version": version, "run_id": run}
    for result in answer.results:
        result.result = _escaped(result.result)
    document = ValidationResultsPageRenderer(run_info_at_end=False).render(answer)
    return _ELSEWHERE.sub(r"\1", str(_view().render(document)))  # type: ignore[no-untyped-call]


@cache
def _view() -> DefaultJinjaPageView:
    """Great Expectations' view, with our frame of the page in place of its own."""
    view = DefaultJinjaPageView()
    own = DictLoader(TEMPLATES)
    view.env.loader = own if view.env.loader is None else ChoiceLoader([own, view.env.loader])
    return view


def _escaped(told: Any) -> Any:
    """The same with every text fit for HTML: the library's templates show observed values as they came."""
    if isinstance(told, Mapping):
        return {key: _escaped(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [_escaped(value) for value in told]
    return html.escape(told) if isinstance(told, str) else told


def _page_of(answer: ExpectationSuiteValidationResult) -> Page:
    return Page(answer.suite_name, len(answer.results), sum(bool(each.success) for each in answer.results))
