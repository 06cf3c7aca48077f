"""Small deliveries, each with one fault of the catalogue, and what admission must make of it.

Belongs here: the deliveries and the expected outcomes. Does not belong here: asserting them (`test_fault_treatments.py`).
"""

# ruff: noqa: E501 - the table of faults reads one fault a place

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import xlsxwriter

from sources.contract.feed import Entity
from sources.contract.settings import Delivery, Exclusion
from tests.sources.admission_case import entity, file_delivery
from tests.sources.admission_case import field as column

FILE = "停车场.csv"
_LABELS = ["车场编号", "车场名称", "街镇代码", "类型", "泊位数", "收入（万元）", "投用日期", "上报时间"]
CLEAN = ["P001", "甲停车场", "310105001", "路外", "120", "12.5", "2023-05-01", "2023-06-01 08:00:00"]

LOTS: Entity = entity(
    column("id", label_zh="车场编号", label_en="Lot code", source_names=("车场编号", "停车场编号"), normalise=True),
    column("name", label_zh="车场名称", label_en="Lot name", source_names=("车场名称",)),
    column("area", label_zh="街镇代码", label_en="Subdistrict", source_names=("街镇代码",), pattern="^[0-9]{9}$",
           zero_pad=9, required=True),
    column("kind", label_zh="类型", label_en="Kind", source_names=("类型",), required=True,
           codes={"off": "off", "路外": "off", "1": "off", "on": "on", "路内": "on", "2": "on"}),
    column("spaces", "integer", label_zh="泊位数", label_en="Spaces", source_names=("泊位数",), unit="个",
           minimum=0.0, maximum=5000.0),
    column("income", "number", label_zh="收入", label_en="Income", source_names=("收入",), unit="元",
           physical_type="decimal(18,2)"),
    column("opened", "date", label_zh="投用日期", label_en="Opened", source_names=("投用日期",)),
    column("told_at", "timestamp", label_zh="上报时间", label_en="Reported at", source_names=("上报时间",),
           max_future_days=1, required=True),
    exclusions=(Exclusion(name="test_record", expression="name LIKE '测试%' OR id = 'P00000'",
                          reason_zh="测试记录（车场名以“测试”开头）不是数据，未计入",
                          reason_en="test records (name begins with 测试) are no data; left out"),),
    max_rejected_percent=5.0,
    max_broken_percent=1.0,
)  # fmt: skip
FILLED = 40
"""Clean rows around the faulty ones, so that single rows stay below the limits that hold a batch."""


@dataclass(frozen=True)
class Fault:
    """One delivery and its outcome. `rejected` and `treated` name codes with their rows; `rows` are values read."""

    body: bytes
    status: str = "admitted"
    way: Delivery = field(default_factory=file_delivery)
    of: Entity = LOTS
    name: str = FILE
    rejected: Mapping[str, int] = field(default_factory=dict)
    treated: Mapping[tuple[str, str], int] = field(default_factory=dict)
    example: str | None = None
    says: Sequence[tuple[str, str]] = ()
    """Words of the reason or of the treatment, in Chinese and English."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Column -> value of the first row."""
    admitted: int | None = None
    envelope: Mapping[str, Any] = field(default_factory=dict)


def lines(*faulty: Mapping[str, str] | Sequence[str], header: Sequence[str] = tuple(_LABELS)) -> list[list[str]]:
    """Header, the faulty rows (changed cells by label), then clean rows."""
    plain = [name.removesuffix("（万元）") for name in _LABELS]
    rows = [
        [row.get(label, cell) for label, cell in zip(plain, CLEAN, strict=True)] if isinstance(row, Mapping) else [*row]
        for row in faulty
    ]
    return [list(header), *rows, *([f"Q{n:03d}", *CLEAN[1:]] for n in range(FILLED))]


def text(rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    """As unquoted CSV."""
    return "".join(",".join(row) + "\n" for row in rows).encode(encoding)


def csv(*faulty: Mapping[str, str] | Sequence[str], encoding: str = "utf-8") -> bytes:
    """A CSV delivery with these faulty rows first."""
    return text(lines(*faulty), encoding)


def sheet(rows: Sequence[Sequence[Any]], merged: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    """An .xlsx with these cells."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet("报表")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None:
                    page.write(r, c, value)
        for top, left, bottom, right in merged:
            page.merge_range(top, left, bottom, right, rows[top][left])
    return file.getvalue()


def packed(members: Sequence[tuple[str, bytes]]) -> bytes:
    """A zip; the same name may come twice."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of a name that comes twice
        for name, body in members:
            archive.writestr(name, body)
    return file.getvalue()


def compound_file(stream: str) -> bytes:
    """An OLE compound file with one empty stream: what Excel makes of a workbook with a password (`EncryptedPackage`)."""
    free, end, fat, none = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
    head = struct.pack("<8s16sHHHHH6xIIIIIIIII", bytes.fromhex("d0cf11e0a1b11ae1"), b"", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1,
                       0, 4096, end, 0, end, 0)  # fmt: skip
    head += struct.pack("<I", 0) + struct.pack("<I", free) * 108
    table = struct.pack("<II", fat, end) + struct.pack("<I", free) * 126

    def entry(name: str, kind: int, child: int) -> bytes:
        encoded = (name + "\0").encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16sIQQIQ", encoded, len(encoded), kind, 1, none, none, child, b"", 0, 0, 0, end, 0
        )

    return head + table + entry("Root Entry", 5, 1) + entry(stream, 2, none) + bytes(256)


_EXCEL = file_delivery("excel")
_ZIPPED = file_delivery(way={"file": {"member": "*.csv"}})
HEADED = [label.removesuffix("（万元）") for label in _LABELS]
_TYPED = ["P001", "甲停车场", "310105001", "路外", 120, 12.5, "2023-05-01", "2023-06-01 08:00:00"]

FAULTS: Mapping[str, Fault] = {
    "F05 the same row twice": Fault(
        csv({}, {}), rejected={"duplicate_row": 1}, treated={("duplicate_row", ""): 1}, example=f"{FILE} / 3",
        says=[("保留一行", "one is kept")], admitted=FILLED + 1,
    ),
    "F06 one key, two contents": Fault(
        csv({}, {"泊位数": "121"}), rejected={"conflicting_key": 2}, says=[("无法判断哪行正确", "send one")],
        of=replace(LOTS, max_rejected_percent=10.0), admitted=FILLED,
    ),
    "F07 GB18030 declared as UTF-8": Fault(
        csv({}, encoding="gb18030"), way=file_delivery(encoding="utf-8"), treated={("encoding_detected", ""): 0},
        says=[("gb18030（约定为 utf-8）", "in gb18030 (utf-8 was agreed)")], values={"name": "甲停车场"},
    ),
    "F07 GB18030 found without being told": Fault(
        csv({}, encoding="gb18030"), treated={("encoding_detected", ""): 0}, values={"name": "甲停车场"}),
    "F07 GB18030 as agreed": Fault(csv({}, encoding="gb18030"), way=file_delivery(encoding="gb18030"), admitted=41),
    "F07 no encoding fits": Fault(
        b"\xff\xff\xc1" * 50, "held", says=[("编码无法识别", "The encoding of file"), ("另存为 UTF-8", "Save it as UTF-8")]),
    "F08 byte order mark": Fault(
        csv({}, encoding="utf-8-sig"), treated={("byte_order_mark", ""): 0}, values={"id": "P001"}),
    "F08 UTF-16 with mark": Fault(
        csv({}, encoding="utf-16"), treated={("encoding_detected", ""): 0}, values={"name": "甲停车场"}),
    "F08 UTF-16 little-endian": Fault(
        csv({}, encoding="utf-16-le"), treated={("encoding_detected", ""): 0}, values={"name": "甲停车场"}),
    "F08 UTF-16 big-endian": Fault(
        csv({}, encoding="utf-16-be"), treated={("encoding_detected", ""): 0}, values={"name": "甲停车场"}),
    "F09 other forms of dates": Fault(
        csv({"投用日期": "2023/5/1"}, {"车场编号": "P2", "投用日期": "2023年5月1日"},
            {"车场编号": "P3", "投用日期": "20230501"}, {"车场编号": "P4", "投用日期": "1682870400000"},
            {"车场编号": "P5", "上报时间": "2023-06-01 上午8:00"}),
        treated={("date_format", "opened"): 4, ("date_format", "told_at"): 1}, example=f"{FILE} / 2",
        says=[("2026年3月1日", "another form")],
    ),
    "F09 a day that lost its format in Excel": Fault(
        sheet([HEADED, [*_TYPED[:6], 45047, 45078.333333333336], _TYPED[:0]]), way=_EXCEL, name="车场.xlsx",
        treated={("date_format", "opened"): 1, ("date_format", "told_at"): 1}, admitted=1,
    ),
    "F09 month or day": Fault(
        csv({"投用日期": "3/1/26"}), rejected={"ambiguous_date": 1}, says=[("分不清", "month from day")]),
    "F10 unit in the label": Fault(
        csv({}), treated={("unit_converted", "income"): 41}, says=[("乘以 10000", "multiplied by 10000")],
        values={"income": "125000.00"},
    ),
    "F10 unit in a note above": Fault(
        text([["单位：千元"], *lines({}, header=HEADED)]), values={"income": "12500.00"},
        treated={("unit_converted", "income"): 41, ("title_row", ""): 1}, says=[("乘以 1000 ", "multiplied by 1000 ")],
    ),
    "F10 分": Fault(
        text(lines({}, header=[*HEADED[:5], "收入（分）", *HEADED[6:]])), values={"income": "0.13"},
        treated={("unit_converted", "income"): 41},
    ),
    "F11 titles, merged and repeated headers, totals, remarks": Fault(
        sheet([["2023年5月停车场月报"], ["单位：万元"], ["车场", None, *HEADED[2:]], HEADED, _TYPED, ["小计", None, None, None, 120, 12.5],
               HEADED, ["P002", *_TYPED[1:]], ["合计", None, None, None, 240, 25], ["注：含税"]],
              merged=[(0, 0, 0, 7), (2, 0, 2, 1)]),
        way=_EXCEL, name="车场.xlsx", admitted=2, values={"income": "125000.00"}, example="车场.xlsx / 报表 / 6",
        treated={("subtotal_row", ""): 2, ("repeated_header", ""): 1, ("remark_row", ""): 1, ("unit_converted", "income"): 2},
    ),
    "F11 totals in CSV": Fault(
        csv(["合计", "", "", "", "240", "25", "", ""]), treated={("subtotal_row", ""): 1}, example=f"{FILE} / 2",
        admitted=FILLED, rejected={},
    ),
    "F12 full width in coded fields": Fault(
        csv({"车场编号": "Ｐ００１", "泊位数": "１２０", "类型": "路外\u3000"}, {"车场编号": "P2\u200b", "街镇代码": "\u00a0310105001"}),
        values={"id": "P001", "spaces": 120, "kind": "off"}, example=f"{FILE} / 2",
        treated={("full_width_text", "id"): 2, ("full_width_text", "spaces"): 1, ("full_width_text", "kind"): 1,
                 ("full_width_text", "area"): 1},
    ),
    "F12 never in names": Fault(csv({"车场名称": "Ａ座"}), values={"name": "Ａ座"}),
    "F13 a column under its registered other name": Fault(
        text(lines({}, header=["停车场编号", *_LABELS[1:]])), treated={("renamed_column", "id"): 41},
        says=[("停车场编号", "停车场编号")], values={"id": "P001"},
    ),
    "F13 columns in another order, and one more": Fault(
        text([[*reversed(row), "备注" if row[0] == "车场编号" else "x"] for row in lines({})]),
        treated={("extra_column", ""): 41}, says=[("备注", "备注"), ("请在合同里登记", "add them to the contract")],
        values={"id": "P001", "spaces": 120},
    ),
    "F13 columns that we know of and do not take": Fault(
        text([[*row, *(["备注", "序号"] if row[0] == "车场编号" else ["x", "1"])] for row in lines({})]), admitted=41,
        way=file_delivery(way={"ignored_columns": ["备*"]}),
    ),
    "F13 a required column gone": Fault(
        text([row[1:] for row in lines({})]), "held", says=[("缺少必需的列 车场编号", "required 车场编号 missing")]),
    "F14 fewer rows than declared": Fault(
        csv({}), "held", envelope={"rows_declared": 99}, says=[("声明 99 行，实际读到 41 行", "99 rows declared, 41 found")]),
    "F14 half a last line": Fault(
        csv({})[:-30], "held", says=[("最后一行（第 42 行）中断", "its last line (42) breaks off")]),
    "F14 no trailer": Fault(
        csv({}), "held", way=file_delivery(trailer="#END,(?P<rows>[0-9]+)"),
        says=[("不是约定的结束行", "not the agreed trailer")],
    ),
    "F14 the trailer counts otherwise": Fault(
        csv({}) + b"#END,42\n", "held", way=file_delivery(trailer="#END,(?P<rows>[0-9]+)"),
        says=[("声明 42 行，实际读到 41 行", "42 rows declared, 41 found")],
    ),
    "F14 a whole file with its trailer": Fault(
        csv({}) + b"#END,41\n", way=file_delivery(trailer="#END,(?P<rows>[0-9]+)"), admitted=41),
    "F15 one value with a comma": Fault(
        csv({"车场名称": "甲,停车场"}), rejected={"too_many_columns": 1}, says=[("加双引号", "in double quotes")], admitted=FILLED),
    "F15 more than one row in a hundred": Fault(
        csv({"车场名称": "甲,停车场"}, {"车场编号": "P2", "车场名称": "乙,停车场"}), "held",
        says=[("第 2 行等 2 行（4.8%）的列数与表头不符", "row 2 and others, 2 in all (4.8 %)")],
    ),
    "F18 a day to come": Fault(
        csv({"上报时间": "2023-06-04 08:00:00"}), rejected={"future_date": 1}, says=[("晚于收到数据的时间", "after the delivery came")]),
    "F19 placeholder dates": Fault(
        csv({"投用日期": "1900-01-01"}, {"车场编号": "P2", "投用日期": "9999-12-31"}),
        treated={("sentinel_date", "opened"): 2}, values={"opened": None}, example=f"{FILE} / 2",
    ),
    "F19 a placeholder where a date must be": Fault(
        csv({"上报时间": "1970-01-01 00:00:00"}), rejected={"missing_value": 1}, says=[("为空", "is empty")]),
    "F20 negative and beyond the limit": Fault(
        csv({"泊位数": "-3"}, {"车场编号": "P2", "泊位数": "99999"}), rejected={"below_minimum": 1, "above_maximum": 1},
        says=[("小于下限 0", "below the minimum 0"), ("大于上限 5000", "above the maximum 5000")],
    ),
    "F22 a code in another spelling": Fault(
        csv({"类型": "off"}), values={"kind": "off"}, admitted=41),
    "F22 few codes under another name": Fault(
        text([[cell.replace("路外", "off") for cell in row] if n > 1 else row for n, row in enumerate(lines({"类型": "1"}))]),
        treated={("code_alias", "kind"): 1}, values={"kind": "off"}, example=f"{FILE} / 2",
    ),
    "F22 a code that is none": Fault(
        csv({"类型": "空中"}), rejected={"unknown_code": 1}, says=[("不在代码表内（off、on）", "not in the code list (off, on)")]),
    "F23 lost leading zeros": Fault(
        csv({"街镇代码": "10105001"}), treated={("zero_padded", "area"): 1}, values={"area": "010105001"}),
    "F23 scientific notation": Fault(
        csv({"车场编号": "3.10105E+17"}, {"街镇代码": "3.10105E+8", "车场编号": "P2"}), rejected={"lost_digits": 2},
        says=[("末位数字已丢失", "lost digits"), ("设为文本", "format the column as text")],
    ),
    "F24 words for nothing": Fault(
        csv(*({"车场编号": f"P{n}", "投用日期": word} for n, word in enumerate(["NULL", "\\N", "-", "—", "无", "N/A", "空"]))),
        treated={("null_word", "opened"): 7}, values={"opened": None},
    ),
    "F25 numbers as people write them": Fault(
        text([["车场编号", "泊位数", "收入", "街镇代码", "类型", "上报时间"],
              *(["P" + str(n), spaces, income, "310105001", "路外", "2023-06-01"] for n, (spaces, income) in enumerate(
                  [("一百二十", "1.5"), ("120个", "12.5 万"), ('"1,200"', '"12,345.6 万"'), ("120", "¥3.20")]))]),
        treated={("number_format", "spaces"): 3, ("number_format", "income"): 3}, values={"spaces": 120}, admitted=4,
    ),
    "F27 test records": Fault(
        csv({"车场名称": "测试停车场"}, {"车场编号": "P00000"}), treated={("test_record", ""): 2}, admitted=FILLED,
        example=f"{FILE} / 2", says=[("测试记录", "test records")],
    ),
    "F34 a web page called .xls": Fault(
        b"\xef\xbb\xbf<html><table><tr><td>x</td></tr></table></html>", "held", way=_EXCEL, name="车场.xls",
        says=[("网页或 XML", "a web page or XML"), ("另存为 .xlsx", "save it as .xlsx")],
    ),
    "F34 XML called .xls": Fault(
        b'<?xml version="1.0"?><Workbook/>', "held", way=_EXCEL, name="车场.xls", says=[("网页或 XML", "a web page or XML")]),
    "F34 a workbook with a password": Fault(
        compound_file("EncryptedPackage"), "held", way=_EXCEL, name="车场.xlsx", says=[("密码", "password")]),
    "F34 an archive that climbs out": Fault(
        packed([("../a.csv", csv({}))]), "held", way=_ZIPPED, name="车场.zip", says=[("指向压缩包之外", "outside the archive")]),
    "F34 an archive with a name twice": Fault(
        packed([("a.csv", csv({})), ("a.csv", csv())]), "held", way=_ZIPPED, name="车场.zip",
        says=[("两个同名成员 a.csv", "two members called a.csv")],
    ),
    "F34 a zip bomb": Fault(
        packed([("a.csv", bytes(17 << 20))]), "held", way=_ZIPPED, name="车场.zip", says=[("压缩炸弹", "zip bomb")]),
    "F34 larger than the contract allows": Fault(
        packed([("a.csv", csv({}) + bytes(3 << 20))]), "held", name="车场.zip",
        way=file_delivery(way={"file": {"member": "*.csv", "max_unpacked_megabytes": 2}}),
        says=[("max_unpacked_megabytes", "max_unpacked_megabytes")],
    ),
    "F34 a stray cell at the end of the sheet": Fault(
        sheet([HEADED, _TYPED, *[[]] * 9, [None] * 400 + ["x"]]), "held", name="车场.xlsx",
        way=file_delivery("excel", max_cells=4000), says=[("第 12 行、第 401 列", "row 12 and column 401")],
    ),
}  # fmt: skip
