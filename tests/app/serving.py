"""The app as a process of its own on a free loopback port, for tests that need a browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.home import Home

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 60  # seconds; Streamlit takes two on a free machine


@contextmanager
def serve(home: Home) -> Iterator[str]:
    """Streamlit over `home`; yields its address and ends the process afterwards."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    log = home.root / "app.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py"), "--server.port", str(port)],
            cwd=home.root,  # not the repository: settings must be found from anywhere
            env=os.environ | {"DISTRICT_HOME": str(home.root), "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_up(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the app ended while starting:\n{log.read_text(encoding='utf-8', errors='replace')}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(
        f"the app did not start in {STARTS_WITHIN} s:\n{log.read_text(encoding='utf-8', errors='replace')}"
    )
