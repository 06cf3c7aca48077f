"""The workbook in which an owner corrects rows of one delivery: written for him, and read again.

Belongs here: its sheets and columns. Does not belong here: which rows are in it (`failing.py`), what a changed cell
does (`sources/admission/correcting.py`).

Sheet 更正: the first line has the contract's Chinese labels, the second (hidden) the names by which the columns are
found again, then one line a row of the delivery. Where the row lies and why it failed is locked, and so are its keys,
unless a key is what is wrong; the other fields are open. Sheet _batch, not shown, names the batch. Every cell is text:
a spreadsheet must not make a date of a code. The protection keeps honest hands from slipping; what was changed all the
same is found on the way back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from sources.admission.correcting import CorrectedLine, DeliveredRow
from sources.admission.delivered_texts import Place, fields_in_workbook, shown_text
from sources.admission.judgement import MASK
from sources.contract.feed import Entity
from sources.reading.archive import is_zip, refuse_harmful_archive
from sources.reading.excel import cell_text
from sources.reading.relation import SourceFile, UnreadableDelivery
from warehouse.owner_desk.corrections import MOST_UPLOAD_MEGABYTES

# What a person goes through by hand in a day; a delivery with more bad rows is mended where it is made and sent whole.
MOST_ROWS: Final = 2_000
# The bound of an upload, for those who hand in files by command too.
MOST_BYTES: Final = MOST_UPLOAD_MEGABYTES << 20
_ROWS_SHEET: Final = "更正"
_BATCH_SHEET: Final = "_batch"
_VERSION: Final = "1"  # of this layout, so that a later one can tell an old workbook
_YES: Final = "是"
_PLACE: Final = ("_file", "_file_name", "_sheet", "_row", "_reason")
_REMOVE: Final = "_remove"
_NOTE: Final = "_note"
_HEADS: Final[Mapping[str, str]] = {
    "_file": "文件序号",
    "_file_name": "文件",
    "_sheet": "工作表",
    "_row": "行号",
    "_reason": "不合格原因",
    _REMOVE: "删除本行",
    _NOTE: "更正说明",
}
_GUIDE: Final = (
    "一、白色单元格可以更正；灰色单元格（位置、原因、主键）已锁定。主键本身有误时，该主键可以更正。",
    "二、按原文件的写法和单位填写，不要换算。日期照原文件的格式。",
    f"三、显示为 {MASK} 的是受保护的个人信息：不改就保留 {MASK}，平台沿用原文件的值；要改就直接填写新值。",
    "四、某行应当作废时，在“删除本行”填“是”，并在“更正说明”写明原因。",
    "五、不需要更正的行原样保留即可。请勿增删列或行。",
    "六、填好后在“工作台”上传：平台立即按同一份数据合同预检，逐行告知余下的问题；确认后作为更正批次取代原批次。",
    "White cells may be corrected, grey ones are locked. Write values and units as the delivered file does. "
    f"{MASK} stands for a protected value: leave it to keep the delivered one. To leave a row out, put 是 in 删除本行 "
    "and say why in 更正说明. Then upload the workbook on the page My feeds.",
)


@dataclass(frozen=True, slots=True)
class WorkbookReference:
    """The batch that a workbook corrects, as the workbook says."""

    batch_id: str
    feed: str
    entity: str


@dataclass(frozen=True, slots=True)
class WorkbookRow:
    """A row to correct: where it lies, why it failed (Chinese), what it says."""

    place: Place
    file_name: str
    reasons: tuple[str, ...]
    row: DeliveredRow


def write_workbook(target: Path, reference: WorkbookReference, entity: Entity, rows: Sequence[WorkbookRow]) -> None:
    """Write the workbook of these rows of a batch. Protected values are masked."""
    fields = fields_in_workbook(entity)
    names = [*_PLACE, _REMOVE, *fields, _NOTE]
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#E7EBF0"})
        locked = book.add_format({"num_format": "@", "bg_color": "#F1F1F1", "text_wrap": True, "valign": "top"})
        open_ = book.add_format({"num_format": "@", "locked": False, "text_wrap": True, "valign": "top", "border": 4})
        wrong = book.add_format(
            {"num_format": "@", "locked": False, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#FFF3D6"}
        )
        sheet = book.add_worksheet(_ROWS_SHEET)
        for column, name in enumerate(names):
            sheet.write_string(0, column, _HEADS.get(name) or _label(entity, name), head)
            sheet.write_string(1, column, name, locked)
        for line, item in enumerate(rows, start=2):
            texts = _line(item, fields)
            for column, name in enumerate(names):
                at_fault = name in item.row.at_fault
                is_open = name in (_REMOVE, _NOTE) or (name in fields and (name not in entity.key or at_fault))
                style = wrong if is_open and at_fault else open_ if is_open else locked
                sheet.write_string(line, column, texts.get(name, ""), style)
        last = len(rows) + 1
        sheet.data_validation(2, len(_PLACE), last, len(_PLACE), {"validate": "list", "source": [_YES]})
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column(0, 0, None, None, {"hidden": True})
        sheet.set_column(1, 1, 24)
        sheet.set_column(2, 3, 9)
        sheet.set_column(4, 4, 36)
        sheet.set_column(5, 5, 9)
        sheet.set_column(6, len(names) - 1, 18)
        sheet.freeze_panes(2, len(_PLACE))
        sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": False})
        guide = book.add_worksheet("填写说明")
        guide.set_column(0, 0, 110, book.add_format({"text_wrap": True, "valign": "top"}))
        for line, text in enumerate(_GUIDE):
            guide.write_string(line, 0, text)
        hidden = book.add_worksheet(_BATCH_SHEET)
        for line, (name, text) in enumerate(
            [
                ("version", _VERSION),
                ("batch_id", reference.batch_id),
                ("feed", reference.feed),
                ("entity", reference.entity),
            ]
        ):
            hidden.write_row(line, 0, [name, text])
        hidden.very_hidden()


def _label(entity: Entity, name: str) -> str:
    item = entity.fields[name]
    return f"{item.label_zh}（必填）" if item.required else item.label_zh


def _line(item: WorkbookRow, fields: Mapping[str, bool]) -> dict[str, str]:
    texts = {name: shown_text(item.row.texts.get(name)) for name in fields}
    return {
        "_file": str(item.place.file),
        "_file_name": item.file_name,
        "_sheet": item.place.sheet or "",
        "_row": str(item.place.row),
        "_reason": "；".join(item.reasons),
        **{name: text if fields[name] or not text else MASK for name, text in texts.items()},
    }


def workbook_reference(path: Path) -> WorkbookReference:
    """Which batch a workbook corrects. Raises UnreadableDelivery for any other file."""
    said = {row[0]: row[1] for row in _cells(path, _BATCH_SHEET) if len(row) > 1}
    if said.get("version") != _VERSION or not all(said.get(name) for name in ("batch_id", "feed", "entity")):
        raise _not_ours()
    return WorkbookReference(said["batch_id"], said["feed"], said["entity"])


def read_workbook(path: Path, entity: Entity) -> list[CorrectedLine]:
    """The lines of a workbook. Raises UnreadableDelivery when it is none of ours, or of another version of the
    contract."""
    cells = _cells(path, _ROWS_SHEET)
    names = cells[1] if len(cells) > 1 else []
    if [name for name in names if name.startswith("_")] != [*_PLACE, _REMOVE, _NOTE]:
        raise _not_ours()
    if {name for name in names if not name.startswith("_")} != set(fields_in_workbook(entity)):
        raise UnreadableDelivery(
            "下载更正表之后数据合同的字段有变动。请重新下载更正表再填写。",
            "The fields of the contract changed after the workbook was downloaded. Download it again.",
        )
    made_for = workbook_reference(path).batch_id
    lines: list[CorrectedLine] = []
    for number, row in enumerate(cells[2:], start=3):
        said = dict(zip(names, row, strict=False))
        if not any(said.values()):
            continue
        if len(lines) == MOST_ROWS:
            raise UnreadableDelivery(
                f"更正表超过 {MOST_ROWS:,} 行。请分批更正，或更正原文件后整份重报。",
                f"The workbook has more than {MOST_ROWS:,} rows. Send it in parts, or mend the file and send it whole.",
            )
        lines.append(_corrected(number, said, names, made_for))
    return lines


def _corrected(number: int, said: Mapping[str, str], names: Sequence[str], made_for: str) -> CorrectedLine:
    try:
        place = Place(int(said["_file"]), said["_sheet"] or None, int(said["_row"]))
    except (KeyError, ValueError):
        raise UnreadableDelivery(
            f"更正表第 {number} 行缺少行号：引用列被改动，或是自行加入的行。请重新下载更正表再填写。",
            f"Line {number} of the workbook has no row number: a column of reference was changed, or the line was "
            "added. Download the workbook again.",
        ) from None
    return CorrectedLine(
        line=number,
        place=place,
        texts={name: said.get(name, "") for name in names if not name.startswith("_")},
        removed=said.get(_REMOVE, "").strip() == _YES,
        note=said.get(_NOTE, ""),
        made_for=made_for,
    )


def _cells(path: Path, sheet_name: str) -> list[list[str]]:
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableDelivery(
            f"更正表超过 {MOST_BYTES >> 20} MB。请只保留下载时的内容，不要粘贴图片或其他表格。",
            f"The workbook is larger than {MOST_BYTES >> 20} MB. Keep to what was downloaded, without pictures.",
        )
    if not is_zip(path):
        raise _not_ours()
    refuse_harmful_archive(SourceFile(0, "更正表", path))
    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
            if sheet_name not in book.sheet_names:
                raise _not_ours()
            rows = book.get_sheet_by_name(sheet_name).to_python(skip_empty_area=False, nrows=MOST_ROWS + 3)
            return [[cell_text(cell) for cell in row] for row in rows]
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise _not_ours() from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # calamine's own failure on damaged bytes is no Exception
            raise
        raise _not_ours() from error


def _not_ours() -> UnreadableDelivery:
    return UnreadableDelivery(
        "这不是从“工作台”下载的更正表，或已损坏。请重新下载，填好后以 .xlsx 格式保存再上传。",
        "This is no workbook downloaded from My feeds, or it is damaged. Download it again and save it as .xlsx.",
    )
