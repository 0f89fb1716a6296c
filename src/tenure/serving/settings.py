"""What a worker is told when it starts: a file of JSON, so that it need not read the project file."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from tenure.domain.serving import ServeConfig
from tenure.domain.sources import Section
from tenure.errors import ServingError

BAKED = "TENURE_BAKED_BUNDLE"
"""Environment variable: the folder of a bundle that came with the image, the last resort."""
CLIENT_TOKEN = "TENURE_CLIENT_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable: what a client must present to be answered."""
ADMIN_TOKEN = "TENURE_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable: what it takes to read or empty the log."""


class Settings(Section):
    """What the processes that serve one project share."""

    project: str
    """Name of the project, hence of its model."""
    folder: Path
    """Where office, log and the last good bundle lie: an absolute path."""
    config: ServeConfig
    """The section ``serve`` of the project file."""
    pii: tuple[str, ...] = ()
    """Columns that are never written down."""
    n_workers: int = 1
    """Processes that answer."""

    @property
    def office(self) -> Path:
        """The file that says who is in office."""
        return self.folder / "office.json"

    @property
    def log(self) -> Path:
        """The folder of the prediction log."""
        return self.folder / "log"

    @property
    def metrics(self) -> Path:
        """The folder of the workers' numbers."""
        return self.folder / "run" / "metrics"


def write_settings(settings: Settings, path: Path) -> None:
    """Put the settings where a worker reads them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(settings.model_dump_json(), encoding="utf-8")


def read_settings(path: Path) -> Settings:
    """The settings of a file.

    Raises
    ------
    ServingError
        If it is not there, or not whole.
    """
    try:
        return Settings.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise ServingError(
            f"{path} does not say how to serve: {error}", hint="start workers by `tenure serve`."
        ) from error
