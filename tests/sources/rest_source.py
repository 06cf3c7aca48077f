"""A REST source on loopback that pages, hands out tokens and misbehaves as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, str], Any]


@dataclass
class RestSource:
    """`answer(path, query, headers)` gives status, headers and body; every request is kept in `requests`."""

    answer: Callable[[str, dict[str, str], dict[str, str]], Answer]
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def serving(self) -> Iterator[RestSource]:
        source = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else b""
                parts = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                if body and self.headers.get("Content-Type") == "application/x-www-form-urlencoded":
                    query |= {key: values[0] for key, values in parse_qs(body.decode()).items()}
                elif body:
                    query |= json.loads(body)
                source.requests.append((parts.path, query))
                status, headers, document = source.answer(parts.path, query, dict(self.headers))
                content = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _answer

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet: pytest shows what matters."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}/api"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def paths(source: RestSource, path: str) -> list[dict[str, str]]:
    """The queries of all requests to a path."""
    return [query for found, query in source.requests if found == path]
