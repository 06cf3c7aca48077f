"""Keeping what was delivered, byte for byte, under its hash.

Belongs here: the landing folder. Does not belong here: looking into the bytes, the ledger.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from warehouse.home import Home

_CHUNK = 1 << 20
_ASIDE = ".incoming-"


@dataclass(frozen=True)
class Landed:
    """Delivered bytes in the landing folder, never changed afterwards."""

    sha256: str
    bytes: int
    path: Path


def landed_path(home: Home, sha256: str) -> Path:
    """Where bytes of that hash lie."""
    return home.landing / sha256[:2] / sha256


def land(home: Home, path: Path) -> Landed:
    """Copy the bytes of `path` into the landing folder, hashing the very bytes that are written.

    Written aside, flushed to disk, then renamed (mode 0600): a crash leaves nothing half. The same bytes again change
    nothing. Raises OSError when the disk is full or not writable.
    """
    digest = hashlib.sha256()
    size = 0
    home.landing.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_ASIDE, dir=home.landing)  # mode 0600
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as writer, path.open("rb") as reader:
            while chunk := reader.read(_CHUNK):
                digest.update(chunk)
                size += writer.write(chunk)
            writer.flush()
            os.fsync(writer.fileno())
        target = landed_path(home, digest.hexdigest())
        if not target.is_file():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            os.replace(aside, target)
            _flush_folder(target.parent)
    finally:
        aside.unlink(missing_ok=True)
    return Landed(digest.hexdigest(), size, target)


def remove_unfinished(home: Home) -> None:
    """Remove what a crash left half written. Only while no other run is active."""
    for aside in home.landing.glob(f"{_ASIDE}*"):
        aside.unlink()


def _flush_folder(folder: Path) -> None:
    """Make a rename survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
