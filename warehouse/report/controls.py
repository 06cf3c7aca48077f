"""Numbers as content controls of a Word document (`w:sdt`), written and read.

Belongs here: the OOXML of a control, finding controls in a file that somebody edited, the list of controls that a file
was made with. Does not belong here: which numbers there are (`content.py`), whether they are right (`verifying.py`).

The list is a custom XML part of the document (Word and LibreOffice keep it): without it a control that was taken out
could not be missed.
"""

from __future__ import annotations

import copy
import io
import itertools
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from warehouse.report.numbers import TOKEN_END, TOKEN_START, Number, parts

CHARACTER_STYLE: Final = "DistrictFigure"
"""Id of the template's character style that numbers wear."""
LIST_NAMESPACE: Final = "urn:district-metrics:report:1"
_W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R: Final = f"{{{_W}}}r"
_RPR: Final = f"{{{_W}}}rPr"
_T: Final = f"{{{_W}}}t"
_PLACE: Final = re.compile(f"{TOKEN_START}([^{TOKEN_END}]*){TOKEN_END}")
_LONGEST_TITLE: Final = 64  # Word's limit for the title of a control
_LISTED: Final = f"{{{LIST_NAMESPACE}}}control"
_LOOSE: Final = f"{{{LIST_NAMESPACE}}}loose"
_BODY: Final = "word/document.xml"
_READ: Final = re.compile(r"(word|customXml)/.*\.xml$")
# A report of fifty indicators has about 2 MB of XML: what unpacks to much more is no report of ours.
_LARGEST: Final = 64 * 1024 * 1024
# An encrypted or oddly packed archive, a damaged count, an encoding that nobody knows.
_ODD_ARCHIVES: Final = (NotImplementedError, RuntimeError, LookupError, ValueError)


class NoReport(ValueError):
    """The file is no report of ours. `zh` and `en` say why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} / {en}")


def _w(name: str) -> str:
    return f"{{{_W}}}{name}"


@dataclass(frozen=True, slots=True)
class Control:
    """A control as found in a file: its tag and the text that stands in it now."""

    tag: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """The controls of a file in order, and the tags that it was made with (empty where the list is gone).

    `loose` are numbers outside of controls that were not there when the file was made.
    """

    controls: tuple[Control, ...]
    made_with: frozenset[str]
    loose: tuple[str, ...]


def bind(tree: Any, numbers: Mapping[str, Number]) -> None:
    """Put a control in the place of each number of a filled-in part; runs keep how they look."""
    for run in list(tree.iter(_R)):
        if TOKEN_START in "".join(piece.text or "" for piece in run.iter(_T)):
            parent, place = run.getparent(), run.getparent().index(run)
            parent[place : place + 1] = list(_split(run, numbers))


def _split(run: Any, numbers: Mapping[str, Number]) -> Iterator[Any]:
    """A run with places of numbers as runs and controls in order."""
    look = run.find(_RPR)
    for child in run:
        if child.tag == _RPR:
            continue
        pieces = _PLACE.split(child.text or "") if child.tag == _T else [None]
        for position, piece in enumerate(pieces):
            if piece is None:
                yield _run(look, copy.deepcopy(child))
            elif position % 2:  # what the pattern caught: a tag
                yield _control(look, numbers[piece])
            elif piece:
                yield _run(look, _text(piece))


def _control(look: Any, number: Number) -> Any:
    sdt = etree.Element(_w("sdt"))
    properties = etree.SubElement(sdt, _w("sdtPr"))
    etree.SubElement(properties, _w("alias")).set(_w("val"), number.label[:_LONGEST_TITLE])
    etree.SubElement(properties, _w("tag")).set(_w("val"), number.tag)
    etree.SubElement(properties, _w("id"))
    etree.SubElement(properties, _w("text"))
    run = _run(look, _text(number.text))
    dressed = run.find(_RPR)
    if dressed is None:
        dressed = etree.Element(_RPR)
        run.insert(0, dressed)
    if dressed.find(_w("rStyle")) is None:  # a style of the template's own wins
        style = etree.Element(_w("rStyle"))
        style.set(_w("val"), CHARACTER_STYLE)
        dressed.insert(0, style)
    etree.SubElement(sdt, _w("sdtContent")).append(run)
    return sdt


def _run(look: Any, content: Any) -> Any:
    run = etree.Element(_R)
    if look is not None:
        run.append(copy.deepcopy(look))
    run.append(content)
    return run


def _text(text: str) -> Any:
    element = etree.Element(_T)
    element.text = text
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element


def number_controls(trees: Iterable[Any]) -> list[str]:
    """Give each control of a document's parts its own id, as Word wants; returns the tags in order."""
    tags = []
    identities = itertools.count(1)
    for tree in trees:
        for properties in tree.iter(_w("sdtPr")):
            identity, tag = properties.find(_w("id")), properties.find(_w("tag"))
            if identity is not None:
                identity.set(_w("val"), str(next(identities)))
            if tag is not None:
                tags.append(tag.get(_w("val")))
    return tags


def loose_numbers(tree: Any) -> Counter[str]:
    """Numbers that stand in paragraphs outside of controls (names and fixed words have some)."""
    loose: Counter[str] = Counter()
    for paragraph in tree.iter(_w("p")):
        text = "".join(
            piece.text or "" if piece.tag == _T else TOKEN_END
            for piece in paragraph.iter(_T, _w("sdt"))
            if piece.tag != _T or next(piece.iterancestors(_w("sdt"), _w("p"))) is paragraph
        )
        loose.update(piece.strip() for piece, is_number in parts(text) if is_number)
    return loose


def list_part(tags: list[str], loose: Counter[str]) -> bytes:
    """The custom XML part with all tags of a report, each once, and the numbers outside of controls."""
    root = etree.Element(f"{{{LIST_NAMESPACE}}}report", nsmap={None: LIST_NAMESPACE})
    for tag in dict.fromkeys(tags):
        etree.SubElement(root, _LISTED).set("tag", tag)
    for number, count in sorted(loose.items()):
        element = etree.SubElement(root, _LOOSE)
        element.set("text", number)
        element.set("count", str(count))
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return content


def read(content: bytes, name: str) -> Found:
    """The controls of a file; raises NoReport. `name` is for messages."""
    found: list[Control] = []
    made_with: set[str] = set()
    loose: Counter[str] = Counter()
    known: Counter[str] = Counter()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if _BODY not in archive.namelist():
                raise NoReport(
                    f"{name} 不是 Word 文档（.docx），请选择 district report 生成的文件。",
                    f"{name} is no Word document (.docx); choose a file that district report made.",
                )
            read_parts = [entry for entry in archive.infolist() if _READ.match(entry.filename)]
            if sum(entry.file_size for entry in read_parts) > _LARGEST:
                raise NoReport(
                    f"{name} 解压后过大，不是本系统的报告。", f"{name} unpacks to more than a report of ours has."
                )
            for entry in read_parts:
                tree = _parse(archive.read(entry))
                found += _controls(tree)
                if entry.filename == _BODY:
                    loose = loose_numbers(tree)
                made_with.update(one.get("tag", "") for one in tree.iter(_LISTED))
                known.update({one.get("text", ""): int(one.get("count", "0")) for one in tree.iter(_LOOSE)})
    except NoReport:
        raise
    except (zipfile.BadZipFile, etree.XMLSyntaxError, zlib.error, EOFError, *_ODD_ARCHIVES) as error:
        raise NoReport(
            f"{name} 无法读取（{error}），请在 Word 中另存为不加密的 .docx 后重试。",
            f"{name} cannot be read ({error}); save it in Word as a .docx without a password and try again.",
        ) from error
    return Found(tuple(found), frozenset(made_with), tuple((loose - known).elements()) if made_with else ())


def _parse(content: bytes) -> Any:
    # What strangers edited is read without entities, without the network.
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


def _controls(tree: Any) -> list[Control]:
    controls = []
    for element in tree.iter(_w("sdt")):
        tag = element.find(f"{_w('sdtPr')}/{_w('tag')}")
        content = element.find(_w("sdtContent"))
        if tag is not None and content is not None:
            # Deleted text under tracked changes is w:delText, so what counts is what stands there now.
            text = "".join(piece.text or "" for piece in content.iter(_T))
            controls.append(Control(tag.get(_w("val"), ""), text))
    return controls
