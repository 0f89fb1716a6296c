"""simulation → ``truth.json``: what was planted, for those who ask whether it was found."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc

from tenure.simulate.dirt import RULES, Dirt
from tenure.simulate.events import Planted
from tenure.simulate.simulation import Simulation

TRUTH_FILE: Final = "truth.json"


def describe_truth(simulation: Simulation) -> dict[str, Any]:
    """The truth as JSON: ``lender``, ``planted``, ``dirt``, and ``default_share`` by month of start."""
    lender = simulation.lender
    planted = [line for event in simulation.events for line in event.planted()]
    return {
        "lender": _plain(asdict(lender)),
        "planted": [_plain(_line(line)) for line in planted],
        "dirt": [_dirt(rule, lender.dirt_share) for rule in RULES],
        "default_share": _default_share(simulation),
    }


def write_truth(simulation: Simulation, folder: Path) -> Path:
    """The path of the ``truth.json`` written."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / TRUTH_FILE
    text = json.dumps(describe_truth(simulation), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read_planted(folder: Path) -> tuple[Planted, ...]:
    """What was planted in the data of a folder, as `write_truth` wrote it down."""
    lines = json.loads((folder / TRUTH_FILE).read_text(encoding="utf-8"))["planted"]
    return tuple(
        Planted(
            what=line["what"],
            source=line["source"],
            columns=tuple(line["columns"]),
            start=date.fromisoformat(line["from"]),
            end=date.fromisoformat(line["to"]) if line["to"] else None,
            size=line["size"],
            effect=line["effect"],
        )
        for line in lines
    )


def _line(planted: Planted) -> dict[str, Any]:
    fields = asdict(planted)
    return {{"start": "from", "end": "to"}.get(name, name): value for name, value in fields.items()}


def _dirt(rule: Dirt, share: float) -> dict[str, Any]:
    return {
        "source": rule.source,
        "column": rule.column,
        "kind": rule.kind,
        "text": rule.text,
        "between": list(rule.between),
        "share": round(rule.weight * share, 6),
    }


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}


def _default_share(simulation: Simulation) -> dict[str, float]:
    truth = simulation.truth
    share = truth.group_by("loan_start_date").aggregate([("is_default", "mean")]).sort_by("loan_start_date")
    months = pc.strftime(share["loan_start_date"], "%Y-%m").to_pylist()
    return dict(zip(months, (round(value, 4) for value in share["is_default_mean"].to_pylist()), strict=True))
