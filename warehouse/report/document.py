"""Filling the office's template: a report as a Word document.

Belongs here: putting content, controls and pictures into the template. Does not belong here: what the report says
(`content.py`); fixed words and looks, which the office keeps in the template (docs/report.md).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, TemplateError

from warehouse.read import SnapshotReader
from warehouse.report import charts, controls
from warehouse.report.content import Content, content
from warehouse.report.indicator_lines import Line

TEMPLATE: Final = Path(__file__).with_name("template.docx")
MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WIDEST_PICTURE: Final = 160  # mm: A4 with margins of 25 mm
_RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LIST_PART: Final = "/customXml/districtReport.xml"
_PROPERTIES_PART: Final = "/customXml/districtReportProps.xml"
_PROPERTIES_TYPE: Final = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
_CUSTOM_PROPERTIES: Final = f"{_RELATIONSHIPS}/customXmlProps"
_CUSTOM_XML: Final = f"{_RELATIONSHIPS}/customXml"
# Programs know a custom part by such an id; ours is always the same.
_PROPERTIES: Final = b"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<ds:datastoreItem ds:itemID="{6C1E2E2A-3101-4505-9A5B-0D1571C7A001}"
 xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml"/>"""


class TemplateProblem(ValueError):
    """The template cannot be filled in. `zh` and `en` name the file, the mistake and the remedy."""

    def __init__(self, template: Path, mistake: object) -> None:
        self.zh = f"报告模板 {template} 无法使用：{mistake}。请对照 docs/report.md 的字段表改正，或改用仓库中的模板。"
        self.en = (
            f"The report template {template} cannot be used: {mistake}. Mend it by the list of fields in "
            "docs/report.md, or use the template of the repository."
        )
        super().__init__(f"{self.zh} / {self.en}")


@dataclass(frozen=True, slots=True)
class Report:
    """A finished report. `numbers` counts the controls in it."""

    content: bytes
    snapshot_id: str
    as_of: date
    numbers: int


def report(reader: SnapshotReader, as_of: date | None = None, template: Path = TEMPLATE) -> Report:
    """The report of a snapshot as judged on a day (None: its own). Raises DayOutside, TemplateProblem."""
    told = content(reader, as_of)
    filled = _filled(told, template)
    tags = _bind(filled, told)
    _add_list(filled, tags)
    written = io.BytesIO()
    filled.save(written)
    return Report(written.getvalue(), told.info.snapshot_id, told.day, len(tags))


def as_docx(reader: SnapshotReader, as_of: date | None = None) -> bytes:
    """The report's bytes."""
    return report(reader, as_of).content


def file_name(district: str, as_of: date, snapshot_id: str) -> str:
    """What the file is called when nobody says otherwise."""
    return f"{district}主要指标报告_{as_of}_{snapshot_id}.docx"


def _filled(told: Content, template: Path) -> Any:
    """The template with its fields filled in, as python-docx has it; numbers are places yet."""
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate

    try:
        document = DocxTemplate(template)
        fields = {name: getattr(told, name) for name in Content.__slots__ if name != "numbers"}
        fields["pictures"] = _Pictures(document, told)
        # An unknown field is a mistake to name, not a gap to print.
        document.render(fields, Environment(undefined=StrictUndefined), autoescape=True)
        written = io.BytesIO()
        document.save(written)
    except (TemplateError, PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise TemplateProblem(template, error) from error
    return Document(io.BytesIO(written.getvalue()))


class _Pictures:
    """Pictures that the template asks for; each is drawn when it does. Empty texts where there is nothing to draw."""

    def __init__(self, document: Any, told: Content) -> None:
        self._document = document
        self._headline = [line for domain in told.domains for line in domain.headline]

    @property
    def progress(self) -> Any:
        """Way and time of all headline indicators."""
        return self._picture(charts.progress(self._headline))

    def courses(self, lines: Sequence[Line]) -> Any:
        """Figures by time, several indicators in one picture."""
        return self._picture(charts.courses(lines))

    def names(self, lines: Sequence[Line]) -> str:
        """Codes and names of the indicators in `courses`, for its caption."""
        return "；".join(f"{line.code} {line.name}" for line in charts.with_course(lines))

    def _picture(self, png: bytes | None) -> Any:
        from docx.shared import Mm
        from docxtpl import InlineImage

        if png is None:
            return ""
        width = min(charts.width(png), _WIDEST_PICTURE)
        return InlineImage(self._document, io.BytesIO(png), width=Mm(width))


def _bind(filled: Any, told: Content) -> list[str]:
    """Controls in the places of numbers, in the body, headers and footers; returns their tags."""
    trees = [part.element for part in filled.part.package.iter_parts() if hasattr(part, "element")]
    for tree in trees:
        controls.bind(tree, told.numbers)
    return controls.number_controls(trees)


def _add_list(filled: Any, tags: list[str]) -> None:
    """The list of controls as a custom XML part of the document."""
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    package = filled.part.package
    listed = controls.list_part(tags, controls.loose_numbers(filled.part.element))
    part = Part(PackURI(_LIST_PART), "application/xml", listed, package)
    part.relate_to(Part(PackURI(_PROPERTIES_PART), _PROPERTIES_TYPE, _PROPERTIES, package), _CUSTOM_PROPERTIES)
    filled.part.relate_to(part, _CUSTOM_XML)
