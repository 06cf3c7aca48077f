"""`district serve`: the app and Dagster's pages, on loopback, until interrupted.

Belongs here: starting both, saying where they are, stopping both together. Does not belong here: what they show.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import typer
from rich.console import Console

from orchestration.cli.exits import FAULT, refuse
from orchestration.cli.language import say
from orchestration.cli.ports import LOOPBACK, is_free, wait_until_open
from orchestration.cli.run import served_departments
from orchestration.instance import prepare_instance
from warehouse.home import REPOSITORY, Home

# Dagster loads the definitions twice (pages, daemon) and may parse the dbt project first: a minute on two busy cores.
_START_SECONDS = 240
_STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class _Server:
    name: str
    address: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None


def serve_command(*, app_port: int, dagster_port: int) -> None:
    """Serve until Ctrl-C or SIGTERM; when one of the two ends by itself, the other is stopped, with exit code 3."""
    if app_port == dagster_port:
        refuse("两个端口不能相同，请另选其一", "the two ports must differ: choose another for one of them")
    for port, option in ((app_port, "--app-port"), (dagster_port, "--dagster-port")):
        if not is_free(port):
            refuse(
                f"端口 {port} 已被占用；请结束占用它的程序，或用 {option} 另选端口",
                f"port {port} is taken; stop what listens there, or choose another with {option}",
            )
    home = Home.from_environment()
    prepare_instance(home)
    console = Console(highlight=False, soft_wrap=True)
    stop = threading.Event()
    with _stopped_by_signals(stop), served_departments(home), _servers(home, app_port, dagster_port) as servers:
        for server in servers:
            console.print(say(f"正在启动 {server.name} …", f"starting {server.name} ..."))
            ready = wait_until_open(
                server.port,
                seconds=_START_SECONDS,
                give_up=lambda: any(one.ended for one in servers),
                pause=stop,
            )
            if ready:
                console.print(f"[bold]{server.name}[/]  {server.address}")
                if server.port == app_port:
                    threading.Thread(target=_open_once, args=(server.address,), daemon=True).start()
            elif not stop.is_set():
                _fail(console, servers)
        if not stop.is_set():
            console.print(say("按 Ctrl-C 停止", "Ctrl-C stops both"))
        while not stop.wait(1):
            if any(server.ended for server in servers):
                _fail(console, servers)


def _open_once(address: str) -> None:
    """Have the app run its first page once (imports, the snapshot, the drawing engine) before a reader asks for it."""
    try:
        with urllib.request.urlopen(f"{address}/_stcore/script-health-check", timeout=_START_SECONDS):
            return
    except OSError:
        return  # readers find the app as it is; its own log says what is wrong


def _fail(console: Console, servers: Sequence[_Server]) -> None:
    for server in servers:
        if server.ended:
            console.print(
                say(
                    f"{server.name} 意外结束（退出码 {server.process.returncode}），其输出见上",
                    f"{server.name} ended by itself (exit code {server.process.returncode}); its output is above",
                )
            )
    raise typer.Exit(FAULT)


@contextmanager
def _servers(home: Home, app_port: int, dagster_port: int) -> Iterator[Sequence[_Server]]:
    page = [
        *(sys.executable, "-m", "streamlit", "run", str(REPOSITORY / "app" / "main.py")),
        *("--server.address", LOOPBACK, "--server.port", str(app_port), "--server.headless", "true"),
        *("--browser.gatherUsageStats", "false"),
    ]
    # `dagster dev` runs the pages and the daemon, without which queued runs, schedules and sensors stand still.
    dagster = [
        *(sys.executable, "-m", "dagster", "dev", "-m", "orchestration.definitions"),
        *("-h", LOOPBACK, "-p", str(dagster_port), "--log-level", "warning"),
    ]
    started: list[_Server] = []
    try:
        for name, port, command in (
            (say("指标页面", "indicators"), app_port, page),
            (say("Dagster（数据流水线）", "Dagster"), dagster_port, dagster),
        ):
            process = subprocess.Popen(command, cwd=REPOSITORY, env=dict(os.environ), start_new_session=True)
            started.append(_Server(name, f"http://{LOOPBACK}:{port}", port, process))
        yield started
    finally:
        _stop(started)


def _stop(servers: Sequence[_Server]) -> None:
    """Ask every process group to end, then insist; the children of Dagster are in its group."""
    for server in servers:
        _signal(server, signal.SIGTERM)
    for server in servers:
        try:
            server.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _signal(server, signal.SIGKILL)
            server.process.wait()
        _signal(server, signal.SIGKILL)  # grandchildren that outlived their parent


def _signal(server: _Server, number: int) -> None:
    try:
        os.killpg(server.process.pid, number)
    except ProcessLookupError:
        return  # the whole group has ended


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
