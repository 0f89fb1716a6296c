"""``python -m tenure.serving.worker``: one process that answers on a socket it is given."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import threading
import time
from pathlib import Path

import uvicorn

from tenure.serving.app import make_app
from tenure.serving.desk import open_desk
from tenure.serving.protocol import WholeAnswers
from tenure.serving.settings import Settings, read_settings

_GRACE_SECONDS = 10
_LIMITS = {"backlog": 2048, "timeout_keep_alive": 30, "h11_max_incomplete_event_size": 2**16}


def main() -> None:
    """Answer until told to stop, or until the process that started this one is gone."""
    parser = argparse.ArgumentParser(prog="python -m tenure.serving.worker", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the listening socket")
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--parent", type=int, required=True, help="the process that started this one")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings = read_settings(options.settings)
    _leave_with(options.parent)
    server = uvicorn.Server(_config(settings))
    server.run(sockets=[socket.socket(fileno=options.fd)])


def _config(settings: Settings) -> uvicorn.Config:
    proxies = list(settings.config.trusted_proxies)
    return uvicorn.Config(
        make_app(open_desk(settings)),
        http=WholeAnswers,
        access_log=False,
        server_header=False,
        log_level="warning",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        **_LIMITS,  # type: ignore[arg-type]
    )


def _leave_with(parent: int) -> None:
    """Stop this process in good order when its parent is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
