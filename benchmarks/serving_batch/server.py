"""``tenure serve`` without a registry, one worker: ``server.py PORT FOLDER MODEL``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from serving_batch.models import MODELS
from tenure.bundle import load_bundle
from tenure.domain.serving import ServeConfig
from tenure.serving.office import Level, OfficeFile, Seat, write_office
from tenure.serving.settings import Settings
from tenure.serving.supervisor import serve


def main(port: int, folder: Path, model: str) -> None:
    """Serve the model."""
    MODELS[model](folder / "bundle")
    seat = Seat(Level.PRODUCTION, 1, load_bundle(folder / "bundle").sha256, folder / "bundle")
    config = ServeConfig(max_batch_bytes=2**28, timeout_seconds=120)
    settings = Settings(project="lender", folder=folder / "serving", config=config)
    write_office(OfficeFile((seat,), time.time()), settings.office)
    serve(Path("none"), settings, host="127.0.0.1", port=port, watch=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
