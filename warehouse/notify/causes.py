"""What is wrong now, by root cause: one cause however many checks, entities and figures it breaks.

Belongs here: gathering and grouping from ledger and snapshot, and what owners promised of it. Does not belong here:
words (`message.py`), whom to tell (`delivery.py`), judging anything: batches are held, deliveries late and figures held
elsewhere.

A cause has parts, each told once to a target. Folded into another cause: a failed check into the batch that it holds; a
missing delivery into the held batch that brought it, or into the source that cannot be reached.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeVar

from warehouse.ledger import Batch, CheckResult, Ledger, OwnerAction, PullProblem
from warehouse.ledger.owner_actions import subject
from warehouse.read import SnapshotReader
from warehouse.read.feeds import CheckOutcome, FeedFreshness, checks, freshness

Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
CauseKind = Literal[
    "held_batches", "unreachable_source", "missing_delivery", "failed_checks", "held_figures", "failed_publication"
]
# What makes a state worth a message at once; warnings wait for the digest of the owner's own pages.
_FAILED = ("FAILED", "NOT_EVALUATED")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DIGITS = re.compile(r"[-+]?\d[\d.,]*")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a cause is made of. `key` is told once; `about` (feed, entity, subject) is what an owner may have
    promised to mend, `promised_on` until when (district-local), None = nothing is promised."""

    key: str
    zh: str
    en: str
    about: tuple[str, str, str] | None = None
    promised_on: date | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """One root cause. `indicators` are the codes of figures that rest on what it concerns; `page` is the page of the
    app that shows it, with its query."""

    kind: CauseKind
    feed: str | None
    name_zh: str
    name_en: str
    departments: tuple[str, ...]
    parts: tuple[Part, ...]
    consequences: tuple[tuple[str, str], ...] = ()
    indicators: tuple[str, ...] = ()
    page: tuple[str, Mapping[str, str]] = ("", {})


@dataclass(frozen=True, slots=True)
class Fault:
    """What kept a run from building or publishing, in both languages; `key` names the run."""

    key: str
    zh: str
    en: str


def open_causes(
    reader: SnapshotReader | None,
    ledger: Ledger,
    *,
    held: Sequence[Batch],
    problems: Sequence[PullProblem],
    faults: Sequence[Fault] = (),
) -> list[Cause]:
    """Every root cause that is open now, what stops most first.

    `held` are the batches held and not replaced since, `problems` those of the last run. `reader` None: nothing is
    published, so that neither deliveries nor figures are judged.
    """
    contracts = {(one.feed, one.entity): one for one in ledger.contracts()}
    labels = {
        key: ((one.feed_label_zh, one.feed_label_en), (one.label_zh, one.label_en)) for key, one in contracts.items()
    }
    departments = {one.feed: one.department_code for one in contracts.values()}
    rows = [] if reader is None else freshness(reader)
    resting = {(row.feed, row.entity): tuple(row.indicators) for row in rows}
    promises = {(one.feed, one.entity, one.subject): one for one in ledger.standing_promises()}
    gathered = _Gathered(labels, departments, resting, promises)
    overdue = [row for row in rows if row.is_awaited]
    results = ledger.check_results(batch_ids=[batch.batch_id for batch in held]) if held else []
    found = [
        *gathered.faults(faults),
        *gathered.held(held, results, overdue),
        *gathered.unreachable(problems, overdue, held),
        *gathered.missing(overdue, held, problems),
    ]
    if reader is not None:
        used = {row["batch_id"] for row in reader.rows("SELECT batch_id FROM batch WHERE status = 'admitted'")}
        found += gathered.failed_checks(checks(reader), used - {batch.batch_id for batch in held})
        found += gathered.held_figures(reader)
    return found


@dataclass(frozen=True, slots=True)
class _Gathered:
    labels: Mapping[tuple[str, str], tuple[tuple[str, str], tuple[str, str]]]
    departments: Mapping[str, str]
    resting: Mapping[tuple[str, str], tuple[str, ...]]
    promises: Mapping[tuple[str, str, str], OwnerAction]

    def faults(self, faults: Sequence[Fault]) -> list[Cause]:
        if not faults:
            return []
        parts = tuple(Part(f"publication/{one.key}/{_hash(one.zh)}", one.zh, one.en) for one in faults)
        return [Cause("failed_publication", None, "计算与发布", "building and publishing", (), parts)]

    def held(
        self, held: Sequence[Batch], results: Sequence[CheckResult], overdue: Sequence[FeedFreshness]
    ) -> list[Cause]:
        failing: dict[str, int] = defaultdict(int)
        for result in results:
            failing[result.batch_id or ""] += result.outcome in _FAILED
        causes = []
        for (feed, entity), batches in _grouped(held, lambda batch: (batch.feed, batch.entity)).items():
            parts = [
                self._part(
                    f"batch/{batch.batch_id}",
                    (feed, entity, subject("batch", batch.batch_id)),
                    f"{batch.file_name}：{batch.reason_zh}",
                    f"{batch.file_name}: {batch.reason_en}",
                )
                for batch in batches
            ]
            told = []
            count = sum(failing[batch.batch_id] for batch in batches)
            if count:
                told.append((f"未通过的检查共 {count} 项", f"{count} checks failed"))
            told += [_due_text(row) for row in overdue if (row.feed, row.entity) == (feed, entity)]
            causes.append(
                Cause(
                    "held_batches",
                    feed,
                    *self._named(feed, entity),
                    self._of(feed),
                    tuple(parts),
                    tuple(told),
                    self.resting.get((feed, entity), ()),
                    (
                        "batch",
                        {"batch": batches[0].batch_id} if len(batches) == 1 else {"feed": feed, "status": "held"},
                    ),
                )
            )
        return causes

    def unreachable(
        self, problems: Sequence[PullProblem], overdue: Sequence[FeedFreshness], held: Sequence[Batch]
    ) -> list[Cause]:
        causes = []
        for feed, ones in _grouped(problems, lambda one: one.feed).items():
            texts = dict.fromkeys((one.text_zh, one.text_en) for one in ones)
            day = max(one.at for one in ones).date().isoformat()
            # Once a day: an outage that goes on is told again, one that is over is not remembered as told.
            parts = tuple(Part(f"source/{feed}/{day}/{_hash(zh)}", zh, en) for zh, en in texts)
            waiting = {(batch.feed, batch.entity) for batch in held}
            told = [_due_text(row) for row in overdue if row.feed == feed and (feed, row.entity) not in waiting]
            codes = sorted({code for (name, _), some in self.resting.items() if name == feed for code in some})
            causes.append(
                Cause(
                    "unreachable_source",
                    feed,
                    *self._named(feed),
                    self._of(feed),
                    parts,
                    tuple(told),
                    tuple(codes),
                    ("freshness", {"feed": feed}),
                )
            )
        return causes

    def missing(
        self, overdue: Sequence[FeedFreshness], held: Sequence[Batch], problems: Sequence[PullProblem]
    ) -> list[Cause]:
        explained = {(batch.feed, batch.entity) for batch in held}
        unreachable = {one.feed for one in problems}
        rest = [row for row in overdue if (row.feed, row.entity) not in explained and row.feed not in unreachable]
        causes = []
        for feed, rows in _grouped(rest, lambda row: row.feed).items():
            parts = []
            for row in rows:
                end = "" if row.expected_period_end is None else row.expected_period_end.isoformat()
                zh, en = _due_text(row)
                about = (feed, row.entity, subject("due", end))
                parts.append(
                    self._part(
                        f"due/{feed}.{row.entity}/{end}", about, f"{row.label_zh}：{zh}", f"{row.label_en}: {en}"
                    )
                )
            codes = sorted({code for row in rows for code in row.indicators})
            page = ("freshness", {"feed": feed})
            causes.append(
                Cause(
                    "missing_delivery", feed, *self._named(feed), self._of(feed), tuple(parts), (), tuple(codes), page
                )
            )
        return causes

    def failed_checks(self, outcomes: Sequence[CheckOutcome], used: Collection[str]) -> list[Cause]:
        failed = [
            one
            for one in outcomes
            if one.outcome in _FAILED and one.batch_id and one.feed and one.entity and one.batch_id in used
        ]
        causes = []
        for batch_id, ones in _grouped(failed, lambda one: one.batch_id or "").items():
            feed, entity = ones[0].feed or "", ones[0].entity or ""
            parts = [
                self._part(
                    f"check/{batch_id}/{one.check_key}",
                    (feed, entity, subject("check", one.check_key)),
                    f"{one.name_zh}{_measured(one)}",
                    f"{one.name_en}{_measured(one)}",
                )
                for one in ones
            ]
            causes.append(
                Cause(
                    "failed_checks",
                    feed,
                    *self._named(feed, entity),
                    self._of(feed),
                    tuple(parts),
                    (),
                    self.resting.get((feed, entity), ()),
                    ("batch", {"batch": batch_id}),
                )
            )
        return causes

    def held_figures(self, reader: SnapshotReader) -> list[Cause]:
        rows = reader.rows(
            "SELECT indicator_code, name_zh, name_en, department_code, held_reason_zh, held_reason_en FROM indicator "
            "WHERE held_reason_zh IS NOT NULL ORDER BY indicator_code"
        )
        causes = []
        # What keeps several figures back for the same reason is one cause; the measured number may differ.
        for reason, ones in _grouped(rows, lambda row: _DIGITS.sub("#", str(row["held_reason_zh"]))).items():
            parts = tuple(
                Part(
                    f"figure/{row['indicator_code']}/{_hash(reason)}{_days(row['held_reason_zh'])}",
                    f"{row['indicator_code']} {row['name_zh']}：{row['held_reason_zh']}",
                    f"{row['indicator_code']} {row['name_en']}: {row['held_reason_en']}",
                )
                for row in ones
            )
            codes = tuple(str(row["indicator_code"]) for row in ones)
            owners = tuple(sorted({str(row["department_code"]) for row in ones if row["department_code"]}))
            page = ("indicator", {"code": codes[0]}) if len(codes) == 1 else ("", {})
            causes.append(
                Cause(
                    "held_figures",
                    None,
                    f"{len(codes)} 项指标",
                    f"{len(codes)} indicators",
                    owners,
                    parts,
                    (),
                    codes,
                    page,
                )
            )
        return causes

    def _part(self, key: str, about: tuple[str, str, str], zh: str, en: str) -> Part:
        promise = self.promises.get(about)
        return Part(key, zh, en, about, None if promise is None else promise.promised_on)

    def _named(self, feed: str, entity: str | None = None) -> tuple[str, str]:
        known = self.labels.get((feed, entity or "")) or next(
            (names for (name, _), names in self.labels.items() if name == feed), ((feed, feed), ("", ""))
        )
        if entity is None:
            return known[0]
        return f"{known[0][0]} · {known[1][0] or entity}", f"{known[0][1]} · {known[1][1] or entity}"

    def _of(self, feed: str) -> tuple[str, ...]:
        return (self.departments[feed],) if feed in self.departments else ()


def still_owed(cause: Cause, *, told: Collection[str], today: date) -> Cause | None:
    """The cause with the parts that a target has to be told of; None when there is none.

    A part whose owner promised a day is quiet until that day is over; if it is still open then, it is told (again)
    once, as a broken promise.
    """
    parts = []
    for part in cause.parts:
        if part.promised_on is not None:
            if today <= part.promised_on:
                continue
            part = replace(
                part,
                key=f"{part.key}#{part.promised_on}",
                zh=f"{part.zh}（承诺 {part.promised_on} 前解决，已过期）",
                en=f"{part.en} (promised for {part.promised_on}, which is over)",
            )
        if part.key not in told:
            parts.append(part)
    return replace(cause, parts=tuple(parts)) if parts else None


def _due_text(row: FeedFreshness) -> tuple[str, str]:
    end = row.expected_period_end
    days = row.days_late or 0
    return (
        f"应报截至 {end} 的数据，已逾期 {days} 天，尚无可用数据",
        f"data up to {end} are due, {days} days late; nothing usable has come",
    )


def _grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _measured(one: CheckOutcome) -> str:
    measured = "" if one.measured is None else f" {one.measured:g}"
    return f"{measured}{f' ({one.threshold})' if one.threshold else ''}"


def _days(text: str) -> str:
    """The days that a reason names, behind a key: the same reason about another period is news."""
    return "".join(f"/{day}" for day in dict.fromkeys(_DAY.findall(text)))


def _hash(text: str) -> str:
    return hashlib.sha256(_DIGITS.sub("#", text).encode()).hexdigest()[:12]
