"""FHIR R4: bundles and NDJSON of resources, one row a resource of the wanted type.

Belongs here: taking resources out of bundles, dotted paths, and following references inside the delivery with
`resolve()` as FHIRPath has it, e.g. `encounter.resolve().serviceProvider.resolve().name`.
Does not belong here: what a resource means (the contract's expressions).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from sources.reading.documents import object_limit, refuse_broken_documents, refuse_large_documents
from sources.reading.encoding import TextFile, as_utf8, encoding_treatments
from sources.reading.json_paths import json_path
from sources.reading.ndjson import LONGEST_LINE_BYTES, examine_lines
from sources.reading.quoting import literal, literals
from sources.reading.relation import BrokenRow, Reading, Scan, SourceFile, UnreadableDelivery
from sources.reading.scanning import rows, source_index

_RESOLVE = ".resolve()"


def open_fhir(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[SourceFile],
    resource_type: str,
    wanted: Sequence[str],
    workspace: Path,
) -> Reading:
    """Open bundles (JSON) or NDJSON. `_row` is the entry's number in its bundle, the line in NDJSON.

    Raises UnreadableDelivery.
    """
    texts = [as_utf8(source, "utf-8", workspace) for source in sources]
    broken = _load(connection, texts)
    joins: dict[tuple[str, str], str] = {}
    columns = {path: (_column(path, joins), "VARCHAR") for path in wanted}
    followed = " ".join(
        f"LEFT JOIN _fhir_reference AS {alias} ON {alias}.reference = json_extract_string({owner}.resource, "
        f"{literal(json_path(path + '.reference'))})"
        for (owner, path), alias in joins.items()
    )
    named = {path: f"c{number}" for number, path in enumerate(columns)}
    values = "".join(f", {columns[path][0]} AS {name}" for path, name in named.items())
    query = (
        f"SELECT r._source, r._row{values} FROM _fhir_resource AS r {followed} "
        f"WHERE r.kind = {literal(resource_type)} ORDER BY r._source, r._row"
    )
    return Reading(
        sources=tuple(sources),
        scans=(
            Scan(
                query=query,
                columns={path: (name, "VARCHAR") for path, name in named.items()},
                labels=tuple(source.label for source in sources),
                closed=False,
                numbered=True,
            ),
        ),
        encoding="、".join(dict.fromkeys(text.encoding for text in texts)),
        treatments=tuple(encoding_treatments(texts, "utf-8")),
        broken=tuple(broken),
    )


def _column(path: str, joins: dict[tuple[str, str], str]) -> str:
    """SQL of a path; every `resolve()` on the way adds one join, shared by all paths that start alike."""
    owner = "r"
    *references, last = path.split(_RESOLVE)
    for reference in references:
        step = (owner, reference.removeprefix("."))
        owner = joins.setdefault(step, f"e{len(joins)}")
    return f"json_extract_string({owner}.resource, {literal(json_path(last.removeprefix('.')))})"


def _load(connection: duckdb.DuckDBPyConnection, texts: Sequence[TextFile]) -> list[BrokenRow]:
    """Fill `_fhir_resource` and `_fhir_reference`; give broken lines of NDJSON."""
    connection.execute("CREATE OR REPLACE TABLE _fhir_text (_source INTEGER, json JSON)")
    broken: list[BrokenRow] = []
    by_line = [index for index, text in enumerate(texts) if _is_line_wise(text)]
    whole = [index for index in range(len(texts)) if index not in set(by_line)]
    for members, form in ((by_line, "newline_delimited"), (whole, "unstructured")):
        if not members:
            continue
        files = literals(str(texts[index].path) for index in members)
        if members is whole:
            refuse_large_documents([texts[index] for index in whole])
        limit = object_limit([texts[index] for index in members]) if members is whole else LONGEST_LINE_BYTES
        call = f"read_json_objects([{files}], format='{form}', maximum_object_size={limit}"
        tolerant = ", ignore_errors=true" if form == "newline_delimited" else ""
        try:
            connection.execute(f"INSERT INTO _fhir_text SELECT {source_index(members)}, json FROM {call}{tolerant})")
        except duckdb.Error as error:
            refuse_broken_documents([texts[index] for index in members])
            raise _no_fhir(texts[members[0]].source) from error
    for source in by_line:
        missing = frozenset(
            ordinal
            for ordinal, known in rows(
                connection,
                "SELECT row_number() OVER (ORDER BY rowid) - 1, json IS NOT NULL FROM _fhir_text "
                f"WHERE _source = {source} ORDER BY rowid",
            )
            if not known
        )
        if missing:
            broken += examine_lines(texts[source], source, missing)[0].values()
    for source in whole:
        if texts[source].path.stat().st_size == 0:
            refuse_broken_documents([texts[source]])
    connection.execute(_RESOURCES)
    connection.execute(_REFERENCES)
    return broken


_RESOURCES = """
    CREATE OR REPLACE TABLE _fhir_resource AS
    SELECT *, json_extract_string(resource, '$.resourceType') AS kind
    FROM (
        SELECT _source, CASE WHEN bundled THEN _entry ELSE line END AS _row,
               json_extract_string(entry, '$.fullUrl') AS full_url, json_extract(entry, '$.resource') AS resource
        FROM (
            SELECT _source, line, bundled, unnest(entries) AS entry, generate_subscripts(entries, 1) AS _entry
            FROM (
                SELECT _source, row_number() OVER (PARTITION BY _source ORDER BY rowid) AS line,
                       coalesce(json_extract_string(json, '$.resourceType') = 'Bundle', false) AS bundled,
                       CASE WHEN bundled THEN json_extract(json, '$.entry[*]')
                            ELSE [json_object('resource', json)] END AS entries
                FROM _fhir_text
            )
        )
    )
"""
# The same resource may come in many bundles: any copy answers a reference.
_REFERENCES = """
    CREATE OR REPLACE TABLE _fhir_reference AS
    SELECT DISTINCT ON (reference) reference, resource
    FROM (
        SELECT full_url AS reference, resource, _source, _row FROM _fhir_resource
        UNION ALL
        SELECT kind || '/' || json_extract_string(resource, '$.id'), resource, _source, _row FROM _fhir_resource
    )
    WHERE reference IS NOT NULL
    ORDER BY reference, _source, _row
"""


def _is_line_wise(text: TextFile) -> bool:
    """A first line that is a JSON object by itself makes NDJSON."""
    with text.path.open("rb") as file:
        first = file.readline()
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _no_fhir(source: SourceFile) -> UnreadableDelivery:
    return UnreadableDelivery(
        f"文件 {source.label} 无法作为 FHIR 读取。请报送 FHIR R4 Bundle（JSON）或一行一个资源的 NDJSON。",
        f"File {source.label} cannot be read as FHIR. Send a FHIR R4 Bundle (JSON) or NDJSON with one resource a line.",
    )
