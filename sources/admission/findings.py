"""What can be wrong with a row by its contract: conditions, reasons in two languages, their order.

Belongs here: missing, unreadable, unknown, out of range, ill-formed values; row rules; a row without a day.
Does not belong here: running the conditions (`judgement.py`), what only a look at the whole batch shows
(`duplicates.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sources.admission.time_values import AMBIGUOUS_DATE, latest
from sources.contract.feed import Entity, Field
from sources.reading.quoting import identifier, literal


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is rejected: `field` is None for rules about the whole row."""

    code: str
    field: str | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason and when it holds: SQL over the typed fields by name, and `seen(n)` of the n-th field."""

    reason: Reason
    condition: str
    of_key: bool


def seen(number: int) -> str:
    """Column that tells whether the second look found a text: without a value it is then unreadable, else missing."""
    return f"_seen{number}"


def reasons_of(entity: Entity) -> tuple[Reason, ...]:
    """All reasons that the contract can give, in the order of judgement; a row's reasons are numbers of this list."""
    return tuple(finding.reason for finding in findings(entity, "UTC", datetime.now(UTC)))


_KINDS = {
    "integer": ("整数", "a whole number"),
    "number": ("数值", "a number"),
    "boolean": ("是/否", "a yes/no value"),
    "date": ("日期", "a date"),
    "timestamp": ("时间", "a time"),
}


def findings(entity: Entity, zone: str, received_at: datetime) -> list[Finding]:
    """Everything that can be wrong, fields first. `zone` is that of naive limits, `received_at` the delivery's time."""
    found: list[Finding] = []
    for number, (name, item) in enumerate(entity.fields.items()):
        found += _field_findings(number, item, name in entity.key, zone, received_at)
    for rule in entity.row_rules:
        reason = Reason(rule.name, None, rule.reason_zh, rule.reason_en)
        found.append(Finding(reason, f"coalesce(NOT CAST(TRY({rule.expression}\n) AS BOOLEAN), false)", False))
    period = entity.period_field
    if period is not None and not entity.fields[period].required:
        label = entity.fields[period]
        reason = Reason(
            "no_period", period,
            f"「{label.label_zh}」为空，无法归入日期；"
            "请补填", f"{label.label_en} is empty, so that the row has no day; fill it in",
        )  # fmt: skip
        number = list(entity.fields).index(period)
        found.append(Finding(reason, f"{identifier(period)} IS NULL AND NOT {seen(number)}", False))
    return found


def raw(number: int) -> str:
    """Column with the delivered text of the n-th field."""
    return f"_raw{number}"


def _field_findings(number: int, item: Field, of_key: bool, zone: str, received_at: datetime) -> list[Finding]:
    value = identifier(item.name)
    zh, en = item.label_zh, item.label_en
    found: list[Finding] = []

    def add(code: str, condition: str, text_zh: str, text_en: str) -> None:
        found.append(Finding(Reason(code, item.name, f"「{zh}」{text_zh}", f"{en} {text_en}"), condition, of_key))

    if item.required:
        add("missing_value", f"{value} IS NULL AND NOT {seen(number)}", "为空；请补填", "is empty; fill it in")
    if item.codes and not item.crosswalk:
        codes = list(dict.fromkeys(item.codes.values()))
        add(
            "unknown_code",
            f"{value} IS NULL AND {seen(number)}",
            f"不在代码表内（{'、'.join(codes)}）；请改用表内代码",
            f"is not in the code list ({', '.join(codes)}); use a code of the list",
        )
    elif item.type != "string":
        unread = f"{value} IS NULL AND {seen(number)}"
        forms_zh = f"（可用格式：{'、'.join(item.formats)}）" if item.formats else ""
        forms_en = f" (formats: {', '.join(item.formats)})" if item.formats else ""
        if item.type in ("date", "timestamp"):
            ambiguous = f"regexp_full_match({raw(number)}, {literal(AMBIGUOUS_DATE)})"
            add(
                "ambiguous_date",
                f"{unread} AND {ambiguous}",
                f"分不清哪个是月、哪个是日（如 3/1/26）{forms_zh}；请写成 2026-03-01 这样年在前的形式",
                f"does not tell month from day (such as 3/1/26){forms_en}; write it with the year first, such as "
                "2026-03-01",
            )
            unread += f" AND NOT {ambiguous}"
        kind_zh, kind_en = _KINDS[item.type]
        add(
            "unreadable_value",
            unread,
            f"不是{kind_zh}{forms_zh}；请更正",
            f"is not {kind_en}{forms_en}; correct it",
        )
    for code, sign, limit, word_zh, word_en in (
        ("below_minimum", "<", item.minimum, "小于下限", "is below the minimum"),
        ("above_maximum", ">", item.maximum, "大于上限", "is above the maximum"),
    ):
        if limit is not None:
            shown = f"{limit:g}" if isinstance(limit, float) else str(limit)
            add(
                code,
                f"coalesce({value} {sign} {_limit(item, limit, zone)}, false)",
                f"{word_zh} {shown}；请核对",
                f"{word_en} {shown}; look at it",
            )
    last_moment = latest(item, received_at, zone)
    if last_moment is not None:
        add(
            "future_date",
            f"coalesce({value} > {last_moment}, false)",
            f"晚于收到数据的时间 {item.max_future_days} 天以上；请核对日期或设备时钟",
            f"is more than {item.max_future_days} day(s) after the delivery came; look at the date or the clock",
        )
    if item.type == "string" and (of_key or item.zero_pad is not None or item.pattern is not None):
        add(
            "lost_digits",
            f"coalesce(regexp_full_match({value}, '[0-9]([.][0-9]+)?[eE][+]?[0-9]+'), false)",
            "是科学计数法，末位数字已丢失；请把该列设为文本后重新导出",
            "is in scientific notation and has lost digits; format the column as text and export it again",
        )
    if item.pattern is not None:
        add(
            "wrong_pattern",
            f"coalesce(NOT {_matches(f'CAST({value} AS VARCHAR)', item.pattern)}, false)",
            f"不符合规定格式（{item.pattern}）；请更正",
            f"does not match the required form ({item.pattern}); correct it",
        )
    return found


def _matches(text: str, pattern: str) -> str:
    """Whether the text matches in full. A mere limit of length is not given to the regular expression engine, which
    would unroll it."""
    length = re.fullmatch(r"\(\?s\)\.\{(\d+),(\d*)\}", pattern)
    if length is None:
        return f"regexp_full_match({text}, {literal(pattern)})"
    return f"(length({text}) BETWEEN {length[1]} AND {length[2]})" if length[2] else f"(length({text}) >= {length[1]})"


def _limit(item: Field, limit: float | str, zone: str) -> str:
    if item.type == "date":
        return f"DATE {literal(str(limit))}"
    if item.type == "timestamp":
        moment = datetime.fromisoformat(str(limit))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        return f"TIMESTAMP {literal(aware.astimezone(ZoneInfo('UTC')).strftime('%Y-%m-%d %H:%M:%S.%f'))}"
    if item.type in ("integer", "number"):
        return f"{limit:.15g}" if isinstance(limit, float) else f"CAST({literal(str(limit))} AS DOUBLE)"
    return literal(str(limit))
