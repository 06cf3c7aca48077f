"""A webhook on the loopback interface that keeps what it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Webhook:
    """What came in, and how the next requests are answered: `status`, or not at all while `silent`."""

    def __init__(self, port: int) -> None:
        self.address = f"json://127.0.0.1:{port}/hook"
        self.received: list[dict[str, Any]] = []
        self.status = 200
        self.silent = False
        self.released = threading.Event()

    @property
    def titles(self) -> list[str]:
        """The titles in order, without the district in front."""
        return [message["title"].partition("】")[2] for message in self.received]


@contextmanager
def webhook() -> Iterator[Webhook]:
    """Serve while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.silent:
                hook.released.wait(30)
                return
            hook.received.append(json.loads(body))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook = Webhook(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield hook
    finally:
        hook.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
