"""The app as a process of its own on a free loopback port, for tests that need a browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from warehouse.home import Home

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 60  # seconds; Streamlit takes two on a free machine


@contextmanager
def serve(home: Home) -> Iterator[str]:
    """The app over `home`; yields its address and ends the process afterwards."""
    with serve_script(ROOT / "app" / "main.py", home.root, {"DISTRICT_HOME": str(home.root)}) as address:
        yield address


@contextmanager
def serve_script(script: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Streamlit with any script, run in `folder` (its log goes there), on loopback without calls home; the same way."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    log = folder / "app.log"
    options = {"server.port": port, "server.address": "127.0.0.1", "server.headless": "true"}
    options |= {"browser.gatherUsageStats": "false", "server.fileWatcherType": "none"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *(f"--{key}={it}" for key, it in options.items())],
            cwd=folder,  # not the repository: settings must be found from anywhere
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
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
