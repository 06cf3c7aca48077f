"""Recorded deliveries (`samples/` of a feed folder) put in the place of the servers that a contract names.

Layout, one entry a server of the contract: `<server>/` holds the files of a folder server; `<server>.sql` makes the
tables of a database; `<server>/<path>/<page>.json` and `<server>/token.json` are the recorded answers of an API;
`<server>/<topic>` is the last message of each topic of a broker.
Does not belong here: taking them in, what they must give.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sources.contract.feed import Feed
from sources.simulator.message_broker import serve_messages


@contextmanager
def recorded(feed: Feed, samples: Path, workspace: Path) -> Iterator[Feed]:
    """The feed with every server that has recordings replaced by them while the context lasts."""
    with ExitStack() as stack:
        servers = dict(feed.servers)
        for name, server in feed.servers.items():
            connector = server.connection.connector
            if connector == "files" and (samples / name).is_dir():
                location = str(samples / name)
            elif connector == "sql" and (samples / f"{name}.sql").is_file():
                location = f"sqlite:///{_database(samples / f'{name}.sql', workspace / f'{name}.sqlite')}"
            elif connector == "rest" and (samples / name).is_dir():
                location = stack.enter_context(_replay(samples / name))
            elif connector == "mqtt" and (samples / name).is_dir():
                location = stack.enter_context(serve_messages(_messages(samples / name)))
            else:
                continue
            servers[name] = replace(server, location=location)
        yield replace(feed, servers=servers)


def _messages(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _database(script: Path, target: Path) -> Path:
    connection = sqlite3.connect(target)
    try:
        connection.executescript(script.read_text(encoding="utf-8"))
    finally:
        connection.close()
    return target


class _Replay(BaseHTTPRequestHandler):
    """Answers a POST with `token.json`, a GET with the recorded page of its path; a page beyond the last is 404."""

    folder: Path

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send(self.folder / "token.json")

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        page = parse_qs(address.query).get("page", ["1"])[-1]
        self._send(self.folder / address.path.strip("/") / f"{page}.json")

    def _send(self, path: Path) -> None:
        content = path.read_bytes() if path.is_file() else b"{}"
        self.send_response(200 if path.is_file() else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def _replay(folder: Path) -> Iterator[str]:
    handler = type("Handler", (_Replay,), {"folder": folder})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
