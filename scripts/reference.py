"""Write the pages of docs/reference that are made from the code: project file, commands, metrics."""

from __future__ import annotations

from pathlib import Path

from tenure.cli.commands import app
from tenure.cli.reference import render_commands
from tenure.drafting.reference import render_reference
from tenure.monitoring.reference import render_metrics

FOLDER = Path(__file__).parent.parent / "docs" / "reference"


def main() -> None:
    """Write the pages and say where."""
    pages = {
        "project-file.md": render_reference(),
        "commands.md": render_commands(app),
        "metrics.md": render_metrics(),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"wrote {FOLDER / name}")


if __name__ == "__main__":
    main()
