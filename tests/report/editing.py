"""What a person does to a report in Word, done to its XML: reading the text, changing one number, taking one out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from docx import Document

DOCUMENT = "word/document.xml"


def rewritten(content: bytes, change: Callable[[str], str], part: str = DOCUMENT) -> bytes:
    """The file with `change` made to the XML of one part; the part must be there and must change."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        assert part in old.namelist()
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == part:
                changed = change(data.decode("utf-8"))
                assert changed != data.decode("utf-8")
                data = changed.encode("utf-8")
            new.writestr(entry, data)
    return out.getvalue()


def _control(tag: str) -> re.Pattern[str]:
    return re.compile(
        rf'(<w:sdt><w:sdtPr>(?:(?!</w:sdtPr>).)*<w:tag w:val="{re.escape(tag)}"/>(?:(?!</w:sdtPr>).)*</w:sdtPr>'
        r"<w:sdtContent>)(.*?)(</w:sdtContent></w:sdt>)"
    )


def with_text(content: bytes, tag: str, text: str) -> bytes:
    """The first control with the tag says `text`."""
    return rewritten(
        content,
        lambda xml: _control(tag).sub(
            lambda found: found[1] + re.sub(r"(<w:t[^>]*>).*?(</w:t>)", rf"\g<1>{text}\g<2>", found[2]) + found[3],
            xml,
            count=1,
        ),
    )


def without_control(content: bytes, tag: str) -> bytes:
    """All controls with the tag are gone; their text stays."""
    return rewritten(content, lambda xml: _control(tag).sub(lambda found: found[2], xml))


def text_of(content: bytes) -> str:
    """All text of the body, controls included, a line a paragraph."""
    body = Document(io.BytesIO(content)).element.body
    return "\n".join(
        "".join(piece.text or "" for piece in paragraph.iter(f"{{{paragraph.nsmap['w']}}}t"))
        for paragraph in body.iter(f"{{{body.nsmap['w']}}}p")
    )


def saved(content: bytes, path: Path) -> Path:
    """The bytes as a file."""
    path.write_bytes(content)
    return path
