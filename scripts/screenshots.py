"""Pictures of the dashboard for the documentation: a project's pages in Chromium → ``docs/images/*.png``.

    python scripts/screenshots.py [PROJECT]

PROJECT has run, as `tenure demo` leaves one; without it the demo is run in a temporary folder first. Needs
the extra `dashboard`, Playwright and a Chromium (``CHROMIUM``, else `/usr/bin/chromium`).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
LARGEST = 200_000
"""Bytes of a picture."""
WIDTH, TALLEST = 1280, 1400
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
        for name, page, scheme, height in PICTURES:
            path = IMAGES / f"dashboard-{name}.png"
            path.write_bytes(small(take(chromium, f"{address}/{page}", scheme, height)))
            print(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")
        chromium.close()


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
