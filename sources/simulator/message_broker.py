"""A small MQTT broker of a simulated department: it holds the last report of each topic, as brokers do (retained).

Belongs here: running the broker on a loopback port. Does not belong here: what any department reports.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker

_LISTENER = "default"  # the library insists on one of this name
_SETTINGS = {
    # The server is ours, so that the operating system can choose the port.
    "listeners": {_LISTENER: {"type": "external"}},
    "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
}
_START_SECONDS = 10.0


@contextmanager
def serve_messages(reports: Mapping[str, bytes]) -> Iterator[str]:
    """Address of a broker that sends `reports` (topic -> last payload) to whoever subscribes, while the context
    lasts."""
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)  # it warns of every client that just closes
    logging.getLogger("transitions").setLevel(logging.ERROR)
    port: Future[int] = Future()
    stop = threading.Event()
    thread = threading.Thread(target=_run, args=(dict(reports), port, stop), daemon=True)
    thread.start()
    try:
        yield f"mqtt://127.0.0.1:{port.result(_START_SECONDS)}"
    finally:
        stop.set()
        thread.join()


def _run(reports: dict[str, bytes], port: Future[int], stop: threading.Event) -> None:
    try:
        asyncio.run(_serve(reports, port, stop))
    except BaseException as error:
        if port.done():
            raise
        port.set_exception(error)


async def _serve(reports: dict[str, bytes], port: Future[int], stop: threading.Event) -> None:
    broker = Broker(_SETTINGS)
    await broker.start()
    for topic, payload in reports.items():
        await broker.retain_message(None, topic, payload, 1)
    server = await asyncio.start_server(partial(_connected, broker), "127.0.0.1", 0)
    port.set_result(server.sockets[0].getsockname()[1])
    await asyncio.to_thread(stop.wait)
    server.close()
    await broker.shutdown()


async def _connected(broker: Broker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await broker.external_connected(StreamReaderAdapter(reader), StreamWriterAdapter(writer), _LISTENER)
