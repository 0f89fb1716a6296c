"""The theme of a deck: what a project changes of it, and what nobody could read."""

from __future__ import annotations

import pytest

from tenure.errors import ProjectError
from tenure.render.deck.files import write_deck
from tenure.render.deck.theme import contrast, read_theme

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'


def test_the_theme_that_comes_with_it_can_be_read_in_every_colour():
    theme = read_theme()
    for colour in (*theme.series, theme.colours.ink, theme.colours.muted, theme.colours.accent):
        assert contrast(colour, theme.colours.paper) >= 4.5
    for ground, ink in zip(theme.heat, theme.heat_ink, strict=True):
        assert contrast(ink, ground) >= 4.5


def test_contrast_is_that_of_the_standard():
    # the examples of WebAIM's contrast checker
    assert contrast("#0000ff", "#ffffff") == pytest.approx(8.59, abs=0.01)
    assert contrast("#ff0000", "#ffffff") == pytest.approx(4.0, abs=0.01)
    assert contrast("#ffffff", "#ff0000") == contrast("#ff0000", "#ffffff")


def test_a_project_changes_what_it_names_and_keeps_the_rest(tmp_path):
    (tmp_path / "logo.svg").write_text(LOGO)
    (tmp_path / "theme.yaml").write_text('logo: logo.svg\ncolours: {accent: "#5a0b8a"}\n')
    theme = read_theme(tmp_path / "theme.yaml")
    assert theme.colours.accent == "#5a0b8a"
    assert theme.colours.ink == read_theme().colours.ink
    assert theme.logo == str(tmp_path / "logo.svg")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('colours: {ink: "#eeeeee"}', "contrast of 1.2"),
        ("colours: {ink: red}", "colours.ink"),
        ("shadow: deep", "shadow"),
        ("logo: nowhere.svg", "where nothing is"),
        ("- a\n- list", "cannot be read"),
    ],
)
def test_a_theme_that_cannot_be_is_an_error_that_says_why(tmp_path, text, said):
    (tmp_path / "theme.yaml").write_text(text)
    with pytest.raises(ProjectError, match=said):
        read_theme(tmp_path / "theme.yaml")


def test_a_theme_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ProjectError, match=r"theme\.yaml cannot be read"):
        read_theme(tmp_path / "theme.yaml")


def test_the_logo_of_a_theme_is_on_the_pages(lend, project, tmp_path, opened):
    (tmp_path / "logo.svg").write_text(LOGO)
    (tmp_path / "theme.yaml").write_text("logo: logo.svg\n")
    made = lend(n_periods=3)
    path = write_deck(
        made.store,
        project=project(theme="theme.yaml"),
        root=tmp_path,
        reports=tmp_path / "reports",
        as_of=made.periods[-1].as_of,
    )
    assert len(opened(path.read_bytes()).pages) == 10
