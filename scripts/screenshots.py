"""Pictures for the documentation: a project's dashboard and its status in a terminal → ``docs/images/*.png``.

    python scripts/screenshots.py [PROJECT]

PROJECT has run, as `tenure demo` leaves one; without it the demo is run in a temporary folder first. Needs
the extra `dashboard`, Playwright and a Chromium (``CHROMIUM``, else `/usr/bin/chromium`).
"""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
LARGEST = 200_000
"""Bytes of a picture."""
WIDTH, TALLEST = 1280, 1400
COLUMNS = 150
PICTURES = (
    ("office", "", "light", 860),
    ("office-dark", "", "dark", 860),
    ("quality", "data-quality", "light", TALLEST),
    ("drift", "drift", "light", TALLEST),
    ("performance", "performance", "light", TALLEST),
    ("models", "models", "light", TALLEST),
    ("timeline", "alerts-and-decisions", "light", TALLEST),
    ("applicant", "one-applicant", "light", TALLEST),
)
"""Name, page, colours, and how much of it from the top, in pixels."""
READY = """
document.querySelector('.tenure h1')
&& document.querySelector('.stApp[data-test-script-state=notRunning]')
&& !document.querySelector('[data-testid=stSkeleton]') && !document.querySelector('[data-stale=true]')
"""
PATIENCE = 90_000


def main() -> None:
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with project() as folder, served(folder) as address, sync_playwright() as started:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=options)
        keep("terminal", terminal(chromium, folder))
        for name, page, scheme, height in PICTURES:
            keep(f"dashboard-{name}", take(chromium, f"{address}/{page}", scheme, height))
        chromium.close()


def keep(name: str, picture: bytes) -> None:
    """Write a picture down, small, and say so."""
    path = IMAGES / f"{name}.png"
    path.write_bytes(small(picture))
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")


def terminal(chromium: Any, folder: Path) -> bytes:
    """What `tenure status` prints into a terminal of `COLUMNS` columns, as PNG."""
    typed = "tenure status"
    said = printed([sys.executable, "-m", "tenure", "status", "-p", str(folder)])
    console = Console(record=True, width=COLUMNS, file=StringIO())
    console.print(Text.from_ansi(f"$ {typed}\n{said}"), soft_wrap=False)
    page = chromium.new_page(viewport={"width": WIDTH, "height": TALLEST})
    page.set_content(console.export_html(theme=MONOKAI, inline_styles=True))
    page.add_style_tag(content="body{margin:18px} pre{font:13px/1.45 monospace !important}")
    end = page.evaluate("document.querySelector('pre').getBoundingClientRect().bottom")
    picture: bytes = page.screenshot(clip={"x": 0, "y": 0, "width": WIDTH, "height": int(end) + 18})
    page.close()
    return picture


def printed(command: list[str]) -> str:
    """What a command prints into a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    with subprocess.Popen(command, stdout=theirs, stderr=theirs) as process:  # noqa: S603
        os.close(theirs)
        parts = []
        with suppress(OSError):  # the end of a terminal
            while part := os.read(ours, 65536):
                parts.append(part)
    os.close(ours)
    if process.returncode:
        raise SystemExit(b"".join(parts).decode())
    return b"".join(parts).decode().replace("\r\n", "\n")


@contextmanager
def project() -> Iterator[Path]:
    """The project that was named, or the demo."""
    if len(sys.argv) > 1:
        yield Path(sys.argv[1])
        return
    with tempfile.TemporaryDirectory(prefix="tenure-screenshots-") as folder:
        subprocess.run([sys.executable, "-m", "tenure", "demo", f"{folder}/demo"], check=True)  # noqa: S603
        yield Path(folder) / "demo"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of its dashboard."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "tenure", "dashboard", "-p", str(folder), "--port", port]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def wait_for(address: str) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise SystemExit(f"{address} does not answer")


def take(chromium: Any, address: str, scheme: str, height: int) -> bytes:
    """One page from its top, as PNG."""
    page = chromium.new_page(viewport={"width": WIDTH, "height": height}, color_scheme=scheme)
    page.goto(address, timeout=PATIENCE)
    page.wait_for_function(READY, timeout=PATIENCE)
    page.wait_for_timeout(2500)
    page.wait_for_function(READY, timeout=PATIENCE)
    page.wait_for_timeout(1500)  # what fades in
    end = page.evaluate(
        "document.querySelector('[data-testid=stMainBlockContainer]').lastElementChild.getBoundingClientRect().bottom"
    )
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(height, int(end) + 24)}
    picture: bytes = page.screenshot(clip=clip)
    page.close()
    return picture


def small(picture: bytes) -> bytes:
    """The picture with as many colours as fit."""
    whole = Image.open(BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64, 32):
        content = BytesIO()
        whole.quantize(colours, dither=Image.Dither.NONE).save(content, "PNG", optimize=True)
        if content.tell() < LARGEST:
            return content.getvalue()
    raise SystemExit(f"a picture of {whole.size} has {content.tell():,} bytes with 32 colours")


if __name__ == "__main__":
    main()
