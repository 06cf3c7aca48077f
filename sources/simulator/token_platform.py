"""A department's JSON platform over HTTP on a loopback port: tokens with expiry, requests, answers.

Belongs here: what such platforms share. Does not belong here: paths, envelopes and records of any platform (its own
module), reading the answers (`sources/connectors/`).
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

# Platforms of this kind give two hours; a pull that lasts longer has to renew.
TOKEN_SECONDS = 7200

Answer = tuple[HTTPStatus, str]  # status and JSON text


class TokenPlatform(ThreadingHTTPServer):
    """Serves one platform: `post` hands out tokens, `get` answers those who bring one."""

    daemon_threads = True

    def __init__(self, *, port: int = 0, token_seconds: float = TOKEN_SECONDS) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.token_seconds = token_seconds
        self.tokens: dict[str, float] = {}

    @property
    def url(self) -> str:
        """Base URL of the platform."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def issue_token(self) -> str:
        """A token that is good for `token_seconds`."""
        token = secrets.token_urlsafe(24)
        self.tokens[token] = time.monotonic() + self.token_seconds
        return token

    def accepts(self, authorization: str | None) -> bool:
        """Whether an `Authorization` header brings a token that was issued and has not expired."""
        scheme, _, token = (authorization or "").partition(" ")
        return scheme == "Bearer" and self.tokens.get(token, 0.0) > time.monotonic()

    @abstractmethod
    def post(self, path: str, body: Mapping[str, Any] | None) -> Answer:
        """Answer a POST to `path`; `body` is None when it is no JSON object."""

    @abstractmethod
    def get(self, path: str, query: Mapping[str, str], *, authorised: bool) -> Answer:
        """Answer a GET of `path`; of a parameter given twice the last holds."""


@contextmanager
def served(platform: TokenPlatform) -> Iterator[str]:
    """The platform's base URL while it is served by a thread of this process."""
    thread = threading.Thread(target=platform.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield platform.url
    finally:
        platform.shutdown()
        platform.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"  # keeps the connection: many pages over one
    server: TokenPlatform

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        self._send(self.server.post(urlsplit(self.path).path, body if isinstance(body, dict) else None))

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        authorised = self.server.accepts(self.headers.get("Authorization"))
        self._send(self.server.get(address.path, query, authorised=authorised))

    def _send(self, answer: Answer) -> None:
        status, text = answer
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the pulling side keeps the record of what was asked."""
