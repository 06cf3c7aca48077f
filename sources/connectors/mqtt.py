"""Messages of an MQTT broker, through paho: what its persistent session kept for us since the last pull.

Belongs here: the session, draining it up to a barrier, acknowledging. Does not belong here: keeping messages on disk
(`mqtt_spool.py`), what is inside a message (`sources/reading/messages.py`).

A broker sends a limited number of messages ahead of their acknowledgements (Mosquitto 20, EMQX 32), so a batch cannot
wait for all of its messages before it acknowledges the first: each is acknowledged once it is in the spool, which
outlives a crash until the ledger has the batch. What a broker sends twice is the same rows by key.
"""

from __future__ import annotations

import hashlib
import json
import select
import ssl
import uuid
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from sources.connectors.files import address
from sources.connectors.mqtt_spool import Message, Spool
from sources.connectors.offer import Fetched, FetchedFile, Offer, Outcome, PullRequest, SourceUnavailable
from sources.contract.connections import MqttConnection
from sources.contract.settings import MqttDelivery
from warehouse.clock import now

_PORTS = {"mqtt": 1883, "mqtts": 8883}
# Acknowledged at the latest after so many: fewer than any broker sends ahead by default, many enough to share a flush.
_TOGETHER = 16
_STEP_SECONDS = 1.0
_LEAVE_SECONDS = 5.0  # a broker that does not answer by then has lost the connection anyway


def offers(request: PullRequest) -> Iterator[Offer]:
    """What the broker kept, as one offer, or several of bounded size.

    A queue gives every message once: a `request.period` that asks again for past days is offered nothing, because
    what it gave has landed.
    """
    settings, connection = request.delivery.mqtt, request.server.connection
    if settings is None or not isinstance(connection, MqttConnection):
        raise ValueError(f"delivery {request.delivery.key} is no MQTT delivery")
    if request.period is not None:
        return
    _place(request)
    queue = _Queue(request, settings, connection)
    undated = request.entity.period_field is None
    while queue.more:
        queue.more = False
        yield Offer(
            request=request,
            source=f"{request.server.name} {address(request.server.location)}",
            file_name=f"{settings.client_id}.parquet",
            received_at=now(),
            fetch=queue.fetch,
            watermark=queue.watermark,
            # Rows date themselves; where no field of theirs does, the day of the pull does.
            period_start=request.as_of if undated else None,
            period_end=request.as_of if undated else None,
            mode=request.delivery.mode,
            recorded=queue.recorded,
        )
    if queue.problem is not None:
        raise queue.problem


class _Queue:
    """What is waiting for one delivery. `more`: a batch was full before the barrier came."""

    def __init__(self, request: PullRequest, settings: MqttDelivery, connection: MqttConnection) -> None:
        self.more = True
        self.problem: SourceUnavailable | None = None
        self._request = request
        self._settings = settings
        self._connection = connection
        self._spool = Spool(request.spool)
        self._kept = _Kept(request.since)

    def fetch(self) -> Fetched | None:
        """What a crash left, and what the broker has up to the barrier or the batch's size; None when that is nothing.

        A broker that fails in between keeps the rest: what came is a batch of its own, and `problem` tells the failure.
        """
        try:
            self.more = _Drain(self._request, self._settings, self._connection, self._spool, self._kept).run()
        except SourceUnavailable as problem:
            if self._spool.count == 0:
                raise
            self.problem = problem
        if self._spool.count == 0:
            self._spool.close()
            return None
        path = self._spool.pack(self._request.workspace)
        return Fetched(files=(FetchedFile(path, f"{self._settings.client_id}.parquet"),))

    def recorded(self) -> None:
        """The ledger has the batch."""
        self._spool.clear()

    def watermark(self, outcome: Outcome) -> str | None:
        """The last states that the broker sends again to each new session; a held batch has its bytes landed too."""
        return self._kept.write()


class _Kept:
    """Messages that the broker keeps as a topic's last state (retained) and sends whenever we subscribe.

    The watermark knows those taken in before, by hash; of other topics it remembers nothing between pulls.
    """

    def __init__(self, watermark: str | None) -> None:
        self._known: dict[str, str] = json.loads(watermark or "{}")
        self._now: dict[str, str] = {}
        self._changed = False

    def is_new(self, message: paho.MQTTMessage) -> bool:
        """Whether the message is not just the copy of a state that we have."""
        topic, found = message.topic, hashlib.sha256(message.payload).hexdigest()[:16]
        copy = message.retain and found in (self._known.get(topic), self._now.get(topic))
        self._now[topic] = found
        if (message.retain or topic in self._known) and self._known.get(topic) != found:
            self._known[topic] = found
            self._changed = True
        return not copy

    def write(self) -> str | None:
        """The watermark; None while nothing changed."""
        return json.dumps(self._known, ensure_ascii=False, sort_keys=True) if self._changed else None


class _Drain:
    """One connection to the broker: subscribe, publish the barrier, spool and acknowledge what comes before it.

    A session's messages come in the order in which the broker queued them, so everything queued before the barrier is
    here when it comes back.
    """

    def __init__(
        self,
        request: PullRequest,
        settings: MqttDelivery,
        connection: MqttConnection,
        spool: Spool,
        kept: _Kept,
    ) -> None:
        self._request = request
        self._settings = settings
        self._timeout = connection.timeout_seconds
        self._spool = spool
        self._kept = kept
        self._waiting: list[paho.MQTTMessage] = []
        self._topic = f"{settings.client_id}/barrier"
        self._barrier = uuid.uuid4().bytes
        self._reached = self._leaving = self._left = False
        self._refused: str | None = None
        self._client = self._make_client(connection)

    def run(self) -> bool:
        """Whether there is more than one batch takes. Raises SourceUnavailable."""
        scheme, host, port = _place(self._request)
        try:
            if scheme == "mqtts":
                self._client.tls_set_context(ssl.create_default_context())
            self._client.connect(host, port, keepalive=max(10, int(self._timeout)))
            self._drain()
        except (OSError, ValueError) as error:
            raise self._unavailable(str(error)) from error
        finally:
            self._leave()
        return not self._reached

    def _drain(self) -> None:
        deadline = monotonic() + self._timeout
        while not self._reached and not self._full():
            result = self._client.loop(_STEP_SECONDS)
            if len(self._waiting) >= _TOGETHER or not self._readable():
                self._acknowledge()
            if self._refused is not None:
                raise self._unavailable(self._refused)
            if result != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise self._unavailable(paho.error_string(result))
            if monotonic() > deadline:
                raise self._unavailable(
                    f"{self._timeout:g} 秒内标记消息未回；账号须可发布并订阅 {self._topic} / the barrier did not come "
                    f"back within {self._timeout:g} s; the account must be allowed to publish and subscribe "
                    f"{self._topic}"
                )

    def _acknowledge(self) -> None:
        """What is on our disk, the broker may forget."""
        self._spool.flush()
        for message in self._waiting:
            self._client.ack(message.mid, message.qos)
        self._waiting.clear()

    def _full(self) -> bool:
        return (
            self._spool.count >= self._settings.max_messages or self._spool.bytes >= self._settings.max_megabytes << 20
        )

    def _readable(self) -> bool:
        """Whether more has arrived already; then acknowledging can wait for it."""
        socket = self._client.socket()
        return socket is not None and bool(select.select([socket], [], [], 0)[0])

    def _leave(self) -> None:
        """Acknowledge what is safe and say goodbye; the session stays at the broker.

        Closing a connection with unread data would lose the acknowledgements on their way: the answer to a last
        request shows that the broker has read them. What else comes meanwhile stays unacknowledged, so it comes again.
        """
        self._leaving = True
        with suppress(OSError, ValueError):
            self._acknowledge()
            self._client.unsubscribe(self._topic)
            deadline = monotonic() + min(self._timeout, _LEAVE_SECONDS)
            while not self._left and monotonic() < deadline:
                if self._client.loop(_STEP_SECONDS) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
            self._client.disconnect()

    def _make_client(self, connection: MqttConnection) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.client_id,
            clean_session=False,
            protocol=paho.MQTTv311,  # every broker speaks it, and 5 has nothing that we need
            manual_ack=True,
        )
        if connection.username:
            client.username_pw_set(connection.username, connection.password or None)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        if reason.is_failure:
            self._refused = f"{reason}"
            return
        # Again on every pull: a session that lost its subscription would stay silent for ever.
        wanted: list[tuple[str, int]] = [(self._settings.topic, self._settings.qos), (self._topic, 1)]
        client.subscribe(wanted)

    def _on_subscribe(self, client: paho.Client, _data: Any, _mid: int, reasons: list[ReasonCode], _more: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            topics = f"{self._settings.topic}, {self._topic}"
            self._refused = f"不允许订阅 {topics} / not allowed to subscribe to {topics}"
            return
        client.publish(self._topic, self._barrier, qos=1)

    def _on_unsubscribe(self, client: paho.Client, _data: Any, _mid: int, _reasons: Any, _more: Any) -> None:
        self._left = True

    def _on_message(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if self._leaving:
            return
        if message.topic == self._topic:
            # One of an interrupted pull may still be queued.
            self._reached = self._reached or message.payload == self._barrier
        elif self._kept.is_new(message):
            self._spool.append(Message(message.topic, now(), bytes(message.payload)))
        self._waiting.append(message)

    def _unavailable(self, reason: str) -> SourceUnavailable:
        name, place = self._request.server.name, address(self._request.server.location)
        return SourceUnavailable(
            f"来源 {name}（{place}）的消息取不到：{reason}；请检查网络、账号与主题权限后重新运行，"
            "代理会保留未确认的消息",
            f"messages of source {name} ({place}) cannot be had: {reason}; check network, account and topic "
            "permissions and run again, the broker keeps what is not acknowledged",
        )


def _place(request: PullRequest) -> tuple[str, str, int]:
    """Scheme, host and port of the broker."""
    url = urlsplit(request.server.location)
    with suppress(ValueError):  # a port that is no number
        if url.scheme in _PORTS and url.hostname:
            return url.scheme, url.hostname, url.port or _PORTS[url.scheme]
    raise SourceUnavailable(
        f"来源 {request.server.name} 的地址不是消息代理地址；请写如 mqtt://主机:1883 或 mqtts://主机:8883",
        f"location of source {request.server.name} is no broker address; write mqtt://host:1883 or mqtts://host:8883",
    )
