"""Sending one message to one address through Apprise: the only module that imports it.

Belongs here: time limits, what went wrong in words without secrets. Does not belong here: which message goes where.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from warehouse.notify.settings import NotifyError, expanded

# Seconds to connect and to wait for an answer: webhooks in the same city answer within one; a run must not wait long.
_CONNECT_SECONDS = 4
_ANSWER_SECONDS = 6
# Mail servers talk several times, and a name may resolve slowly; after this the attempt has failed, whatever it does.
_WHOLE_SECONDS = 20
_SAID_LETTERS = 300


def described(channel: str) -> str:
    """What kind of channel it is; the rest of an address may be secret."""
    return channel.partition("://")[0]


def send(channel: str, title: str, body: str) -> str | None:
    """None when the message was taken; else why not, in Chinese and English. Never raises, never takes longer than
    `_WHOLE_SECONDS`."""
    try:
        address, secrets = expanded(channel)
    except NotifyError as error:
        return str(error)
    answer: list[str | None] = []
    # A daemon: whatever a mail or chat library waits for, it does not keep the process alive.
    worker = threading.Thread(target=lambda: answer.append(_sent(address, title, body)), daemon=True)
    worker.start()
    worker.join(_WHOLE_SECONDS)
    said = answer[0] if answer else f"{_WHOLE_SECONDS} 秒内没有回应 / no answer within {_WHOLE_SECONDS} s"
    return said if said is None else _without(said, [address, *secrets])


def _sent(address: str, title: str, body: str) -> str | None:
    try:
        import apprise  # takes a second: only who sends pays for it

        asset = apprise.AppriseAsset(secure_logging=True, async_mode=False)
        sender = apprise.Apprise(asset=asset)
        capture = apprise.LogCapture(level=logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]
        with capture as captured:
            # Long texts go as several messages where a channel has a limit.
            limits = f"overflow=split&cto={_CONNECT_SECONDS}&rto={_ANSWER_SECONDS}"
            if not sender.add(f"{address}{'&' if '?' in address else '?'}{limits}"):
                return "地址无法识别，请按 Apprise 的写法填写 / the address is not one that Apprise knows"
            taken = sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
            said = " ".join(captured.getvalue().split())[:_SAID_LETTERS]
        return None if taken else f"对方未接收 / not taken: {said or '–'}"
    except Exception as error:  # noqa: BLE001 - a plugin's fault must not become a fault of the run
        return f"{type(error).__name__}: {error}"[:_SAID_LETTERS]


def _without(said: str, secrets: Sequence[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        said = said.replace(secret, "***")
    return said
