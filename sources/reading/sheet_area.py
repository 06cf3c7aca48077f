"""How far the cells of a workbook reach, told from its bytes before any sheet is laid out in memory as a whole.

A sheet is laid out as a full rectangle: one stray cell at its far end, or one cell repeated a million times, would take
gigabytes and end the process. Belongs here: that look at .xlsx and .ods. Does not belong here: reading cells
(`excel.py`); .xls ends at 65,536 rows and 256 columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat

from sources.reading.archive import member_names, parts
from sources.reading.relation import SourceFile

_CELL_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_LONGEST_PLACE_BYTES = 32
_CONTENT = "content.xml"


def used_area(source: SourceFile) -> tuple[int, int]:
    """Rows and columns down to the last cell of any sheet.

    Raises UnreadableDelivery for a damaged archive, ValueError for damaged text inside.
    """
    if _CONTENT in member_names(source):
        return _repeated_area(parts(source, _CONTENT))
    # Any member may be a sheet: the workbook says which, and says so where it likes.
    return _placed_area(parts(source, "*"))


def _placed_area(chunks: Iterable[bytes]) -> tuple[int, int]:
    """.xlsx: cells say where they are, `r="XFD1048576"`."""
    rows, column, rest = 0, b"", b""
    for chunk in chunks:
        places = _CELL_PLACE.findall(rest + chunk)
        rest = chunk[-_LONGEST_PLACE_BYTES:]
        if places:
            rows = max(rows, max(int(row) for _, row in places))
            column = max(column, *{letters for letters, _ in places}, key=lambda letters: (len(letters), letters))
    width = 0
    for letter in column:
        width = width * 26 + letter - ord("A") + 1
    return rows, width


@dataclass
class _Reach:
    """What a walk over the elements of an .ods has counted; a row or cell may stand for many."""

    height: int = 0
    width: int = 0
    row: int = 0
    row_repeats: int = 1
    column: int = 0
    filled: int = 0

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        match name.rpartition(":")[2]:
            case "table":
                self.row = 0
            case "table-row":
                self.row_repeats, self.column, self.filled = _count(attributes, "table:number-rows-repeated"), 0, 0
            case "table-cell" | "covered-table-cell":
                self.column += _count(attributes, "table:number-columns-repeated")
                if any(key.endswith(("value-type", "formula")) for key in attributes):
                    self.filled = self.column

    def closed(self, name: str) -> None:
        """An element ends; rows without a value at the end of a sheet do not count."""
        if name.rpartition(":")[2] == "table-row":
            self.row += self.row_repeats
            if self.filled:
                self.height, self.width = max(self.height, self.row), max(self.width, self.filled)


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return int(text) if text.isdecimal() and len(text) < 10 else 1


def _repeated_area(chunks: Iterable[bytes]) -> tuple[int, int]:
    """.ods: rows and cells follow one another, and may be repeated."""
    reach = _Reach()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reach.opened
    parser.EndElementHandler = reach.closed
    try:
        for chunk in chunks:
            parser.Parse(chunk)
    except expat.ExpatError as error:
        raise ValueError("not well-formed") from error
    return reach.height, reach.width
