"""An SFTP server on loopback that serves one folder to one user."""

# paramiko has no types.
# mypy: disable-error-code="import-untyped,misc,no-any-return"

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import paramiko

USER, PASSWORD = "drop", "geheim"


class _Door(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        right = (username, password) == (USER, PASSWORD)
        return paramiko.common.AUTH_SUCCESSFUL if right else paramiko.common.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.common.OPEN_SUCCEEDED


class _Handle(paramiko.SFTPHandle):
    def __init__(self, path: Path) -> None:
        super().__init__(os.O_RDONLY)
        self.path = path
        self.readfile = path.open("rb")

    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(self.path.stat())


def _files(root: Path) -> type[paramiko.SFTPServerInterface]:
    class Files(paramiko.SFTPServerInterface):
        def _path(self, path: str) -> Path:
            return root / path.lstrip("/")

        def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
            return [
                paramiko.SFTPAttributes.from_stat(child.stat(), child.name)
                for child in sorted(self._path(path).iterdir())
            ]

        def stat(self, path: str) -> paramiko.SFTPAttributes | int:
            found = self._path(path)
            return paramiko.SFTPAttributes.from_stat(found.stat()) if found.exists() else paramiko.SFTP_NO_SUCH_FILE

        lstat = stat

        def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
            found = self._path(path)
            return _Handle(found) if found.is_file() else paramiko.SFTP_NO_SUCH_FILE

    return Files


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve `root`; yields `host:port`."""
    listener = socket.create_server(("127.0.0.1", 0))
    key = paramiko.RSAKey.generate(2048)
    transports: list[paramiko.Transport] = []

    def accept() -> None:
        with suppress(OSError):  # the listener was closed: the test is over
            while True:
                connection, _ = listener.accept()
                transport = paramiko.Transport(connection)
                transport.add_server_key(key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _files(root))
                transports.append(transport)
                with suppress(paramiko.SSHException, EOFError):  # a client that leaves is no fault of ours
                    transport.start_server(server=_Door())

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for transport in transports:
            transport.close()
