"""NDJSON whose lines hold lists of records: an order a line with its items, a poll a line with its stations.

Belongs here: what is particular to lists within lines. Does not belong here: a record a line (`ndjson.py`), how records
are found in a document (`record_paths.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb

from sources.contract.formats import JsonFormat
from sources.reading.documents import records_reading
from sources.reading.encoding import TextFile, as_utf8, encoding_treatments
from sources.reading.ndjson import LONGEST_LINE_BYTES, cut_short, exact_copies, fault, lines
from sources.reading.quoting import literals
from sources.reading.record_paths import levels, records
from sources.reading.relation import BrokenRow, Irregularities, Reading, SourceFile


def open_ndjson_lists(
    sources: Sequence[SourceFile], form: JsonFormat, wanted: Sequence[str], workspace: Path, *, strictly: bool = False
) -> Reading:
    """Open lines whose records lie at the dotted path `form.records_at`; rows are numbered on from line to line.

    Raises UnreadableDelivery.
    """
    texts = [as_utf8(source, form.encoding, workspace, strictly=strictly) for source in sources]
    return _reading(texts, wanted, form, workspace, strictly=strictly, exact=False)


def _reading(
    texts: Sequence[TextFile], wanted: Sequence[str], form: JsonFormat, workspace: Path, *, strictly: bool, exact: bool
) -> Reading:
    files = literals(str(text.path) for text in texts)
    documents = (
        f"SELECT json, file_index::BIGINT::INTEGER AS _source FROM read_ndjson_objects([{files}], ignore_errors=true, "
        f"maximum_object_size={LONGEST_LINE_BYTES})"
    )
    sources = [text.source for text in texts]
    return replace(
        records_reading(texts, form.records_at, wanted, documents, exact=exact),
        treatments=tuple(encoding_treatments(texts, form.encoding)),
        after_scan=partial(
            _explain,
            texts=texts,
            records_at=form.records_at,
            again=None if strictly else partial(open_ndjson_lists, sources, form, wanted, workspace, strictly=True),
        ),
        exactly=partial(_exactly, texts, wanted, form, workspace, strictly),
        keys=partial(_keys, texts=texts, form=form),
    )


def _explain(
    _connection: duckdb.DuckDBPyConnection,
    empty: Mapping[int, tuple[int, ...]],
    *,
    texts: Sequence[TextFile],
    records_at: str | None,
    again: Callable[[], Reading] | None,
) -> Irregularities:
    """Rows without any value are looked at again: a broken line, one without a list, or an item that is no object."""
    spoilt: dict[tuple[int, int], BrokenRow] = {}
    for source, ordinals in empty.items():
        broken = _examined(texts[source], source, frozenset(ordinals), records_at)
        if again is not None and any(row.code == "undecodable" for row in broken.values()):
            return Irregularities(again=again())
        spoilt |= {(source, ordinal): row for ordinal, row in broken.items()}
    return Irregularities(spoilt=spoilt)


def _examined(text: TextFile, source: int, suspects: frozenset[int], records_at: str | None) -> dict[int, BrokenRow]:
    """What is wrong with the suspected rows (ordinals from 0). Raises UnreadableDelivery when the last line is cut."""
    broken: dict[int, BrokenRow] = {}
    ordinal = 0
    for number, line in lines(text.path):
        if not line.strip():
            continue
        code = fault(line)
        if code == "broken_json" and not line.endswith(b"\n"):
            raise cut_short(text, number)
        found = None if code else records(json.loads(line), levels(records_at))
        codes: list[str | None] = [code or "no_record_list"]
        if found is not None:
            codes = [None if isinstance(record, dict) else "not_a_record" for record in found]
        for place, wrong in enumerate(codes, ordinal):
            if wrong and place in suspects:
                broken[place] = BrokenRow(source, place + 1, wrong, f"line {number}, {len(line)} bytes")
        ordinal += len(codes)
    return broken


def _keys(_connection: duckdb.DuckDBPyConnection, *, texts: Sequence[TextFile], form: JsonFormat) -> list[str]:
    for _, line in lines(texts[0].path):
        found = None if not line.strip() or fault(line) else records(json.loads(line), levels(form.records_at))
        for record in found or ():
            if isinstance(record, dict):
                return sorted(record)
    return []


def _exactly(
    texts: Sequence[TextFile], wanted: Sequence[str], form: JsonFormat, workspace: Path, strictly: bool
) -> Reading:
    return _reading(exact_copies(texts, workspace), wanted, form, workspace, strictly=strictly, exact=True)
