"""The commerce commission: monthly returns with the register, and the city's total, as Excel workbooks.

Belongs here: workbooks, late returns and corrections. Does not belong here: amounts (`ecommerce.py`).
"""

from __future__ import annotations

from datetime import date, datetime, time

from sources.simulator.delivery_files import Outbox, Sheet, workbook
from sources.simulator.ecommerce import BOUNDARY, FIRST_YEAR, Market, Platform
from sources.simulator.span import Span, next_month

RETURNS_OPENED = date(2021, 2, 1)
# Average order in yuan by type of platform.
_ORDER_VALUE = {"B2B": 4200.0, "B2C": 260.0, "C2C": 120.0, "O2O": 85.0, "跨境": 450.0}
# Months whose workbook is sent again with late returns and corrections.
_RESENT = {date(2021, 6, 1), date(2022, 3, 1), date(2022, 9, 1), date(2023, 2, 1), date(2023, 4, 1), date(2024, 6, 1)}
# In September 2022 the platform on the boundary first reported 50 万元 too little.
_CORRECTED_MONTH, _CORRECTED_BY = date(2022, 9, 1), 50.0

REGISTER_HEADER = [
    "序号",
    "平台代码",
    "平台名称",
    "运营主体统一社会信用代码",
    "平台类型",
    "是否第三方平台",
    "生活服务类别",
    "注册街镇代码",
    "纳统起始",
    "纳统截止",
]
RETURN_HEADER = [
    "序号",
    "平台代码",
    "平台名称",
    "报告期",
    "本月平台交易额",
    "1-本月累计",
    "上年同期累计",
    "其中：商品类",
    "其中：服务类",
    "对单位",
    "对个人",
    "自营电子商务交易额",
    "跨境电子商务交易额",
    "实物商品网上零售额",
    "订单数（笔）",
    "活跃商户数（户）",
    "活跃买家数（人）",
    "报送时间",
    "填报人",
    "审核状态",
]


def deliver_returns(found: Market, span: Span, outbox: Outbox) -> None:
    """Workbooks of every month but January: returns on the 8th, the city's total on the 14th of the next month."""
    for month, delivered_at in span.months(RETURNS_OPENED, 8, time(17, 20)):
        if month.month == 1:
            continue
        complete = month not in _RESENT
        outbox.deliver(
            f"returns/gmv_returns_{month:%Y%m}_1.xlsx",
            delivered_at,
            _workbook,
            found,
            month,
            resent=False,
            complete=complete,
        )
    for month, delivered_at in span.months(RETURNS_OPENED, 20, time(10, 5)):
        if month in _RESENT:
            outbox.deliver(
                f"returns/gmv_returns_{month:%Y%m}_2.xlsx",
                delivered_at,
                _workbook,
                found,
                month,
                resent=True,
                complete=True,
            )
    for month, delivered_at in span.months(RETURNS_OPENED, 14, time(9, 30)):
        if month.month != 1:
            outbox.deliver(f"returns/city_total_{month:%Y%m}_1.xlsx", delivered_at, _city_workbook, found, month)


def _workbook(found: Market, month: date, *, resent: bool, complete: bool) -> bytes:
    register = [
        [
            number,
            platform.code,
            platform.name,
            platform.operator,
            platform.kind,
            "是" if platform.third_party else "否",
            platform.service_kind or "-",
            platform.subdistrict,
            platform.scope_from,
            platform.scope_to or "长期",
        ]
        for number, platform in enumerate(found.platforms, 1)
        if platform.scope_from <= month
    ]
    rows: list[list[object]] = []
    for platform in found.platforms:
        late = _files_late(platform, month)
        if not platform.in_scope(month) or _never_files(platform, month) or (late and not complete):
            continue
        rows.append([len(rows) + 1, *_return(found, platform, month, corrected=resent, late=late and resent)])
    total: list[object] = [
        None,
        "合计",
        None,
        None,
        *(round(sum(float(str(row[i])) for row in rows), 2) for i in (4, 5)),
    ]
    heading = f"{month.year}年1-2月" if month.month == 2 else f"{month.year}年{month.month}月"
    returns = Sheet(
        "交易额月报",
        f"长宁区电子商务平台交易额月报表（{heading}）",
        RETURN_HEADER,
        rows,
        unit="单位：万元",
        total=total,
        notes=["注：1. 一月免报，二月报表的本月数为一、二月合计。", "2. 订单数、商户数、买家数单位见表头。"],
    )
    names = Sheet("平台名录", "长宁区电子商务平台名录", REGISTER_HEADER, register)
    return workbook([returns, names])


def _never_files(platform: Platform, month: date) -> bool:
    """Whether a (small) platform did not file for the month at all."""
    turn = (platform.position * 7 + month.month * 5 + month.year) % 11
    return platform.position >= 35 and platform.diligence < 0.3 and turn in (0, 3, 7)


def _files_late(platform: Platform, month: date) -> bool:
    """Whether a (small) platform filed after the due day, for the workbook that is sent again."""
    return platform.position >= 28 and (platform.position * 3 + month.month) % 17 == 0 and month in _RESENT


def _return(found: Market, platform: Platform, month: date, *, corrected: bool, late: bool) -> list[object]:
    i = platform.position
    # January is exempt: February carries both months.
    amount = found.to_date(i, month) if month.month == 2 else found.month(i, month)
    year_to_date = found.to_date(i, month)
    if i == BOUNDARY and month == _CORRECTED_MONTH and not corrected:
        amount, year_to_date = round(amount - _CORRECTED_BY, 2), round(year_to_date - _CORRECTED_BY, 2)
    previous = found.to_date(i, month.replace(year=month.year - 1)) if platform.scope_from.year < month.year else None
    goods = round(amount * platform.goods, 2)
    units = round(amount * platform.to_units, 2)
    orders = round(amount * 10_000 / _ORDER_VALUE[platform.kind])
    day = next_month(month).replace(day=12 if late else 3 + i % 5)
    submitted = datetime.combine(day, time(9 + i % 8, i * 7 % 60))
    unapproved = i == 50 and month >= date(2023, 5, 1)
    return [
        platform.code,
        platform.name,
        f"{month:%Y%m}",
        amount,
        year_to_date,
        previous,
        goods,
        round(amount - goods, 2),
        units,
        round(amount - units, 2),
        round(amount * platform.self_operated, 2),
        round(amount * platform.cross_border, 2),
        round(goods * 0.8, 2),
        orders,
        1 + orders // 900,
        1 + orders // 3,
        f"{submitted:%Y-%m-%d %H:%M}",
        "赵钱孙李周吴郑王冯陈"[i % 10] + "填报",
        "待审核" if unapproved else "已审核",
    ]


def _city_workbook(found: Market, month: date) -> bytes:
    year = found.city[month.year - FIRST_YEAR]
    amount = float(year[:2].sum()) if month.month == 2 else float(year[month.month - 1])
    sheet = Sheet(
        "全市交易额",
        "上海市电子商务交易额通报",
        ["报告期", "全市电子商务交易额", "1-本月累计"],
        [[f"{month:%Y%m}", round(amount, 2), round(float(year[: month.month].sum()), 2)]],
        unit="单位：亿元",
        notes=["注：二月为一、二月合计。"],
    )
    return workbook([sheet])
