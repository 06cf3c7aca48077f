"""Readers without a browser: sessions that speak Streamlit's protocol, so that only the server is measured.

A reader's browser runs on the reader's machine; twenty of them on the machine of the server would measure each other.
Does not belong here: what else runs meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

_TIMEOUT: Final = 60.0  # seconds for one answer; longer is an error
# Seconds between two clicks of a reader: twenty readers ask five times a second, as when a meeting looks at one page.
_THINKS: Final = (2.0, 6.0)


@dataclass
class Answers:
    """What became of the clicks: seconds of each answer, what went wrong, and which snapshots were seen."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    snapshots: set[str] = field(default_factory=set)


async def read(base: str, addresses: Sequence[tuple[str, str]], sessions: int, go_on: Callable[[], bool]) -> Answers:
    """`sessions` readers click from one of `addresses` (page, query) to the next while `go_on()`.

    An answer is whole when its script has ended; one that shows an exception or the notice of a failed page, or that
    does not come, is an error. Each session's first answer is not counted: it opens the page.
    """
    answers = Answers()
    await asyncio.gather(*(_reader(base, addresses, number, go_on, answers) for number in range(sessions)))
    return answers


async def _reader(
    base: str, addresses: Sequence[tuple[str, str]], number: int, go_on: Callable[[], bool], answers: Answers
) -> None:
    chance = random.Random(number)
    address = base.replace("http://", "ws://") + "/_stcore/stream"
    try:
        async with connect(
            address, origin=Origin(base), subprotocols=[Subprotocol("streamlit")], max_size=None, proxy=None
        ) as socket:
            place = number
            await _click(socket, *addresses[place % len(addresses)], answers)
            while go_on():
                await asyncio.sleep(chance.uniform(*_THINKS))
                place += 1
                began = time.perf_counter()
                await _click(socket, *addresses[place % len(addresses)], answers)
                answers.seconds.append(time.perf_counter() - began)
    except Exception as fault:  # noqa: BLE001 whatever it is: the reader saw it
        answers.errors.append(f"session {number}: {type(fault).__name__}: {fault}")


async def _click(socket: ClientConnection, page: str, query: str, answers: Answers) -> None:
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_name = page
    await socket.send(message.SerializeToString())
    while True:
        content = await asyncio.wait_for(socket.recv(), _TIMEOUT)
        answer = ForwardMsg()
        answer.ParseFromString(content if isinstance(content, bytes) else content.encode())
        kind = answer.WhichOneof("type")
        if kind == "delta" and answer.delta.new_element.WhichOneof("type") == "exception":
            answers.errors.append(answer.delta.new_element.exception.message)
        if kind == "delta" and answer.delta.new_element.WhichOneof("type") == "bidi_component":
            body = "".join(json.loads(answer.delta.new_element.bidi_component.bytes).values())
            if "页面出错" in body:
                answers.errors.append(f"{page}?{query}: {body[:300]}")
            if 'class="dm dm-header"' in body and '<span title="s' in body:
                answers.snapshots.add(body.split('<span title="', 1)[1].split('"', 1)[0])
        if kind == "script_finished":
            if answer.script_finished in (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_EARLY_FOR_RERUN):
                return
            raise RuntimeError(f"script finished: {answer.script_finished}")
