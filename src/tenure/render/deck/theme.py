"""The theme of a deck: colours, font and logo, from the file that comes with Tenure and the project's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from tenure.domain.sources import Section
from tenure.errors import ProjectError

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
LEAST_CONTRAST = 4.5
"""Of text on its ground: WCAG 2.2, success criterion 1.4.3."""
_READ = ("ink", "muted", "accent", "alert", "warning", "good")

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class Colours(Section):
    """Colours by what they are for, as ``#rrggbb``."""

    paper: Colour
    panel: Colour
    ink: Colour
    muted: Colour
    line: Colour
    grid: Colour
    accent: Colour
    alert: Colour
    warning: Colour
    good: Colour


class Theme(Section):
    """How a deck looks."""

    font: str
    """The family of all text."""
    fonts: str = ""
    """A folder of font files, relative to the file that names it."""
    logo: str = ""
    """An SVG or PNG, relative to the file that names it."""
    colours: Colours
    series: tuple[Colour, Colour, Colour, Colour, Colour, Colour]
    """Of the kinds of a chart, in their order."""
    heat: tuple[Colour, Colour, Colour, Colour, Colour]
    """From far below a limit to twice above it."""
    heat_ink: tuple[Colour, Colour, Colour, Colour, Colour]
    """The numbers on them."""

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        for name in _READ:
            found = contrast(getattr(self.colours, name), self.colours.paper)
            if found < LEAST_CONTRAST:
                raise ValueError(
                    f"`{name}` on `paper` has a contrast of {found:.1f} (at least {LEAST_CONTRAST})"
                )
        return self

    @property
    def variables(self) -> Mapping[str, str]:
        """Every colour by the name that charts know it under."""
        steps = {f"series-{i}": colour for i, colour in enumerate(self.series, start=1)}
        steps |= {f"heat-{i}": colour for i, colour in enumerate(self.heat)}
        steps |= {f"heat-ink-{i}": colour for i, colour in enumerate(self.heat_ink)}
        return {**self.colours.model_dump(), **steps}


def read_theme(path: Path | None = None) -> Theme:
    """The theme that a file changes; Tenure's own without one.

    Parameters
    ----------
    path
        A YAML file of the keys that differ; its paths start from its own folder.

    Raises
    ------
    ProjectError
        If the file is missing, is not YAML, or says what no theme can have.

    Examples
    --------
    >>> read_theme().font
    'Liberation Sans'
    """
    own = _read(HERE / "theme.yaml")
    if path is None:
        return Theme.model_validate(own)
    try:
        changed = _read(path)
        colours = {**own["colours"], **(changed.get("colours") or {})}
        placed = {key: str(path.parent / changed[key]) for key in ("fonts", "logo") if changed.get(key)}
        theme = Theme.model_validate({**own, **changed, "colours": colours, **placed})
    except (OSError, yaml.YAMLError, UnicodeDecodeError, AttributeError) as error:
        raise ProjectError(
            f"the theme {path} cannot be read: {error}", hint="`report.deck.theme` names a YAML file."
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ProjectError(
            f"the theme {path} is none: {place or 'colours'}: {first['msg'].removeprefix('Value error, ')}",
            hint="docs/guides/report.md shows a theme.",
        ) from error
    for key in ("fonts", "logo"):
        named = getattr(theme, key)
        if named and not Path(named).exists():
            raise ProjectError(f"the theme {path} names {key} at {named}, where nothing is")
    return theme


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, in [1, 21] (WCAG 2.2: relative luminances, each with 0.05 of glare).

    Examples
    --------
    >>> contrast("#000000", "#ffffff"), round(contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return round((lighter + 0.05) / (darker + 0.05), 6)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return found
