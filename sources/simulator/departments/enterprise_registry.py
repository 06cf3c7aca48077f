"""The science and technology commission's enterprise lists: a workbook of two sheets each quarter.

Belongs here: the workbook. Does not belong here: the enterprises (`enterprises.py`).
"""

from __future__ import annotations

from datetime import date

from sources.simulator.delivery_files import Outbox, Sheet, workbook
from sources.simulator.district import known, subdistricts
from sources.simulator.enterprises import Certificate, Listing, certificates, listings
from sources.simulator.randomness import Chance
from sources.simulator.register_files import quarters
from sources.simulator.span import Span

_OPENED = date(2021, 1, 1)
_CERTIFICATE_HEADER = [
    "序号",
    "统一社会信用代码",
    "企业名称",
    "所属街镇代码",
    "所属街镇",
    "证书编号",
    "发证日期",
    "有效期至",
    "入区登记日期",
    "迁出日期",
]
_LISTING_HEADER = [
    "序号",
    "名单类别",
    "统一社会信用代码",
    "企业名称",
    "所属街镇代码",
    "认定日期",
    "退出日期",
    "入区登记日期",
    "迁出日期",
]
# A clerk's slip that the check character finds: one digit of the code is wrong, the same row in every workbook.
_MISTYPED = ["91310105X00099999A", "示例待核有限公司"]


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """One workbook a quarter, with every certificate and every recognition ever made."""
    issued, listed = certificates(chance), listings(chance)
    for day, delivered_at in quarters(span, _OPENED):
        outbox.deliver(f"lists/enterprise_lists_{day:%Y%m%d}_1.xlsx", delivered_at, _workbook, issued, listed, day)


def _workbook(issued: list[Certificate], listed: list[Listing], day: date) -> bytes:
    until = f"（截至{day.year}年{day.month}月{day.day}日）"
    certified = _certificate_rows(issued, day)
    return workbook(
        [
            Sheet(
                "高新技术企业",
                f"长宁区高新技术企业证书登记表{until}",
                _CERTIFICATE_HEADER,
                certified,
                total=["合计", f"{len(certified)}张"],
                notes=["注：1. 含已到期证书。", "2. 有效期至当日起失效。"],
            ),
            Sheet("企业认定名单", f"长宁区重点企业认定名单{until}", _LISTING_HEADER, _listing_rows(listed, day)),
        ]
    )


def _certificate_rows(issued: list[Certificate], day: date) -> list[list[object]]:
    names = {item.code: item.name_zh for item in subdistricts()}
    first = subdistricts()[0]
    rows: list[list[object]] = [
        [
            0,
            *_MISTYPED,
            first.code,
            first.name_zh,
            "GR201831009999",
            date(2018, 11, 12),
            date(2021, 11, 12),
            date(2016, 5, 3),
            None,
        ]
    ]
    for item in issued:
        holder = item.holder
        if item.certified_on > day or holder.registered_on > day:
            continue
        number = len(rows)
        rows.append(
            [
                number,
                holder.uscc,
                holder.name,
                holder.subdistrict,
                names[holder.subdistrict],
                item.number,
                # Clerks type some dates as text with slashes.
                item.certified_on.strftime("%Y/%m/%d") if number % 9 == 0 else item.certified_on,
                item.valid_to,
                holder.registered_on,
                known(holder.moved_out_on, day),
            ]
        )
    return rows


def _listing_rows(listed: list[Listing], day: date) -> list[list[object]]:
    rows: list[list[object]] = []
    for item in listed:
        if item.recognised_on > day:
            continue
        rows.append(
            [
                len(rows) + 1,
                item.kind,
                item.member.uscc,
                item.member.name,
                item.member.subdistrict,
                item.recognised_on,
                known(item.removed_on, day),
                item.member.registered_on,
                known(item.member.moved_out_on, day),
            ]
        )
    return rows
