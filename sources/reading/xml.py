"""XML: each element at a path is a row; elements below it and attributes are its columns.

Belongs here: turning elements into records, one at a time. Does not belong here: how records are scanned
(`ndjson.py`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from sources.contract.settings import JsonFormat, XmlFormat
from sources.reading.ndjson import open_ndjson
from sources.reading.relation import Reading, SourceFile, UnreadableDelivery

# The text of an element that has attributes or elements besides.
_TEXT = "#text"
_DEEPEST = 64


def open_xml(sources: Sequence[SourceFile], form: XmlFormat, wanted: Sequence[str], workspace: Path) -> Reading:
    """Open XML files; rows are numbered from 1 in each. Raises UnreadableDelivery."""
    listed = _listed(wanted)
    copies = [_records(source, form, workspace, number, listed) for number, source in enumerate(sources)]
    return open_ndjson(copies, JsonFormat(kind="ndjson", encoding="utf-8"), wanted, workspace)


def _listed(wanted: Sequence[str]) -> frozenset[tuple[str, ...]]:
    """Paths below a record that a source column takes as a list: `value[0]` also means the only one."""
    found = set()
    for column in wanted:
        steps = column.split(".")
        for place, step in enumerate(steps, 1):
            if step.endswith("]"):
                found.add(tuple(one.partition("[")[0] for one in steps[:place]))
    return frozenset(found)


def _records(
    source: SourceFile, form: XmlFormat, workspace: Path, number: int, listed: frozenset[tuple[str, ...]]
) -> SourceFile:
    """The records of one file, one JSON object a line."""
    target = workspace / f"xml-{source.position}-{number}"
    path = tuple(form.records_at.strip(".").split("."))
    found = 0
    here: list[str] = []
    target.touch(mode=0o600)  # delivered bytes may hold personal data
    try:
        # Nothing outside the file is read and no entity is expanded: a delivery says what it says by itself.
        events = etree.iterparse(
            str(source.path), ("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        with target.open("w", encoding="utf-8", errors="surrogatepass") as writer:
            for event, element in events:
                if event == "start":
                    here.append(_name(element))
                    continue
                if tuple(here) == path:
                    record = _value(element, (), listed)
                    writer.write(
                        json.dumps(record if isinstance(record, dict) else {_TEXT: record}, ensure_ascii=False)
                    )
                    writer.write("\n")
                    found += 1
                here.pop()
                if len(here) < len(path):  # what lies inside a record is needed until its end
                    element.clear()
                    while element.getprevious() is not None and len(here) == len(path) - 1:
                        del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise UnreadableDelivery(
            f"文件 {source.label} 不是完整的 XML（第 {line} 行第 {column} 列：{error.msg}）。请重新导出并整份报送。",
            f"File {source.label} is not a complete XML document (line {line}, column {column}: {error.msg}). Export "
            "it again and send it whole.",
        ) from error
    if not found:
        raise UnreadableDelivery(
            f"文件 {source.label} 在 {form.records_at} 处没有元素。"
            "请核对文件，或修改合同的 records_at（从根元素写起）。",
            f"File {source.label} has no element at {form.records_at}. Look at the file, or change records_at of the "
            "contract (it starts with the root element).",
        )
    return SourceFile(source.position, source.file_name, target, source.sheet)


def _name(element: Any) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _value(element: Any, here: tuple[str, ...], listed: frozenset[tuple[str, ...]]) -> Any:
    """Text, or an object of attributes and elements; elements of one name are a list, those at `listed` always."""
    text = (element.text or "").strip()
    children = [child for child in element if isinstance(child.tag, str)]
    if len(here) > _DEEPEST or not (children or element.attrib):
        return text or None
    record: dict[str, Any] = {f"@{etree.QName(name).localname}": value for name, value in element.attrib.items()}
    if text:
        record[_TEXT] = text
    for child in children:
        name = _name(child)
        value = _value(child, (*here, name), listed)
        if name not in record:
            record[name] = [value] if (*here, name) in listed else value
        elif isinstance(record[name], list):
            record[name].append(value)
        else:
            record[name] = [record[name], value]
    return record
