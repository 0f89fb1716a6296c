"""Write docs/reference/project-file.md again, from the sections of the project file."""

from __future__ import annotations

from pathlib import Path

from tenure.drafting.reference import render_reference

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "project-file.md"


def main() -> None:
    """Write the page and say where."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(render_reference(), encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
