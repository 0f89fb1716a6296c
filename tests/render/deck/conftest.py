"""Decks of the lenders of the tests of reports, and their PDFs as a reader finds them."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tenure.project import Project

pytest.importorskip("typst", reason="the extra `report` is not installed")
pytest.importorskip("altair", reason="the extra `report` is not installed")

from tenure.render.deck.files import read_deck
from tenure.render.deck.layout import lay_out
from tenure.render.deck.setting import set_pdf
from tenure.render.deck.theme import read_theme

_SPEC = importlib.util.spec_from_file_location(
    "tenure_tests_lenders_of_decks", Path(__file__).parents[2] / "reporting" / "conftest.py"
)
_LENDERS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_LENDERS)
datamart, lend, recession = _LENDERS.datamart, _LENDERS.lend, _LENDERS.recession


@dataclass(frozen=True)
class Made:
    """A deck and everything that is made of it."""

    deck: Any
    layout: dict
    pictures: dict
    pdf: bytes
    project: Project
    lender: Any


def project_of(**deck: object) -> Project:
    """A small project file, as far as a deck reads it."""
    return Project.model_validate(
        {
            "project": "cash-loans",
            "sources": {"attributes": {"path": "a.csv", "keys": ["id"], "columns": {"SSN": {"pii": True}}}},
            "population": {"select": "SELECT 1"},
            "label": {"select": "SELECT 1", "horizon": "6 months"},
            "features": [{"source": "attributes"}],
            "report": {"deck": deck},
        }
    )


@pytest.fixture(scope="session")
def project():
    """The project file of a deck, with what is said of it."""
    return project_of


@pytest.fixture(scope="session")
def set_deck():
    """The deck of the last period of a lender's tables, set."""

    def make(lender, **settings) -> Made:
        told = project_of(**settings)
        deck = read_deck(lender.store, project=told, as_of=lender.periods[-1].as_of)
        theme = read_theme()
        layout, pictures = lay_out(deck, theme=theme, page=told.report.deck.page)
        return Made(deck, layout, pictures, set_pdf(layout, pictures, theme=theme), told, lender)

    return make


@pytest.fixture(scope="session")
def made(set_deck, recession):
    """The deck at the end of the recession."""
    return set_deck(recession, about="Who will default?", owners=["Risk: Ayşe Yılmaz"], contact="a@b.example")


@pytest.fixture
def opened():
    """A PDF as its reader finds it: its pages' words, its fonts, its root."""
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")

    def read(pdf: bytes) -> SimpleNamespace:
        import io  # noqa: PLC0415 - beside the optional reader

        reader = pypdf.PdfReader(io.BytesIO(pdf))
        pages = [" ".join(page.extract_text().replace("\u200b", "").split()) for page in reader.pages]
        return SimpleNamespace(reader=reader, pages=pages, root=reader.trailer["/Root"])

    return read
