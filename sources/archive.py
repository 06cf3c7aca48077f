"""What the outside of a delivered archive says before a batch is made of it: full, delta, or nothing for an entity.

Belongs here: that question only. Does not belong here: archives and manifests themselves (`reading/archive.py`).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from sources.contract.settings import Delivery
from sources.reading.archive import is_zip, manifest_word, member_names
from sources.reading.relation import SourceFile, UnreadableDelivery
from warehouse.ledger import BatchMode


def delivered_mode(path: Path, file_name: str, delivery: Delivery) -> BatchMode | None:
    """The mode of the landed file for this delivery; None when it brings nothing for the entity.

    A delta archive without the entity's member, or a manifest that calls it absent, brings nothing. What cannot be
    opened, or lacks a member that should be there, is admission's to refuse: then the contract's mode stands.
    """
    settings = delivery.file
    if settings is None or settings.member is None or not is_zip(path):
        return delivery.mode
    source = SourceFile(0, file_name, path)
    mode: BatchMode = delivery.mode
    try:
        if settings.mode_from_manifest:
            word = manifest_word(source, settings.member)
            if word.absent:
                return None
            mode = word.mode or mode
        present = any(
            fnmatchcase(name, settings.member) or fnmatchcase(PurePosixPath(name).name, settings.member)
            for name in member_names(source)
        )
    except UnreadableDelivery:
        return delivery.mode
    return mode if present or mode != "delta" else None
