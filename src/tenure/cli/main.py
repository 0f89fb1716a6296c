"""The entry point: commands, and what an error looks like to a person and to a scheduler."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from tenure.cli.console import print_error
from tenure.errors import TenureError

EXIT_USER = 2
EXIT_RETRY = 75
EXIT_INTERRUPTED = 130


def main() -> NoReturn:
    """Run ``tenure``: exit code 0, 2 when the user can mend it, 75 when a retry may help."""
    run_app(_every_command)


def run_app(app: Callable[[], Callable[[], object]]) -> NoReturn:
    """Run what `app` gives: its errors are a paragraph and a hint, and an exit code.

    Parameters
    ----------
    app
        Gives the commands; may be slow, and an interrupt during it is an interrupt.
    """
    try:
        app()()
    except TenureError as error:
        if os.environ.get("TENURE_DEBUG"):
            traceback.print_exception(error)
        print_error(error)
        sys.exit(EXIT_RETRY if error.transient else EXIT_USER)
    except KeyboardInterrupt:
        _say_interrupted()
        sys.exit(EXIT_INTERRUPTED)
    except SystemExit as ended:  # Typer makes this of an interrupt inside a command, and says nothing
        if ended.code == EXIT_INTERRUPTED:
            _say_interrupted()
        raise
    sys.exit(0)


def _every_command() -> Callable[[], object]:
    from tenure.cli.commands import app  # noqa: PLC0415 - slow

    return app


def _say_interrupted() -> None:
    sys.stderr.write("interrupted: the tables are whole; the same command goes on where it was\n")
