"""``tenure serve`` without a registry: ``product_server.py PORT FOLDER``. Validation and log are on."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from serving.lender import write_bundle
from tenure.bundle import load_bundle
from tenure.domain.serving import ServeConfig
from tenure.serving.office import Level, OfficeFile, Seat, write_office
from tenure.serving.settings import Settings
from tenure.serving.supervisor import serve


def main(port: int, folder: Path) -> None:
    """Serve the bundle with one worker."""
    write_bundle(folder / "bundle")
    seat = Seat(Level.PRODUCTION, 1, load_bundle(folder / "bundle").sha256, folder / "bundle")
    settings = Settings(project="lender", folder=folder / "serving", config=ServeConfig())
    write_office(OfficeFile((seat,), time.time()), settings.office)
    serve(Path("none"), settings, host="127.0.0.1", port=port, watch=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
