"""Draw pages of a project's deck as PNG: the picture in README.md and docs/guides/report.md.

::

    python scripts/deck_pictures.py tenure-demo 2024-12-01 --pages 8 --out docs/guides/images
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from tenure.render.deck import read_deck
from tenure.render.deck.layout import lay_out
from tenure.render.deck.setting import set_pictures
from tenure.render.deck.theme import read_theme
from tenure.running.runtime import open_runtime


def main() -> None:
    """Write ``deck-<page>.png`` for each page that is asked for; ``deck-page.png`` where it is one."""
    asked = _arguments()
    runtime = open_runtime(asked.project)
    settings = runtime.project.report.deck
    theme = read_theme(runtime.root / settings.theme if settings.theme else None)
    deck = read_deck(runtime.store, project=runtime.project, as_of=asked.as_of)
    layout, pictures = lay_out(deck, theme=theme, page=settings.page)
    drawn = set_pictures(layout, pictures, theme=theme, ppi=asked.ppi)
    asked.out.mkdir(parents=True, exist_ok=True)
    for number in asked.pages or range(1, len(drawn) + 1):
        name = "deck-page.png" if len(asked.pages) == 1 else f"deck-{number:02d}.png"
        (asked.out / name).write_bytes(drawn[number - 1])
        print(f"wrote {asked.out / name}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("as_of", type=date.fromisoformat)
    parser.add_argument("--pages", type=int, nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=Path("docs/guides/images"))
    parser.add_argument("--ppi", type=float, default=96)
    return parser.parse_args()


if __name__ == "__main__":
    main()
