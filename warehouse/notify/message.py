"""What a notification says: Chinese first, then English; plain text, because every channel takes it.

Belongs here: words and their order. Does not belong here: what is wrong (`causes.py`), who is told (`delivery.py`).
A figure never stands alone: its period, as-of day, publication and freshness stand beside it, and a figure that is
held or out of date says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from warehouse.notify.causes import Cause, CauseKind
from warehouse.read import writing
from warehouse.read.overview import ChangedIndicator, OverviewRow, SnapshotInfo

# A message is read on a telephone: what is longer is on the page that it links to. WeCom cuts at 2,048 bytes.
_PARTS_SHOWN: Final = 5
_FIGURES_SHOWN: Final = 4
_REASON_LETTERS: Final = 220
_CHANGES_SHOWN: Final = 6
_CAUSES_SHOWN: Final = 20

KINDS: Final[Mapping[CauseKind, tuple[str, str]]] = {
    "failed_publication": ("未能发布", "nothing could be published"),
    "held_batches": ("批次被扣留", "batch held"),
    "unreachable_source": ("数据源无法读取", "source cannot be read"),
    "missing_delivery": ("报送缺失", "delivery missing"),
    "failed_checks": ("检查未通过", "checks failed"),
    "held_figures": ("指标暂停发布", "figures held back"),
}
_REMEDIES: Final[Mapping[CauseKind, tuple[str, str]]] = {
    "failed_publication": (
        "页面保留上次发布的数据；请由平台工程师处理后重新运行",
        "Pages keep the last publication; an engineer has to mend it and run again",
    ),
    "held_batches": (
        "请更正后整份重报；原件已保存，其他数据不受影响",
        "Correct it and send it again; the original is kept, other data go on",
    ),
    "unreachable_source": (
        "请检查源系统与网络，恢复后会自动补取",
        "Look at the source and the network; what was missed is fetched",
    ),
    "missing_delivery": (
        "请尽快报送；不能按时报送的，请在平台上说明并承诺日期",
        "Send it, or explain and promise a day on the platform",
    ),
    "failed_checks": (
        "数据已采用；请核对不合格的行，需要时重报",
        "The data are used; look at the failing rows, send again where needed",
    ),
    "held_figures": (
        "页面保留此前的数值；请核对并说明原因",
        "Pages keep the earlier figures; look at them and give the reason",
    ),
}
_FRESHNESS: Final[Mapping[str, tuple[str, str]]] = {
    "on_time": ("按时", "on time"),
    "not_due": ("未到期", "not due"),
    "late": ("逾期", "late"),
    "missing": ("缺报", "missing"),
    "not_delivered": ("未接入", "not delivered"),
}
# Only then is a figure as new as it should be.
_FRESH: Final = ("on_time", "not_due")


@dataclass(frozen=True, slots=True)
class Published:
    """What messages say of figures: the publication and its indicators by code; None before the first one."""

    info: SnapshotInfo
    rows: Mapping[str, OverviewRow]
    changes: Sequence[ChangedIndicator] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent."""

    title: str
    body: str


def perhaps_repeated(message: Message) -> Message:
    """The message once more, after an attempt of which nobody knows whether it arrived."""
    return replace(
        message,
        body="（上次发送时中断，本条可能重复 / an earlier attempt was interrupted, this may be a repeat）\n"
        + message.body,
    )


def of_cause(cause: Cause, published: Published | None, app_address: str | None) -> Message:
    """The message about one root cause."""
    zh, en = KINDS[cause.kind]
    return Message(
        f"{_prefix(published)}{zh}：{cause.name_zh}",
        _both(
            _cause_lines(cause, published, app_address, 0),
            [f"{en}: {cause.name_en}", *_cause_lines(cause, published, None, 1)],
        ),
    )


def of_causes(causes: Sequence[Cause], published: Published | None, app_address: str | None) -> Message:
    """One message about many causes: who just begins to be notified is not flooded."""
    return Message(
        f"{_prefix(published)}{len(causes)} 项需要处理",
        _both(_list(causes, 0), _list(causes, 1), _link(app_address, "quality", {})),
    )


def of_digest(causes: Sequence[Cause], published: Published | None, app_address: str | None) -> Message:
    """What is open, what is promised, and what the publication changed."""
    day = "" if published is None else f" {published.info.as_of}"
    return Message(
        f"{_prefix(published)}每日摘要{day}",
        _both(_digest(causes, published, 0), _digest(causes, published, 1), _link(app_address, "", {})),
    )


def figure_line(row: OverviewRow, info: SnapshotInfo, side: int) -> str:
    """A figure with its period, as-of day, publication and freshness (side 0 Chinese, 1 English)."""
    language: writing.Language = "zh" if side == 0 else "en"
    name, unit = (row.name_zh, row.unit_zh) if side == 0 else (row.name_en, row.unit_en)
    period = writing.period(row.period_type, row.period_start, row.period_end, language)
    fresh = _FRESHNESS.get(row.freshness, (row.freshness, row.freshness))[side]
    if row.value is None:
        said = ("没有数值", "no figure")[side]
        return f"{name}：{said}（时效：{fresh}）" if side == 0 else f"{name}: {said} (freshness: {fresh})"
    value = writing.figure(row.value, unit, row.decimals, language).full
    if side == 0:
        marks = ["暂停发布，为此前的数值"] if row.status == "held" else []
        marks += ["不是最新"] if row.freshness not in _FRESH else []
        marks += ["初步数"] if row.is_provisional else []
        tail = f"；{'，'.join(marks)}" if marks else ""
        return f"{name} {value}（数据期 {period}，截至 {info.as_of} 第 {info.number} 次发布，时效：{fresh}{tail}）"
    marks = ["held, an earlier figure"] if row.status == "held" else []
    marks += ["not the newest"] if row.freshness not in _FRESH else []
    marks += ["provisional"] if row.is_provisional else []
    tail = f"; {', '.join(marks)}" if marks else ""
    return f"{name} {value} (period {period}, as of {info.as_of}, publication {info.number}, freshness: {fresh}{tail})"


def _prefix(published: Published | None) -> str:
    if published is None:
        return "【区域指标】"
    simulated = "·模拟数据" if published.info.simulated else ""
    return f"【{published.info.district_zh}指标{simulated}】"


def _cause_lines(cause: Cause, published: Published | None, app_address: str | None, side: int) -> list[str]:
    lines = [f"· {_short((part.zh, part.en)[side])}" for part in cause.parts[:_PARTS_SHOWN]]
    rest = len(cause.parts) - len(lines)
    if rest > 0:
        lines.append((f"· 另有 {rest} 项", f"· {rest} more")[side])
    lines += [pair[side] for pair in cause.consequences]
    lines += _figures(cause, published, side)
    lines.append((f"处理：{_REMEDIES[cause.kind][0]}。", f"{_REMEDIES[cause.kind][1]}.")[side])
    if app_address:
        lines.append(_link(app_address, *cause.page))
    return lines


def _figures(cause: Cause, published: Published | None, side: int) -> list[str]:
    if published is None or not cause.indicators:
        return []
    rows = [published.rows[code] for code in cause.indicators if code in published.rows]
    tiers = ("headline", "supporting", "operational")
    rows.sort(key=lambda row: (tiers.index(row.tier) if row.tier in tiers else len(tiers), row.indicator_code))
    lines = [("涉及的指标，页面现有数值：", "Indicators concerned, as the pages have them:")[side]]
    lines += [f"· {figure_line(row, published.info, side)}" for row in rows[:_FIGURES_SHOWN]]
    rest = len(rows) - _FIGURES_SHOWN
    if rest > 0:
        lines.append((f"· 另有 {rest} 项指标", f"· {rest} more indicators")[side])
    return lines if rows else []


def _list(causes: Sequence[Cause], side: int) -> list[str]:
    lines = []
    for cause in causes[:_CAUSES_SHOWN]:
        name = (cause.name_zh, cause.name_en)[side]
        count = len(cause.parts)
        more = "" if count == 1 else (f"（{count} 项）", f" ({count})")[side]
        promised = sorted(part.promised_on for part in cause.parts if part.promised_on is not None)
        until = "" if not promised else (f"，承诺 {promised[-1]} 前解决", f", promised for {promised[-1]}")[side]
        lines.append(f"· {KINDS[cause.kind][side]}{('：', ': ')[side]}{name}{more}{until}")
    rest = len(causes) - _CAUSES_SHOWN
    return [*lines, (f"· 另有 {rest} 项", f"· {rest} more")[side]] if rest > 0 else lines


def _digest(causes: Sequence[Cause], published: Published | None, side: int) -> list[str]:
    if causes:
        lines = [(f"待处理 {len(causes)} 项：", f"{len(causes)} open:")[side], *_list(causes, side)]
    else:
        lines = [("没有待处理的事项。", "Nothing is open.")[side]]
    if published is not None and published.changes:
        shown = [one for one in published.changes if one.indicator_code in published.rows][:_CHANGES_SHOWN]
        number = published.info.number
        lines.append(
            (f"第 {number} 次发布更新或修订的指标：", f"Indicators that publication {number} brought or revised:")[side]
        )
        lines += [f"· {figure_line(published.rows[one.indicator_code], published.info, side)}" for one in shown]
        rest = len(published.changes) - len(shown)
        if rest > 0:
            lines.append((f"· 另有 {rest} 项", f"· {rest} more")[side])
    return lines


def _both(zh: Sequence[str], en: Sequence[str], link: str = "") -> str:
    return "\n".join([*zh, *([link] if link else []), "———", *en])


def _link(app_address: str | None, page: str, query: Mapping[str, str]) -> str:
    if not app_address:
        return ""
    return f"{app_address.rstrip('/')}/{page}{f'?{urlencode(query)}' if query else ''}"


def _short(text: str) -> str:
    return text if len(text) <= _REASON_LETTERS else f"{text[: _REASON_LETTERS - 1]}…"
