"""``python -m tenure.cli.server``: `tenure` with `serve` and `smoke` alone.

The command of the serving image, which holds no engine, no tables and no training
(`requirements/server.txt`): what this imports is there.
"""

from __future__ import annotations

from functools import partial

import typer

from tenure.cli.main import run_app
from tenure.cli.serving import serve, smoke

app = typer.Typer(
    name="tenure",
    help="The server alone; the other commands are in the image `train`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(smoke)

if __name__ == "__main__":
    run_app(lambda: partial(app, prog_name="tenure"))
