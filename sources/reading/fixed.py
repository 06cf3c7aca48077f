"""Text of fixed width: a line is a row, a column stands at its characters.

Belongs here: cutting lines. Does not belong here: encodings (`encoding.py`), types and fields (`sources/admission`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sources.contract.formats import FixedFormat
from sources.reading.encoding import as_utf8, encoding_treatments
from sources.reading.quoting import literal, literals
from sources.reading.relation import Reading, Scan, SourceFile

_LONGEST_LINE_BYTES = 1 << 20


def open_fixed(sources: Sequence[SourceFile], form: FixedFormat, workspace: Path) -> Reading:
    """Open the files; `_row` is the line. A blank line is no row. Raises UnreadableDelivery."""
    # The first look takes a sample of the encoding; here nothing else would notice a line in another one.
    texts = [as_utf8(source, form.encoding, workspace, strictly=True) for source in sources]
    files = literals(str(text.path) for text in texts)
    # A line is one column: nothing separates, quotes or escapes.
    call = (
        f"read_csv([{files}], auto_detect=false, header=false, delim={literal(chr(1))}, quote='', escape='', "
        f"columns={{'line': 'VARCHAR'}}, null_padding=false, max_line_size={_LONGEST_LINE_BYTES})"
    )
    # Blank lines are rows of this scan: DuckDB leaves them out of a table of more than one column only.
    lines = f"SELECT line, file_index::BIGINT::INTEGER AS _source, row_number() OVER () AS n FROM {call}"
    numbered = f"SELECT line, _source, n, n - min(n) OVER (PARTITION BY _source) + 1 AS _row FROM ({lines})"
    columns = {
        column.name: (f"trim(substr(line, {column.start}, {column.width}))", "VARCHAR") for column in form.columns
    }
    return Reading(
        sources=tuple(sources),
        scans=(
            Scan(
                query=f"SELECT * FROM ({numbered}) WHERE _row > {form.skip_rows} AND trim(line) <> '' ORDER BY n",
                columns=columns,
                labels=tuple(source.label for source in sources),
                numbered=True,
            ),
        ),
        encoding="、".join(dict.fromkeys(text.encoding for text in texts)),
        treatments=tuple(encoding_treatments(texts, form.encoding)),
    )
