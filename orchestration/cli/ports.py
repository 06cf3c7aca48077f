"""Loopback ports: whether one is free, and waiting until something answers on it.

Belongs here: sockets of this machine. Does not belong here: what listens there.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from time import monotonic

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free to a server
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def wait_until_open(port: int, *, seconds: float, give_up: Callable[[], bool], pause: threading.Event) -> bool:
    """Whether something accepts connections on the port within `seconds`; `give_up` and `pause` end the wait early."""
    deadline = monotonic() + seconds
    while monotonic() < deadline and not give_up() and not pause.is_set():
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return True
        pause.wait(0.2)  # a server takes seconds to start: five looks a second
    return False
