"""XML: each element at a path is a row; elements below it and attributes are its columns.

Belongs here: turning elements into records, one at a time. Does not belong here: how records are scanned
(`ndjson.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from sources.contract.formats import JsonFormat, XmlFormat
from sources.reading.ndjson import open_ndjson
from sources.reading.relation import Reading, SourceFile, UnreadableDelivery

# The text of an element that has attributes or elements besides.
_TEXT = "#text"
_DEEPEST = 64
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_STEP = re.compile(r"([^.\[\]]+)(?:\[(\d+)\])?")


class _OwnEntity(Exception):
    """An entity that the document declares itself; it is not expanded."""


def open_xml(sources: Sequence[SourceFile], form: XmlFormat, wanted: Sequence[str], workspace: Path) -> Reading:
    """Open XML files; rows are numbered from 1 in each. Raises UnreadableDelivery."""
    listed = _listed(wanted)
    above = [column for column in wanted if column.startswith(("^.", "$."))]
    copies = [_records(source, form, workspace, number, listed, above) for number, source in enumerate(sources)]
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
    source: SourceFile,
    form: XmlFormat,
    workspace: Path,
    number: int,
    listed: frozenset[tuple[str, ...]],
    above: Sequence[str],
) -> SourceFile:
    """The records of one file, one JSON object a line; columns `above` a record are keys of it, called as asked for."""
    target = workspace / f"xml-{source.position}-{number}"
    path = tuple(form.records_at.strip(".").split("."))
    found = 0
    here: list[str] = []
    open_elements: list[Any] = []
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
                    open_elements.append(element)
                    continue
                at = tuple(here)
                if at == path:
                    value = _value(element, (), listed)
                    record = value if isinstance(value, dict) else {_TEXT: value}
                    record |= {column: _above(open_elements, column) for column in above}
                    writer.write(json.dumps(record, ensure_ascii=False) + "\n")
                    found += 1
                here.pop()
                open_elements.pop()
                # What lies inside a record is needed until its end, and what stands before it where columns lead there.
                if len(here) < len(path) and (not above or at == path[: len(at)]):
                    element.clear()
                    before = element.getprevious()
                    while before is not None and len(at) == len(path) and (not above or before.tag == element.tag):
                        before.getparent().remove(before)
                        before = element.getprevious()
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise UnreadableDelivery(
            f"文件 {source.label} 不是完整的 XML（第 {line} 行第 {column} 列：{error.msg}）。请重新导出并整份报送。",
            f"File {source.label} is not a complete XML document (line {line}, column {column}: {error.msg}). Export "
            "it again and send it whole.",
        ) from error
    except _OwnEntity as entity:
        raise UnreadableDelivery(
            f"文件 {source.label} 第 {found + 1} 条记录使用了自定义实体 {entity}，内容无法确定。请展开实体后重报。",
            f"Record {found + 1} of file {source.label} uses an entity of its own, {entity}: what it says is unknown. "
            "Write it out and send the file again.",
        ) from entity
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


def _above(open_elements: Sequence[Any], column: str) -> str | None:
    """The text at a path from the root (`$.`, with or without the root's own name) or from the element that holds the
    record (`^.`, `^.^.` one further out), as far as it was read."""
    if column.startswith("$."):
        element, path = open_elements[0], column[2:].removeprefix(f"{_name(open_elements[0])}.")
    else:
        out = 1
        while column.startswith("^.^."):
            out, column = out + 1, column[2:]
        if out >= len(open_elements):
            return None
        element, path = open_elements[-1 - out], column[2:]
    for key, place in _STEP.findall(path):
        if key.startswith("@"):
            return next((str(value) for name, value in element.attrib.items() if _local(name) == key[1:]), None)
        if key == _TEXT:
            break
        children = [child for child in element if _name(child) == key]
        if len(children) <= int(place or 0):
            return None
        element = children[int(place or 0)]
    return _text(element) or None


def _local(name: str) -> str:
    return str(etree.QName(name).localname)


def _text(element: Any) -> str:
    """The text of an element, past comments; of mixed content all of it, with that of the elements inside."""
    for child in element:
        if child.tag is etree.Entity:
            raise _OwnEntity(child.text)
    if any(isinstance(child.tag, str) and (child.tail or "").strip() for child in element):
        return "".join(_pieces(element)).strip()
    own = [element.text, *(child.tail for child in element if not isinstance(child.tag, str))]
    return "".join(part for part in own if part).strip()


def _pieces(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from _pieces(child)
        yield child.tail or ""


def _value(element: Any, here: tuple[str, ...], listed: frozenset[tuple[str, ...]]) -> Any:
    """Text, or an object of attributes and elements; elements of one name are a list, those at `listed` always."""
    if element.get(_NIL) in ("true", "1"):
        return None
    text = _text(element)
    children = [child for child in element if isinstance(child.tag, str)]
    if len(here) > _DEEPEST or not (children or element.attrib):
        return text or None
    record: dict[str, Any] = {f"@{_local(name)}": value for name, value in element.attrib.items() if name != _NIL}
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
