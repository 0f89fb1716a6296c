"""The PDF of a deck: how many pages, what it says of itself, and whether all of it is there."""

from __future__ import annotations

import hashlib

import pytest

from tenure.render.deck.layout import lay_out
from tenure.render.deck.pipeline import plain_text
from tenure.render.deck.setting import set_pdf, set_pictures
from tenure.render.deck.theme import read_theme

AWKWARD = {
    "three periods": {"n_periods": 3},
    "no labels yet": {"labels": False},
    "nobody in office": {"trained_at": None, "refused_at": None, "retrained_at": None, "n_periods": 14},
    "more than two classes": {"classes": ("düşük", "orta", "yüksek")},
}


def squeezed(text):
    """The letters of a text: where a line breaks is the page's to decide."""
    return "".join(text.replace("\u00a0", " ").split())


def headline_of(page):
    """The parts of a headline: behind a number stands the letter of its source."""
    return [squeezed(plain_text((part,))) for part in page.headline]


def test_a_deck_has_ten_pages_each_with_its_headline(made, opened):
    found = opened(made.pdf)
    assert len(found.pages) == len(made.deck.pages) == 10
    for page, text in zip(made.deck.pages, found.pages, strict=True):
        assert all(said in squeezed(text) for said in headline_of(page))


def test_it_is_tagged_titled_in_a_language_and_claims_the_standard_of_accessible_documents(made, opened):
    found = opened(made.pdf)
    assert found.root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in found.root
    assert str(found.root["/Lang"]).startswith("en")
    assert found.reader.metadata.title == f"cash-loans: as of {made.deck.as_of}"
    assert found.reader.xmp_metadata.rdf_root.toxml().count("pdfuaid:part") >= 1
    assert found.reader.metadata.creation_date.date() == made.deck.as_of


def test_every_font_is_in_the_file(made, opened):
    names = set()
    for page in opened(made.pdf).reader.pages:
        for font in page["/Resources"]["/Font"].values():
            [below] = font.get_object()["/DescendantFonts"]
            descriptor = below.get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)
            names.add(str(descriptor["/FontName"]).partition("+")[2])
    assert names == {"LiberationSans", "LiberationSans-Bold"}


def test_charts_are_vectors_told_in_words(made, opened):
    assert [page for page in opened(made.pdf).reader.pages if page.images] == []
    for page in made.layout["pages"]:
        for figure in page["figures"]:
            if figure["kind"] == "picture":
                assert figure["told"].endswith(".")
                assert "var(--" not in made.pictures[figure["file"]]


def test_the_same_tables_give_the_same_bytes(made, set_deck, recession):
    again = set_deck(
        recession, about="Who will default?", owners=["Risk: Ayşe Yılmaz"], contact="a@b.example"
    )
    assert hashlib.sha256(again.pdf).hexdigest() == hashlib.sha256(made.pdf).hexdigest()


@pytest.mark.parametrize("name", AWKWARD)
def test_an_awkward_project_has_ten_pages_too_and_no_empty_chart(name, lend, set_deck, opened):
    made = set_deck(lend(**AWKWARD[name]), page="16:9" if "classes" in name else "a4")
    found = opened(made.pdf)
    assert len(found.pages) == 10
    for page, text in zip(made.layout["pages"], found.pages, strict=True):
        assert page["figures"], page["topic"]
        assert all(said in squeezed(text) for said in headline_of(made.deck.pages[page["number"] - 1]))
    for svg in made.pictures.values():
        assert svg.count("<path") + svg.count("<rect") + svg.count("<text") > 6


def test_two_hundred_features_and_names_in_turkish_fit(datamart, lend, set_deck, opened):
    wide = set_deck(lend(features=datamart.Lender().features_named(200)))
    assert len(opened(wide.pdf).pages) == 10
    turkish = set_deck(lend(features=datamart.TURKISH, n_periods=12), about="Kredi başvuruları: kim gecikir?")
    text = " ".join(opened(turkish.pdf).pages)
    assert "Kredi başvuruları: kim gecikir?" in text
    assert "Kullanım_Şekli" in text


def test_what_no_font_has_does_not_stop_the_deck(lend, set_deck, opened):
    made = set_deck(lend(n_periods=3), about="Loans in 東京 \U0001f3e0")
    assert len(opened(made.pdf).pages) == 10


def test_a_page_is_as_large_as_was_asked_for(made, opened):
    theme = read_theme()
    layout, pictures = lay_out(made.deck, theme=theme, page="16:9")
    box = opened(set_pdf(layout, pictures, theme=theme)).reader.pages[0].mediabox
    assert float(box.width) / float(box.height) == pytest.approx(16 / 9, abs=1e-3)
    box = opened(made.pdf).reader.pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((841.89, 595.28), abs=0.1)


def test_each_page_can_be_drawn(made):
    drawn = set_pictures(made.layout, made.pictures, theme=read_theme(), ppi=30)
    assert len(drawn) == 10
    assert all(png.startswith(b"\x89PNG") for png in drawn)


def placed(page):
    """Where on the page each piece of text begins, in points."""
    found = []

    def see(text, to_page, to_line, font, size):  # noqa: ARG001 - what pypdf gives
        if text.strip():
            x, y = float(to_line[4]), float(to_line[5])
            across = x * to_page[0] + y * to_page[2] + to_page[4]
            found.append((across, x * to_page[1] + y * to_page[3] + to_page[5], text.strip()))

    page.extract_text(visitor_text=see)
    return found


@pytest.mark.parametrize("form", ["a4", "16:9"])
def test_three_periods_two_hundred_turkish_names_and_no_labels_stay_on_their_pages(
    form, datamart, lend, set_deck, opened
):
    names = tuple(
        f"{datamart.TURKISH[i % len(datamart.TURKISH)]}_{i}_son_üç_ayın_ortalaması" for i in range(200)
    )
    lender = lend(n_periods=3, features=names, labels=False)
    made = set_deck(lender, page=form, about="Kredi başvuruları: kim gecikir?", owners=["Risk: Ayşe Yılmaz"])
    pages = opened(made.pdf).reader.pages
    assert len(pages) == 10
    for page in pages:
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        there = placed(page)
        assert len(there) > 10
        assert [one for one in there if not (0 < one[0] < width - 10 and 0 < one[1] < height)] == []


def test_every_line_and_every_cell_of_an_awkward_deck_is_set(datamart, lend, set_deck, opened):
    made = set_deck(lend(n_periods=10, features=datamart.Lender().features_named(200)))
    found = opened(made.pdf)
    for page, text in zip(made.deck.pages, found.pages, strict=True):
        cells = [cell for figure in page.figures for row in getattr(figure, "rows", ()) for cell in row]
        for said in [part for one in [*page.lines, *cells] for part in one]:
            assert squeezed(plain_text((said,))) in squeezed(text), (page.topic, said)
