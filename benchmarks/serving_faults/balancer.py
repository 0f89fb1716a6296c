"""nginx with the files of ``deploy/nginx``, before servers on this machine."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.measuring import BENCHMARKS, BenchmarkError

FILES = BENCHMARKS.parent / "deploy" / "nginx"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@contextmanager
def balanced(folder: Path, *ports: int) -> Iterator[int]:
    """The port of an nginx that balances over two servers on `ports`; its files go to `folder`.

    Raises
    ------
    BenchmarkError
        If it does not start.
    """
    port = free_port()
    shutil.copytree(FILES, folder)
    own = {"/tmp/": f"{folder}/", "listen 8080": f"listen 127.0.0.1:{port}", "/dev/stderr": "error.log"}  # noqa: S108
    _change(folder / "nginx.conf", own)
    _change(
        folder / "instances.conf", {f"127.0.0.1:800{n}": f"127.0.0.1:{at}" for n, at in enumerate(ports, 1)}
    )
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield port
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _change(path: Path, changes: dict[str, str]) -> None:
    """Replace each text, all of them at once."""
    text = path.read_text(encoding="utf-8")
    if missing := [old for old in changes if old not in text]:
        raise BenchmarkError(f"{path.name} does not hold {missing}")
    pattern = "|".join(map(re.escape, changes))
    path.write_text(re.sub(pattern, lambda found: changes[found[0]], text), encoding="utf-8")


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise BenchmarkError("nginx did not start")
