"""The end of a table in a text file: a last line that says the file is whole, a line from which on there are remarks.

Belongs here: finding them, and the file without them. Does not belong here: rows (`csv.py`), comparing the number
(`sources/admission/verdict.py`).
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from sources.reading.encoding import TextFile
from sources.reading.relation import UnreadableDelivery

# A trailer is short; behind it may be blank lines.
_TAIL_BYTES = 1 << 16
_MARKS = (b",", b";", b"\t", b"|")
# Fewer lines with as many separators as a row may be remarks with commas.
_FEWEST_ROWS = 3


@dataclass(frozen=True, slots=True)
class Trailer:
    """A text without its trailer, and the number of rows that it declares, if it does."""

    text: TextFile
    rows: int | None


def take_trailer(text: TextFile, pattern: str, workspace: Path) -> Trailer:
    """Take the last line that is not blank off a copy of `text`; it must match `pattern` (group `rows`: their number).

    Raises UnreadableDelivery when it does not: the file is cut short.
    """
    with text.path.open("rb") as file:
        size = file.seek(0, 2)
        start = file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read().rstrip()
    begin = max(tail.rfind(b"\n"), tail.rfind(b"\r")) + 1
    match = re.fullmatch(pattern, tail[begin:].decode("utf-8", "replace").strip())
    if match is None:
        raise UnreadableDelivery(
            f"文件 {text.source.label} 不完整：最后一行不是约定的结束行（{pattern}），文件可能在传输中被截断。"
            "请重新导出并整份报送。",
            f"File {text.source.label} is cut short: its last line is not the agreed trailer ({pattern}). Export it "
            "again and send it whole.",
        )
    copy = workspace / f"whole-{text.source.position}-{len(list(workspace.glob('whole-*')))}"
    copy.touch(mode=0o600)  # delivered bytes may hold personal data
    shutil.copyfile(text.path, copy)
    with copy.open("r+b") as file:
        file.truncate(start + begin)
    rows = match.groupdict().get("rows")
    return Trailer(replace(text, path=copy), int(rows) if rows and rows.isdecimal() else None)


@dataclass(frozen=True, slots=True)
class End:
    """A text without what follows its table: `lines` of them, from `line` on (None: it has nothing of the kind)."""

    text: TextFile
    line: int | None
    lines: int


def end_before(text: TextFile, pattern: str, skip: int, workspace: Path) -> End:
    """`text`, or a copy up to the first line below the first `skip` + 1 ones that `pattern` finds.

    Raises UnreadableDelivery where most of what follows looks like rows: the pattern found a line in the midst of them.
    """
    wanted = re.compile(pattern)
    with text.path.open("rb") as file:
        position, last = 0, b""
        for number, line in enumerate(file, 1):
            if number > skip + 1 and wanted.search(line.decode("utf-8", "replace").rstrip("\r\n")):
                break
            position += len(line)
            last = line if line.strip() else last
        else:
            return End(text, None, 0)
        mark = max(_MARKS, key=last.count)
        lines = filled = alike = 0
        for below in chain([line], file):
            lines += 1
            filled += bool(below.strip())
            alike += below.count(mark) == last.count(mark) > 0
    if alike >= _FEWEST_ROWS and 2 * alike > filled:
        raise UnreadableDelivery(
            f"文件 {text.source.label} 第 {number} 行符合 ends_before（{pattern}），但其后还有 {alike} 行像数据。"
            "请核对文件；数据中间有空行或说明时，请修改合同的 ends_before。",
            f"Line {number} of file {text.source.label} is what ends_before ({pattern}) looks for, but {alike} lines "
            "below it look like rows. Look at the file; where blank lines or remarks stand between rows, change "
            "ends_before of the contract.",
        )
    copy = workspace / f"ended-{text.source.position}-{len(list(workspace.glob('ended-*')))}"
    copy.touch(mode=0o600)  # delivered bytes may hold personal data
    shutil.copyfile(text.path, copy)
    with copy.open("r+b") as file:
        file.truncate(position)
    return End(replace(text, path=copy), number, lines)
