"""Zipped deliveries, so that a fault can change one member.

Belongs here: reading members and writing them again. Does not belong here: any fault (`kinds/`).
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from sources.simulator.delivery_files import zipped


def members(path: Path) -> dict[str, bytes]:
    """Member name -> content, in the archive's order."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_member(path: Path, name: str, content: bytes) -> bytes:
    """The archive with other content of one member."""
    return zipped(members(path) | {name: content})
