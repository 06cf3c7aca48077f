"""Control files: what the small file beside a delivery is called, what it declares, whether the delivery agrees.

Belongs here: names, the text of a control file, comparing checksums. Does not belong here: listing and fetching files
(`connectors/files.py`), comparing numbers of rows (`admission/verdict.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sources.contract.settings import ControlFile

# The length of the digits says which one it is.
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_DIGITS = re.compile(r"[0-9A-Fa-f]+")
# `<digits>  name` and `<digits> *name` of coreutils, `MD5 (name) = <digits>` of BSD and openssl.
_COREUTILS = re.compile(r"\\?(?P<digits>[0-9A-Fa-f]{32,128})(?:\s+\*?(?P<name>.+))?")
_BSD = re.compile(r"[A-Z0-9-]+\s?\((?P<name>.+)\)\s?=\s*(?P<digits>[0-9A-Fa-f]{32,128})")
# A list of the files of a year has a few hundred kB; more is no control file.
LARGEST_BYTES = 1 << 20
# No checksum declared of this one of several files.
_NONE = "-"


@dataclass(frozen=True)
class Declared:
    """What a control file says of a delivered file. `checksum` is `algorithm:digits`, lower case."""

    checksum: str | None = None
    rows: int | None = None


class UnusableControlFile(ValueError):
    """The control file does not say what the contract expects of it; `zh` and `en` name the remedy."""

    def __init__(self, control: str, file_name: str) -> None:
        self.zh = (
            f"控制文件 {control} 里没有合同约定的内容（{file_name} 的校验值或行数）；请重新生成控制文件后上传，"
            "或在合同的 control_file 里改正格式"
        )
        self.en = (
            f"control file {control} does not say what the contract expects (checksum or rows of {file_name}); write "
            "it again and upload it, or mend its form in the contract (control_file)"
        )
        super().__init__(f"{self.zh} / {self.en}")


def control_name(settings: ControlFile, file_name: str) -> str:
    """The name of the control file of `file_name`, in the same folder; both relative to the source's folder."""
    path = PurePosixPath(file_name)
    return str(path.with_name(settings.name.replace("{name}", path.name).replace("{stem}", path.stem)))


def is_list(settings: ControlFile) -> bool:
    """Whether one control file names many delivered files."""
    return "{" not in settings.name


def read_control(settings: ControlFile, content: bytes, control: str, file_name: str) -> Declared | None:
    """What the control file says of `file_name`; None where a list does not name it (yet).

    Raises UnusableControlFile.
    """
    if settings.declares == "nothing":
        return Declared()
    text = content.decode("utf-8-sig", errors="replace")
    if settings.declares == "checksum":
        return _checksum(settings, text, control, file_name)
    found = re.search(settings.pattern or "", text, re.MULTILINE)
    if found is None:
        raise UnusableControlFile(control, file_name)
    groups = found.groupdict()
    try:
        rows = int(groups["rows"]) if groups.get("rows") else None
    except ValueError as error:
        raise UnusableControlFile(control, file_name) from error
    checksum = _named(groups["checksum"]) if groups.get("checksum") else None
    if groups.get("checksum") and checksum is None:
        raise UnusableControlFile(control, file_name)
    return Declared(checksum, rows)


def _checksum(settings: ControlFile, text: str, control: str, file_name: str) -> Declared | None:
    last = PurePosixPath(file_name).name
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [match for line in lines if (match := _BSD.fullmatch(line) or _COREUTILS.fullmatch(line))]
    own = [match for match in found if match["name"] and PurePosixPath(match["name"]).name == last]
    if is_list(settings):
        if not own:
            return None
    elif not own:
        own = found if len(found) == 1 else []  # the only line is about the file beside it, whatever it was called
    checksum = _named(own[-1]["digits"]) if own else None
    if checksum is None:
        raise UnusableControlFile(control, file_name)
    return Declared(checksum)


def _named(digits: str) -> str | None:
    algorithm = _ALGORITHMS.get(len(digits))
    return f"{algorithm}:{digits.lower()}" if algorithm and _DIGITS.fullmatch(digits) else None


def together(checksums: Sequence[str | None]) -> str | None:
    """The checksums of a batch's files in their order, as the ledger keeps them; None when none is declared."""
    return " ".join(one or _NONE for one in checksums) if any(checksums) else None


@dataclass(frozen=True)
class Mismatch:
    """A delivered file whose bytes have another checksum than its control file declares."""

    file_name: str
    algorithm: str
    declared: str
    actual: str

    @property
    def reason(self) -> tuple[str, str]:
        """Why the batch is held, in Chinese and English."""
        name = self.algorithm.upper()
        return (
            f"文件 {self.file_name}：控制文件写明的 {name} 为 {self.declared}，收到的内容为 {self.actual}，"
            "可能在传输中损坏，或控制文件不是这份文件的。请整份重传文件与控制文件。",
            f"File {self.file_name}: its control file declares the {name} {self.declared}, the bytes received have "
            f"{self.actual}; damaged on the way, or the control file is of another file. Send file and control file "
            "again.",
        )


def mismatch(declared: str | None, files: Sequence[tuple[str, Path]]) -> Mismatch | None:
    """The first of the files (name, where its bytes lie) that is not what `declared` (of `together`) says."""
    for (name, path), one in zip(files, (declared or "").split(" "), strict=False):
        if ":" not in one:
            continue
        algorithm, digits = one.split(":")
        with path.open("rb") as stream:
            actual = hashlib.file_digest(stream, algorithm).hexdigest()
        if actual != digits:
            return Mismatch(name, algorithm, digits, actual)
    return None
