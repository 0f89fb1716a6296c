"""The pages of docs/reference that are made from the code say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from tenure.cli.commands import app
from tenure.cli.reference import commands_of, render_commands
from tenure.monitoring.reference import PARTS, render_metrics, sources_in

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
NAMES = {name for rows in PARTS.values() for row in rows for name in row.names}


@pytest.mark.parametrize(
    ("page", "made"), [("commands.md", lambda: render_commands(app)), ("metrics.md", render_metrics)]
)
def test_the_committed_page_is_what_the_code_says(page, made):
    assert (FOLDER / page).read_text(encoding="utf-8") == made(), "run `python scripts/reference.py`"


def test_every_command_is_on_the_page_with_every_option():
    page = (FOLDER / "commands.md").read_text(encoding="utf-8")
    for name, command, _ in commands_of(typer.main.get_command(app)):
        part = page.partition(f"### `{name}`\n")[2].partition("\n### ")[0]
        for parameter in command.params:
            word = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.name.upper()
            assert f"`{word}`" in part, (name, word)


def test_every_metric_of_the_gold_tables_has_its_formula():
    """The page on gold tables is itself held against what the monitors measure."""
    text = (FOLDER / "gold-tables.md").read_text(encoding="utf-8")
    table = text.partition("| scope | metric | meaning |")[2].partition("\n\n")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines()[2:]]
    measured = {(row[0].strip(), name) for row in rows for name in re.findall(r"`([^`]+)`", row[1])}
    bounds = {name for _, name in measured if re.search(r"_(low|high|error)$", name)} - {"calibration_error"}
    assert {name for _, name in measured if name not in bounds} <= NAMES
    assert {"psi", "roc_auc", "severity"} <= NAMES


def test_a_number_that_others_defined_names_its_source():
    described = {name: row for rows in PARTS.values() for row in rows for name in row.names}
    for name in ("roc_auc", "psi", "kl", "js", "brier", "f1", "rank_stability", "impact ratio"):
        assert any(sources_in(code) for code in described[name].code), name
