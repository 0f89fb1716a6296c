"""``python -m tenure.bundle FOLDER [--rows FILE]``: verify a bundle and have it answer, as JSON."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tenure.bundle.load import Bundle, load_bundle
from tenure.bundle.probe import probe, read_rows
from tenure.errors import BundleError


def main(arguments: Sequence[str] | None = None) -> int:
    """0 and JSON on stdout; 2 and the reason on stderr when the bundle cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m tenure.bundle", description=__doc__)
    parser.add_argument("folder", type=Path, help="the bundle")
    parser.add_argument("--rows", type=Path, help="rows to score: Arrow IPC, or JSON with one object a line")
    parser.add_argument("--sha256", help="the identity the bundle must have")
    options = parser.parse_args(arguments)
    try:
        bundle = load_bundle(options.folder, sha256=options.sha256)
        answer = _about(bundle) if options.rows is None else _answers(bundle, options.rows)
    except BundleError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


def _about(bundle: Bundle) -> dict[str, Any]:
    return {"sha256": bundle.sha256, "schema": bundle.schema.to_json(), "metrics": bundle.metrics}


def _answers(bundle: Bundle, rows: Path) -> dict[str, Any]:
    return dataclasses.asdict(probe(bundle, read_rows(rows)))


if __name__ == "__main__":
    sys.exit(main())
