"""A Mosquitto broker of the tests' own, and departments that publish to it.

Belongs here: starting the server with a user, a rule of access and its default limits. Does not belong here: tests.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

USER, PASSWORD = "platform", "not-a-secret"
_START_SECONDS = 10.0


@contextmanager
def mosquitto(folder: Path) -> Iterator[str]:
    """Address of a broker while the context lasts; the test is skipped where Mosquitto is not installed.

    `platform` may read what devices publish, and write the barriers of two sessions; without a name one may only
    publish.
    """
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    if program is None:
        if os.environ.get("DISTRICT_REQUIRE_SERVICES") == "1":
            raise FileNotFoundError("mosquitto")
        pytest.skip("no mosquitto here")
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    passwords, access, settings = folder / "passwords", folder / "access", folder / "mosquitto.conf"
    passwords.write_text(f"{USER}:{PASSWORD}\n")
    passwords.chmod(0o600)
    hashing = shutil.which("mosquitto_passwd", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    assert hashing is not None
    subprocess.run([hashing, "-U", str(passwords)], check=True)
    access.write_text(
        f"topic write #\nuser {USER}\ntopic read iot/#\ntopic read changning/#\ntopic read mute/barrier\n"
        "topic readwrite platform/barrier\ntopic readwrite district-metrics/barrier\n"
    )
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npassword_file {passwords}\nacl_file {access}\n"
    )
    process = subprocess.Popen([program, "-c", str(settings)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("mosquitto did not start")


def publish(url: str, messages: list[tuple[str, bytes]], *, retain: bool = False) -> None:
    """Publish and wait until the broker has all of it."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    host, _, port = url.removeprefix("mqtt://").partition(":")
    client.connect(host, int(port))
    client.loop_start()
    try:
        for sent in [client.publish(topic, payload, qos=1, retain=retain) for topic, payload in messages]:
            sent.wait_for_publish(_START_SECONDS)
    finally:
        client.disconnect()
        client.loop_stop()
