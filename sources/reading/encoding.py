"""Which encoding a text file has, and a UTF-8 copy of it where DuckDB needs one.

Belongs here: byte order marks, strict UTF-8, GB18030, UTF-16, line ends. Does not belong here: columns or records.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sources.reading.relation import SourceFile, UnreadableDelivery
from warehouse.ledger.records import Treatment

# Enough for the first look: a file in another encoding shows within its first or last lines.
_SAMPLE_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 20
# One line in ten: text in another encoding has non-ASCII characters in far more of its lines.
_MOST_DAMAGED = 0.1
# So many lines with other bytes than ASCII tell an encoding; a file whose damage all lies in its first lines is rare.
_TELLING_LINES = 1_000
# Characters beyond ASCII that stand together, and the small letters that they touch.
_RUNS = re.compile(r"([a-z]?)([^\x00-\x7f]+)(?=([a-z]?))")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file as UTF-8 without mark: the landed one, or a copy. `encoding` is the name of what was delivered, `marked`
    whether it began with UTF-8's byte order mark."""

    source: SourceFile
    path: Path
    encoding: str
    marked: bool = False


def encoding_treatments(texts: Sequence[TextFile], declared: str) -> list[Treatment]:
    """Marks taken off, and encodings that are not the declared one (`auto` expects UTF-8)."""
    expected = _known(declared) or "utf-8"
    done = []
    for text in texts:
        place = text.source.place()
        if text.marked:
            zh, en = "文件开头的 UTF-8 标记（BOM）已去除", "the byte order mark at the start of the file was taken off"
            done.append(Treatment("byte_order_mark", "repaired", "", 0, place, zh, en))
        if text.encoding != expected:
            zh = f"文件编码识别为 {text.encoding}（约定为 {expected}），已转为 UTF-8 读取"
            en = f"the file is in {text.encoding} ({expected} was agreed); read as that"
            done.append(Treatment("encoding_detected", "repaired", "", 0, place, zh, en))
    return done


def as_utf8(source: SourceFile, declared: str, workspace: Path, *, strictly: bool = False) -> TextFile:
    """`source` as UTF-8 text with one kind of line end.

    Strict UTF-8 wins whatever was declared (another encoding hardly ever is valid UTF-8 by chance), then UTF-8
    with a few damaged lines, which the reader rejects, then the declared encoding, then GB18030. The first look takes a
    sample; `strictly` reads the whole file. Raises UnreadableDelivery.
    """
    with source.path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
        size = file.seek(0, 2)
        file.seek(max(0, size - _SAMPLE_BYTES))
        tail = file.read() if size > _SAMPLE_BYTES else b""
    mark = next((name for start, name in _MARKS if head.startswith(start)), None)
    plain = mark is None and b"\x00" not in head and not _mixed_line_ends(head, tail)
    fits = plain and _fits(head, "utf-8", final=not tail) and _fits(_from_line(tail), "utf-8", final=True)
    if fits and not (strictly and tail):
        return TextFile(source, source.path, "utf-8")
    guesses: list[str | None] = [mark] if mark else ["utf-8", _utf16_without_mark(head), _known(declared), "gb18030"]
    for name in dict.fromkeys(guess for guess in guesses if guess is not None):
        copy = workspace / f"text-{source.position}-{len(list(workspace.glob('text-*')))}"
        if _transcode(source.path, copy, name) and (name != "gb18030" or _may_be_chinese(copy)):
            return TextFile(source, copy, name.removesuffix("-sig"), marked=name == "utf-8-sig")
        copy.unlink()
        # One damaged line must not turn all others into another encoding, which takes nearly any bytes.
        if name == "utf-8" and b"\x00" not in head and _is_utf8_but_for_few_lines(source.path, telling=True):
            return TextFile(source, source.path, "utf-8")
    if mark is None and _is_utf8_but_for_few_lines(source.path, telling=False):
        return TextFile(source, source.path, "utf-8")
    raise UnreadableDelivery(
        f"文件 {source.label} 的编码无法识别：既不是 UTF-8，也不是 GB18030 或 UTF-16。请另存为 UTF-8 后重新报送；"
        "西欧文字的文件可在合同里写 encoding: windows-1252。",
        f"The encoding of file {source.label} is neither UTF-8 nor GB18030 nor UTF-16. Save it as UTF-8 and send "
        "again, or, where it is Western European, say `encoding: windows-1252` in the contract.",
    )


def _is_utf8_but_for_few_lines(path: Path, *, telling: bool) -> bool:
    """Whether the first line and nearly all others are UTF-8: then lines are damaged, not the encoding mistaken.

    With `telling` only lines with other bytes than ASCII count: they tell which encoding it is.
    """
    damaged = lines = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            lines += not (telling and line.isascii())
            if not _fits(line, "utf-8", final=True):
                damaged += 1
                # Nobody reads a large file of another encoding to its end for this.
                if number == 1 or (telling and damaged > _MOST_DAMAGED * max(lines, _TELLING_LINES)):
                    return False
    return damaged <= lines * _MOST_DAMAGED


def _may_be_chinese(copy: Path) -> bool:
    """Whether text that was taken for GB18030 reads as such. Nearly any bytes are GB18030: of Latin-1 it makes single
    Chinese characters in the midst of words (`Z黵ich`), which Chinese text hardly ever has."""
    runs = lone = 0
    with copy.open(encoding="utf-8", errors="replace") as file:
        while runs < _TELLING_LINES and (text := file.read(_CHUNK_BYTES)):
            found = _RUNS.findall(text)
            runs += len(found)
            lone += sum(bool(before or behind) and len(run) == 1 for before, run, behind in found)
    return 2 * lone <= runs


def _known(declared: str) -> str | None:
    try:
        name = codecs.lookup(declared).name if declared != "auto" else None
    except LookupError:
        return None
    # GB18030 is a superset of both; Windows writes characters that the narrower codecs refuse.
    return "gb18030" if name in ("gbk", "gb2312") else name


def _utf16_without_mark(head: bytes) -> str | None:
    """Western digits and separators make every other byte of UTF-16 text zero."""
    if len(head) < 4 or b"\x00" not in head:
        return None
    return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"


def _mixed_line_ends(head: bytes, tail: bytes) -> bool:
    """DuckDB reads one kind of line end in a file."""
    text = head + tail
    returns, pairs, feeds = text.count(b"\r"), text.count(b"\r\n"), text.count(b"\n")
    return returns != pairs or (pairs not in (0, feeds))


def _from_line(tail: bytes) -> bytes:
    """`tail` from its first line start, so that a cut character does not count as an error."""
    return tail[tail.find(b"\n") + 1 :]


def _fits(sample: bytes, encoding: str, *, final: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample, final)
    except UnicodeDecodeError:
        return False
    return True


def _transcode(source: Path, target: Path, encoding: str) -> bool:
    """Write `source` as UTF-8 with line feeds, by stream; False when it is not in `encoding`.

    NUL characters are dropped: DuckDB's CSV reader stops at them and no department means them.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with source.open("rb") as reader, target.open("wb") as writer:
        target.chmod(0o600)  # delivered bytes may hold personal data
        pending_return = False
        try:
            while chunk := reader.read(_CHUNK_BYTES):
                text = decoder.decode(chunk)
                if pending_return:
                    text = "\r" + text
                pending_return = text.endswith("\r")
                text = text[:-1] if pending_return else text
                writer.write(_plain(text))
            writer.write(_plain(decoder.decode(b"", True) + ("\r" if pending_return else "")))
        except UnicodeError:
            return False
    return True


def _plain(text: str) -> bytes:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return text.encode("utf-8", "strict")
