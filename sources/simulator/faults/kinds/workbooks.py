"""Workbooks as people fill them in: dates and numbers typed in many ways, full-width text, words for nothing, totals.

Belongs here: faults of cells and layout in Excel deliveries. Does not belong here: text files, whole files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sources.simulator.faults.deliveries import Deliveries, NoDelivery, next_sequence, overwrite
from sources.simulator.faults.fault import Fault, Injection, Trace
from sources.simulator.faults.kinds.history import in_fen
from sources.simulator.faults.spreadsheet import data_rows, grids, header_row, workbook_of

_REGISTER, _REGISTER_KEY = "parking/register/parking_lots_*_1.xlsx", "停车场编号（备案号）"
_RETURNS, _RETURN_KEY = "ecommerce_gmv/returns/gmv_returns_*_1.xlsx", "本月平台交易额"
_CATALOGUE, _CATALOGUE_KEY = "education_base/apps/app_catalogue_*_1.xlsx", "应用编号"
_CITY = "ecommerce_gmv/returns/city_total_*_1.xlsx"
_ROWS = 3
_EXCEL_EPOCH = date(1899, 12, 30)  # day 0 of Excel's serial dates, its leap year error of 1900 included

Change = Callable[[Any, int], Any]


def _cells(
    fault: str, column: str, change: Change, trace: Trace, *, wanted: Callable[[Any], bool] = bool, damaged: int = 0
) -> Callable[[Deliveries], Sequence[Injection]]:
    """A fault that writes some cells of a column of the car park register in another way."""

    def inject(deliveries: Deliveries) -> Sequence[Injection]:
        path = deliveries.share(fault, _REGISTER, column)
        sheets = grids(path)
        (rows,) = sheets.values()
        at = rows[header_row(rows, _REGISTER_KEY)].index(column)
        fitting = [number for number in data_rows(rows, _REGISTER_KEY) if wanted(rows[number][at])]
        chosen = deliveries.places(path, f"{fault} {column}", fitting, _ROWS)
        for turn, number in enumerate(chosen):
            rows[number][at] = change(rows[number][at], turn)
        if damaged:
            deliveries.replace(path, workbook_of(sheets), resent_as=next_sequence(path))
        else:
            overwrite(path, workbook_of(sheets))
        return [_register(fault, path.name, _ROWS, trace, damaged, [f"{column} {number + 1}" for number in chosen])]

    return inject


def _register(fault: str, name: str, rows: int, trace: Trace, damaged: int, places: Sequence[str]) -> Injection:
    return Injection(fault, "parking", "prk_lot", name, name.split("_")[2], rows, (trace,), damaged, tuple(places))


def _typed_date(value: Any, turn: int) -> str | int:
    day = value if isinstance(value, date) else date(*map(int, value.split("/")))
    forms = (f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}", (day - _EXCEL_EPOCH).days)
    return forms[turn % len(forms)]


def _ambiguous_date(value: Any, turn: int) -> str:
    return ("3/4/23", "5/6/22", "7/8/21")[turn % 3]


def _full_width(value: Any, turn: int) -> str:
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in str(value))
    return (wide, f"\u3000{wide}", f"{value}\u200b")[turn % 3]


def _placeholder(value: Any, turn: int) -> date:
    return (date(1900, 1, 1), date(9999, 12, 31), date(1970, 1, 1))[turn % 3]


def _nothing(value: Any, turn: int) -> str:
    return ("无", "—", "N/A")[turn % 3]


def _scientific(value: Any, turn: int) -> str:
    return f"{int(value):.5E}"


def _is_empty(value: Any) -> bool:
    return bool(value == "")


def _grouped(value: Any, turn: int) -> str:
    return (f"{int(value)}个", f"{int(value)} 个", _chinese(int(value)))[turn % 3]


def _chinese(number: int) -> str:
    """A whole number below 10,000 in Chinese numerals."""
    digits, units = "零一二三四五六七八九", ("", "十", "百", "千")
    text = ""
    for place, digit in enumerate(reversed(str(number))):
        text = (digits[int(digit)] + (units[place] if digit != "0" else "")) + text
    text = text.rstrip("零")
    while "零零" in text:
        text = text.replace("零零", "零")
    return text


def _thousands(deliveries: Deliveries) -> Sequence[Injection]:
    """A month's return in thousands of yuan, as statistical forms have it, and its unit row says so."""
    path = deliveries.take("F10", _RETURNS)
    sheets = grids(path)
    rows = sheets["交易额月报"]
    head = header_row(rows, _RETURN_KEY)
    for row in rows[:head]:
        row[:] = [cell.replace("万元", "千元") if isinstance(cell, str) else cell for cell in row]
    first, last = rows[head].index(_RETURN_KEY), rows[head].index("实物商品网上零售额")
    numbers = data_rows(rows, _RETURN_KEY)
    stated = 0
    for column in range(first, last + 1):
        stated += len(numbers)
        for number in numbers:
            if isinstance(rows[number][column], int | float):
                rows[number][column] = round(rows[number][column] * 10, 1)
    overwrite(path, workbook_of(sheets))
    period = path.stem.split("_")[2]
    trace = Trace("treatment", "unit_converted")
    stated_unit = ("单位：千元",)
    return [
        Injection("F10", "ecommerce_gmv", "ecm_return", path.name, period, stated, (trace,), 0, stated_unit),
        *in_fen(deliveries),
    ]


def _report_layout(deliveries: Deliveries) -> Sequence[Injection]:
    """A register made to be printed: a second title, the header again on page two, subtotals, remarks."""
    path = deliveries.share("F11", _REGISTER, "layout")
    sheets = grids(path)
    (rows,) = sheets.values()
    head = header_row(rows, _REGISTER_KEY)
    numbers = data_rows(rows, _REGISTER_KEY)
    width = len(rows[head])
    middle, last = numbers[len(numbers) // 2], numbers[-1]
    rows[last:last] = [["", "小计", *[""] * (width - 2)]]
    rows[middle:middle] = [["", "小计", *[""] * (width - 2)], list(rows[head])]
    rows[1:1] = [["（打印版）", *[""] * (width - 1)]]
    overwrite(path, workbook_of(sheets))
    return [
        _register("F11", path.name, 2, Trace("treatment", "subtotal_row"), 0, ["小计", "小计"]),
        _register("F11", path.name, 1, Trace("treatment", "repeated_header"), 0, ["重复表头"]),
    ]


def _renamed(deliveries: Deliveries) -> Sequence[Injection]:
    """The catalogue with a column under its other name, two columns exchanged and one that nobody announced."""
    path = deliveries.take("F13", _CATALOGUE)
    sheets = grids(path)
    (rows,) = sheets.values()
    head, numbers = header_row(rows, _CATALOGUE_KEY), data_rows(rows, _CATALOGUE_KEY)
    one, other = rows[head].index("应用分类"), rows[head].index("上线日期")
    for number in (head, *numbers):
        row = rows[number]
        row[one], row[other] = row[other], row[one]
        row.append("备注" if number == head else "")
    rows[head][rows[head].index(_CATALOGUE_KEY)] = "应用ID"
    overwrite(path, workbook_of(sheets))
    return [
        _catalogue("F13", path.name, len(numbers), Trace("treatment", "renamed_column"), 0, ["应用ID"]),
        _catalogue("F13", path.name, len(numbers), Trace("treatment", "extra_column"), 0, ["备注"]),
    ]


def _locked(deliveries: Deliveries) -> Sequence[Injection]:
    """A workbook with a password, and one that is a web page under the name of a workbook."""
    found: list[Injection] = []
    for turn, content in enumerate((_COMPOUND_FILE, _WEB_PAGE)):
        try:
            path = deliveries.take(f"F34 {turn}", (_CATALOGUE, _CITY)[turn])
        except NoDelivery:
            if not found:
                raise
            break  # a short simulation has no second workbook to spare
        (rows,) = grids(path).values()
        damaged = len(data_rows(rows, _CATALOGUE_KEY)) if turn == 0 else 1
        deliveries.replace(path, content, resent_as=next_sequence(path))
        trace = Trace("held", ("password|encrypt|protected", "html|web page")[turn])
        where = ("education_base", "edu_app") if turn == 0 else ("ecommerce_gmv", "ecm_city_total")
        whole = ("整个文件 / the whole file",)
        found.append(Injection("F34", *where, path.name, path.stem.split("_")[2], 1, (trace,), damaged, whole))
    return found


def _catalogue(fault: str, name: str, rows: int, trace: Trace, damaged: int, places: Sequence[str]) -> Injection:
    period = name.split("_")[2]
    return Injection(fault, "education_base", "edu_app", name, period, rows, (trace,), damaged, tuple(places))


# What Office writes for a workbook with a password: a compound file (MS-CFB) whose directory names the encrypted
# package (MS-OFFCRYPTO 2.3.4). Header, one FAT sector, one directory sector; nobody has the password.
def _compound_file() -> bytes:
    free, end, fat = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

    def number(*values: int, size: int = 4) -> bytes:
        return b"".join(value.to_bytes(size, "little") for value in values)

    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += number(0x3E, 3, 0xFFFE, 9, 6, size=2) + bytes(6)
    header += number(0, 1, 1, 0, 0x1000, end, 0, end, 0, 0) + number(*[free] * 108)
    table = number(fat, end, *[free] * 126)

    def entry(name: str, kind: int, child: int = free, right: int = free) -> bytes:
        text = name.encode("utf-16-le")
        return (
            text.ljust(64, b"\0") + number(len(text) + 2 if text else 0, size=2) + bytes([kind, 1])
            + number(free, right, child) + bytes(36) + number(end if kind else 0, 0, 0)
        )  # fmt: skip

    directory = entry("Root Entry", 5, child=1) + entry("EncryptionInfo", 2, right=2) + entry("EncryptedPackage", 2)
    return header + table + directory + entry("", 0)


_COMPOUND_FILE = _compound_file()
_WEB_PAGE = (
    '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="gb2312"></head><body><table>'
    "<tr><th>停车场编号（备案号）</th></tr><tr><td>310105P0001</td></tr></table></body></html>"
).encode("gb18030")
_LOTS, _APPS, _RETURN = ("parking.prk_lot",), ("education_base.edu_app",), ("ecommerce_gmv.ecm_return",)


def _dates(deliveries: Deliveries) -> Sequence[Injection]:
    """Dates in other forms than agreed, of which some can be read two ways."""
    readable = _cells("F09", "备案日期", _typed_date, Trace("treatment", "date_format"))
    ambiguous = _cells("F09", "联网日期", _ambiguous_date, Trace("reject", "ambiguous_date"), damaged=_ROWS)
    return [*readable(deliveries), *ambiguous(deliveries)]


FAULTS = (
    Fault("F09", "日期写法混杂", "mixed date formats", "repaired", _LOTS, _dates),
    Fault("F10", "单位不一", "amounts in another unit", "repaired", _RETURN, _thousands),
    Fault("F11", "报表版式", "layout of printed reports", "repaired", _LOTS, _report_layout, turn=2),
    Fault("F12", "全角与不可见字符", "full-width and invisible characters", "repaired", _LOTS,
          _cells("F12", _REGISTER_KEY, _full_width, Trace("treatment", "full_width_text"))),
    Fault("F13", "列名或列序变动", "renamed and reordered columns", "repaired", _APPS, _renamed),
    Fault("F19", "占位日期", "placeholder dates", "repaired", _LOTS,
          _cells("F19", "注销日期", _placeholder, Trace("treatment", "sentinel_date"), wanted=_is_empty)),
    Fault("F23", "长编号变成科学计数法", "digits lost to scientific notation", "rejected", _LOTS,
          _cells("F23", "街镇代码", _scientific, Trace("reject", "lost_digits"), damaged=_ROWS)),
    Fault("F24", "空值词", "words for nothing", "repaired", _LOTS,
          _cells("F24", "错峰预约开通日期", _nothing, Trace("treatment", "null_word"), wanted=_is_empty)),
    Fault("F25", "数字写法", "numbers as people type them", "repaired", _LOTS,
          _cells("F25", "总泊位", _grouped, Trace("treatment", "number_format"))),
    Fault("F34", "加密或冒名文件", "password or wrong extension", "held", (*_APPS, "ecommerce_gmv.ecm_city_total"),
          _locked),
)  # fmt: skip
