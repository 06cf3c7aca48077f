"""Writes the first `warehouse/report/template.docx`. From then on the office owns that file and edits it in Word.

Belongs here: the first layout. Does not belong here: anything that the office has changed since; so the script refuses
to replace a template that is there (`--replace` does). The fields: docs/report.md.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from warehouse.report.controls import CHARACTER_STYLE
from warehouse.report.document import TEMPLATE

TEXT_FONT, HEADING_FONT = "宋体", "黑体"
COUNTS = (
    ("指标", "total"), ("可评", "judged"), ("提前实现", "achieved_early"), ("快于预期", "ahead"),
    ("基本符合", "on_schedule"), ("滞后", "behind"), ("暂无口径", "undefined"), ("缺报", "missing"),
    ("暂停发布", "held"), ("未到期", "not_due"), ("无目标", "not_assessed"),
)  # fmt: skip


def _font(style: Any, name: str, size: float, *, bold: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold = "Times New Roman", Pt(size), bold
    style.font.color.rgb = RGBColor(0, 0, 0)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), name)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)


def _styles(document: Any) -> None:
    styles = document.styles
    _font(styles["Normal"], TEXT_FONT, 11)
    styles["Normal"].paragraph_format.space_after = Pt(4)
    styles["Normal"].paragraph_format.line_spacing = 1.3
    _font(styles["Title"], HEADING_FONT, 20, bold=True)
    for level, size in ((1, 15), (2, 12.5), (3, 11)):
        _font(styles[f"Heading {level}"], HEADING_FONT, size, bold=True)
    _font(styles["Caption"], TEXT_FONT, 9.5)
    above = styles.add_style("District Table Caption", WD_STYLE_TYPE.PARAGRAPH)  # stays with its table
    above.base_style = styles["Caption"]
    above.paragraph_format.keep_with_next = True
    cell = styles.add_style("District Cell", WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style = styles["Normal"]
    _font(cell, TEXT_FONT, 9)
    cell.paragraph_format.space_after, cell.paragraph_format.line_spacing = Pt(0), 1.0
    note = styles.add_style("District Note", WD_STYLE_TYPE.PARAGRAPH)
    note.base_style = styles["Normal"]
    _font(note, TEXT_FONT, 9.5)
    # Numbers look like the text around them; the office may give them a colour here.
    figure = styles.add_style(CHARACTER_STYLE, WD_STYLE_TYPE.CHARACTER)
    assert figure.style_id == CHARACTER_STYLE


def _paragraph(document: Any, text: str, style: str | None = None, *, centred: bool = False) -> None:
    paragraph = document.add_paragraph(text, style)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _cell(cell: Any, text: str, *, bold: bool = False, right: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = "District Cell"
    paragraph.add_run(text).bold = bold
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _margins(table: Any) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side, width in (("top", 40), ("left", 70), ("bottom", 40), ("right", 70)):  # twentieths of a point
        element = OxmlElement(f"w:{side}")
        element.set(qn("w:w"), str(width))
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))  # the schema's order: margins stand before it
    properties.insert(len(properties) if look is None else properties.index(look), margins)


def _table(
    document: Any,
    columns: list[tuple[str, str, float]],
    loop: str,
    *,
    closing: list[str] | None = None,
    numbers: range = range(0),
) -> None:
    """A table with a head (repeated on each page) and one row for each turn of `loop`; widths in mm."""
    table = document.add_table(rows=0, cols=len(columns))
    table.style, table.autofit = "Table Grid", False
    for column, (_, _, width) in zip(table.columns, columns, strict=True):
        column.width = Mm(width)
    _margins(table)
    head = table.add_row()
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    head._tr.get_or_add_trPr().append(repeated)
    rows = [
        [title for title, _, _ in columns],
        [f"{{%tr {loop} %}}"],
        [text for _, text, _ in columns],
        ["{%tr endfor %}"],
    ]
    rows += [closing] if closing else []
    for position, texts in enumerate(rows):
        row = head if position == 0 else table.add_row()
        whole = OxmlElement("w:cantSplit")
        row._tr.get_or_add_trPr().append(whole)
        for column, text in enumerate(texts):
            _cell(row.cells[column], text, bold=position == 0 or position == 4, right=column in numbers)
        for column, (_, _, width) in enumerate(columns):
            row.cells[column].width = Mm(width)
    document.add_paragraph(style="District Note")


def _footer(section: Any) -> None:
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("{% if simulated %}模拟数据 · {% endif %}快照 {{ info.snapshot_id }} · 第 ")
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = paragraph.add_run()
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
    paragraph.add_run(" 页")


def _standing(document: Any) -> None:
    """How the plan stands: totals and the picture of all headline indicators."""
    document.add_heading("一、总体进度", 1)
    _paragraph(
        document,
        "规划期自 {{ plan_start }} 起，至 {{ plan_end }} 止；到 {{ as_of }}，时间已过去 {{ time_share }}。"
        "{% if whole %}主要指标共 {{ whole.counts.total }} 项，其中 {{ whole.counts.judged }} 项可以评判：提前实现 "
        "{{ whole.counts.achieved_early }} 项，快于预期 {{ whole.counts.ahead }} 项，基本符合预期 "
        "{{ whole.counts.on_schedule }} 项，滞后 {{ whole.counts.behind }} 项。其余各项不作评判：暂无统计口径 "
        "{{ whole.counts.undefined }} 项，缺报 {{ whole.counts.missing }} 项，暂停发布 {{ whole.counts.held }} 项，"
        "未到期 {{ whole.counts.not_due }} 项，无目标值 {{ whole.counts.not_assessed }} 项。{% endif %}"
        "本报告只分项计数，不合成总分。",
    )
    for title, name, fields in (
        ("领域", "domain", "domains_counted"),
        ("责任部门", "department", "departments_counted"),
    ):
        _paragraph(document, f"{{%p if {fields} %}}")
        _paragraph(document, f"主要指标进度（按{title}）", "District Table Caption")
        counts = [(head, f"{{{{ {name}.counts.{word} }}}}", 12.0) for head, word in COUNTS]
        closing = ["全区", *(f"{{{{ whole.counts.{word} }}}}" for _, word in COUNTS)]
        _table(
            document,
            [(title, f"{{{{ {name}.name }}}}", 28.0), *counts],
            f"for {name} in {fields}",
            closing=closing,
            numbers=range(1, 12),
        )
        _paragraph(document, "{%p endif %}")
    _paragraph(document, "{%p if pictures.progress %}")
    _paragraph(document, "{{ pictures.progress }}", centred=True)
    _paragraph(
        document,
        "图：可评主要指标的完成进度（横条，%）与时间进度（竖线）。编码对应的名称见第三部分。",
        "Caption",
    )
    _paragraph(document, "{%p endif %}")


def _claims(document: Any) -> None:
    document.add_heading("二、两项判断是否成立", 1)
    _paragraph(document, "{%p if other_day %}")
    _paragraph(
        document, "以下判断只按发布时的数据截至日期（{{ info.as_of }}）给出，不随所选日期改变。", "District Note"
    )
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "{%p for claim in claims %}")
    document.add_heading("“{{ claim.text }}”：{{ claim.verdict }}", 2)
    _paragraph(document, "{{ claim.sentence }}")
    _paragraph(document, "判定规则：{{ claim.rule }}。", "District Note")
    _table(
        document,
        [("指标", "{{ reason.name }}", 40), ("作用", "{{ reason.role }}", 16), ("依据", "{{ reason.text }}", 104)],
        "for reason in claim.reasons",
    )
    _paragraph(document, "{%p endfor %}")
    _paragraph(document, "{%p if not claims %}")
    _paragraph(document, "本次发布没有给出判断。")
    _paragraph(document, "{%p endif %}")


def _domains(document: Any) -> None:
    document.add_heading("三、各领域指标", 1)
    _paragraph(document, "{%p for domain in domains %}")
    document.add_heading("{{ domain.name }}", 2)
    provisional = "{% if one.provisional %}（初步数）{% endif %}"
    columns = [
        ("指标", "{{ one.name }}（{{ one.code }}）{% if one.binding %}［约束性］{% endif %}", 43.0),
        ("数据期", "{{ one.period }}", 27.0),
        ("数值", f"{{{{ one.value }}}}{{{{ one.value_unit }}}}{provisional}", 25.0),
        ("目标", "{{ one.target }}{{ one.target_unit }}{% if one.illustrative %}（示意）{% endif %}", 30.0),
        ("完成进度", "{{ one.progress }}", 17.0),
        ("状态", "{{ one.status }}", 18.0),
    ]
    _paragraph(document, "{%p if domain.headline %}")
    _paragraph(document, "{{ domain.name }}：主要指标", "District Table Caption")
    _table(document, columns, "for one in domain.headline", numbers=range(2, 5))
    _paragraph(document, "{%p for one in domain.headline %}")
    _paragraph(
        document,
        "{{ one.name }}（{{ one.code }}）：{{ one.sentence }}{% if one.forecast.pieces %}{{ one.forecast }}{% endif %}",
    )
    _paragraph(document, "{%p endfor %}")
    _paragraph(document, "{%p if pictures.names(domain.headline) %}")
    _paragraph(document, "{{ pictures.courses(domain.headline) }}", centred=True)
    _paragraph(document, "图：近期走势（实线）与目标（虚线）。{{ pictures.names(domain.headline) }}。", "Caption")
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "{%p if domain.supporting %}")
    _paragraph(document, "{{ domain.name }}：报告指标", "District Table Caption")
    _table(document, columns, "for one in domain.supporting", numbers=range(2, 5))
    _paragraph(document, "{%p for one in domain.supporting if one.needs_words %}")
    _paragraph(document, "{{ one.name }}（{{ one.code }}）：{{ one.sentence }}", "District Note")
    _paragraph(document, "{%p endfor %}")
    _paragraph(document, "{%p endif %}")
    _paragraph(document, "{%p endfor %}")


def _sources(document: Any) -> None:
    document.add_page_break()
    document.add_heading("附录 数据来源", 1)
    _paragraph(
        document,
        "每个数值列出口径、数据源和所用批次。哈希为送达文件的 SHA-256；批次多于所列时，合并哈希是全部批次哈希按字母"
        "排序、每行一个（行末换行）后的 SHA-256。逐行复算见 district trace，核对落地文件见 district verify。",
        "District Note",
    )
    _paragraph(document, "{%p for source in sources %}")
    document.add_heading("{{ source.code }} {{ source.name }}", 3)
    _paragraph(
        document,
        "口径（第 {{ source.version }} 版）：{% if source.definition.pieces %}{{ source.definition }}{% else %}暂无统计"
        "口径{% endif %}{% if source.next_on %}（下一节点 {{ source.next_on }}）{% endif %}"
        "{% if source.numerator %} 分子：{{ source.numerator }}。{% endif %}"
        "{% if source.denominator %} 分母：{{ source.denominator }}。{% endif %}",
        "District Note",
    )
    _paragraph(
        document,
        "{% if source.department %}责任方：{{ source.department }}。{% endif %}"
        "{% if source.feeds %}数据源：{{ source.feeds }}。{% endif %}"
        "{% if source.source %}指标出处：{{ source.source }}。{% endif %}"
        "{% if source.target_source %}目标出处：{{ source.target_source }}{% if source.illustrative %}（示意值，"
        "未经公布）{% endif %}。{% endif %}",
        "District Note",
    )
    _paragraph(document, "{%p for table in source.entities %}")
    _paragraph(
        document,
        "{{ table.name }}：{{ table.count }} 个批次，{{ table.rows }} 行。"
        "{% if table.more %}合并哈希 {{ table.together }}。以下为最近批次：{% endif %}",
        "District Note",
    )
    _table(
        document,
        [
            ("批次与文件", "{{ batch.batch_id }} {{ batch.file }}", 58),
            ("数据期", "{{ batch.period }}", 26),
            ("行数", "{{ batch.rows }}", 16),
            ("SHA-256", "{{ batch.sha256 }}", 60),
        ],
        "for batch in table.newest",
        numbers=range(2, 3),
    )
    _paragraph(document, "{%p endfor %}")
    _paragraph(document, "{%p endfor %}")


def write(path: Path) -> None:
    """Write the template."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin = section.bottom_margin = Mm(22)
    _styles(document)
    _footer(section)
    _paragraph(document, "{{ info.district_zh }}城市数字化转型主要指标进展", "Title", centred=True)
    _paragraph(
        document,
        "数据截至 {{ as_of }} · 第 {{ publication }} 次发布（{{ published_at }}）· 快照 {{ info.snapshot_id }}",
        "District Note",
        centred=True,
    )
    for condition, text in (
        ("simulated", "【模拟数据】本报告含模拟数据源的数值，仅用于演示，不代表真实情况。"),
        ("illustrative", "【示意目标】标明“示意”的目标值没有公开出处，为演示而设；据此得出的进度同样只作示意。"),
        ("other_day", "本报告用本次发布的数据，按上述截至日期评判；推算只按发布时的截至日期作出，故不列入。"),
    ):
        _paragraph(document, f"{{%p if {condition} %}}")
        _paragraph(document, text, "District Note")
        _paragraph(document, "{%p endif %}")
    _paragraph(
        document,
        "文中每个数字都是内容控件，与上述发布绑定。文字可以修改；改完后请用 district verify-report 核对数字。",
        "District Note",
    )
    _standing(document)
    _claims(document)
    _domains(document)
    _sources(document)
    document.core_properties.title = "主要指标进展"
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.save(str(path))


def main() -> int:
    """Write it where the reports look for it, unless one is there."""
    if TEMPLATE.exists() and "--replace" not in sys.argv:
        sys.stderr.write(f"{TEMPLATE} is there and may have been edited; --replace writes it anew\n")
        return 1
    write(TEMPLATE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
