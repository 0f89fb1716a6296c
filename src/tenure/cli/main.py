"""The entry point: commands, and what an error looks like to a person and to a scheduler."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from tenure.cli.console import print_error
from tenure.errors import TenureError

EXIT_USER = 2
EXIT_RETRY = 75


def main() -> NoReturn:
    """Run ``tenure``: exit code 0, 2 when the user can mend it, 75 when a retry may help."""
    from tenure.cli.commands import app  # noqa: PLC0415 - slow, and an interrupt during it is an interrupt

    try:
        app()
    except TenureError as error:
        if os.environ.get("TENURE_DEBUG"):
            raise
        print_error(error)
        sys.exit(EXIT_RETRY if error.transient else EXIT_USER)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: the tables are whole; the same command goes on where it was\n")
        sys.exit(130)
    sys.exit(0)
