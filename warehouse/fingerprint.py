"""SHA-256 of files and of a batch's files of one day.

Belongs here: the one way in which the home's files are hashed, when they are written and when they are verified.
Does not belong here: where files lie, what a wrong hash means (`warehouse.provenance.verify`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path


def file_sha256(path: Path) -> str:
    """The hash of a file's bytes, in hex; raises OSError."""
    with path.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


def files_sha256(paths: Sequence[Path]) -> str | None:
    """The hash of one file, or of the lines `<hash>  <name>` of several by name; None for no file.

    Several files are the text that `sha256sum *` prints, so that people can do it by hand.
    """
    if not paths:
        return None
    if len(paths) == 1:
        return file_sha256(paths[0])
    lines = "".join(f"{file_sha256(path)}  {path.name}\n" for path in sorted(paths, key=lambda path: path.name))
    return hashlib.sha256(lines.encode()).hexdigest()
