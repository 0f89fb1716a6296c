"""Starts the dashboard: Streamlit's server on this machine, that reports to nobody and loads nothing."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tenure.dashboard.opened import PROJECT
from tenure.errors import DashboardError
from tenure.render.theme import palettes

SCRIPT = Path(__file__).with_name("app.py")


def serve(project: Path, *, host: str, port: int) -> None:
    """Show the pages of a project until interrupted.

    Parameters
    ----------
    project
        The project file, or its folder.
    host, port
        Where to listen.

    Raises
    ------
    DashboardError
        If the port is taken, or the host is none of this machine.
    """
    _check_free(host, port)
    from streamlit.web import bootstrap  # noqa: PLC0415 - an extra, and slow

    os.environ[PROJECT] = str(project.resolve())
    flags = dict(options(host, port))
    bootstrap.load_config_options(flags)
    bootstrap.run(str(SCRIPT), is_hello=False, args=[], flag_options=flags)


def options(host: str, port: int) -> Mapping[str, Any]:
    """Streamlit's settings, under their flags' names."""
    light, dark = palettes()
    return {
        "server_address": host,
        "server_port": port,
        "server_headless": True,
        "server_fileWatcherType": "none",
        "runner_magicEnabled": False,
        "browser_gatherUsageStats": False,
        "browser_serverAddress": host,
        "client_toolbarMode": "viewer",
        "client_showErrorDetails": "none",
        "global_developmentMode": False,
        "theme_light_primaryColor": light["accent"],
        "theme_dark_primaryColor": dark["accent"],
    }


def _check_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise DashboardError(
                f"nothing can listen on {host}:{port}: {error.strerror or error}",
                hint="another port is `--port`, another address `--host`.",
            ) from error
