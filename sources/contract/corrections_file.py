"""The corrections file of a feed: known errors of its provider, read strictly.

Belongs here: the shape of `corrections.yaml` and the rules that it must keep, each broken one with its line. Does not
belong here: applying corrections to rows (`sources/admission/corrections.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field as Setting
from pydantic import TypeAdapter

from sources.contract.correction import Correction, CorrectionStatus
from sources.contract.document import Place, YamlDocument
from sources.contract.feed import Entity, Feed, Field
from sources.contract.problem import ContractProblem
from sources.contract.strict import Settings

CORRECTIONS_FILE = "corrections.yaml"
# Each correction is a branch of the statement that judges rows. A provider with more known errors than this has to
# deliver anew: a corrections file is for the few that it cannot mend in time.
MOST_CORRECTIONS = 200

Value = str | bool | int | float | date | None
Words = Annotated[str, Setting(min_length=1)]


class CorrectionSettings(Settings):
    """One known error. `expect` guards it: a delivered value that differs is never touched."""

    name: Annotated[str, Setting(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    entity: str
    key: dict[str, Value] = Setting(default={})
    file: Words | None = None
    sheet: Words | None = None
    row: Annotated[int, Setting(ge=1)] | None = None
    column: str
    expect: Value
    right: Value
    reason_zh: Words
    reason_en: Words
    status: CorrectionStatus
    who: Words
    since: date
    until: date | None = None


class CorrectionsSettings(Settings):
    """The whole file."""

    corrections: list[CorrectionSettings]


_SHAPE = TypeAdapter(CorrectionsSettings)


def with_corrections(feed: Feed, problems: list[ContractProblem]) -> Feed | None:
    """The feed with the corrections beside its contract, which then count for `contract_sha256`.

    None, with the mistakes added to `problems`, when the file has any; the feed as it is when there is no file.
    """
    path = feed.path.parent / CORRECTIONS_FILE
    if not path.exists():
        return feed
    document = YamlDocument(path)
    found = _Corrections(document, feed).read()
    if document.problems:
        problems += document.problems
        return None
    entities = {
        name: replace(entity, corrections=tuple(one for one in found if one.entity == name))
        for name, entity in feed.entities.items()
    }
    both = hashlib.sha256(f"{feed.contract_sha256}{document.sha256}".encode()).hexdigest()
    return replace(feed, entities=entities, contract_sha256=both)


class _Corrections:
    """One corrections file against the contract that it lies beside."""

    def __init__(self, document: YamlDocument, feed: Feed) -> None:
        self.document = document
        self.feed = feed

    def read(self) -> list[Correction]:
        """All corrections; mistakes are noted in the document."""
        if self.document.problems:
            return []
        whole = self.document.settings(_SHAPE, self.document.data, ())
        if whole is None:
            return []
        if len(whole.corrections) > MOST_CORRECTIONS:
            self.document.problem(
                ("corrections",),
                f"更正多于 {MOST_CORRECTIONS} 条；错误这么多，请报送单位更正后整份重报",
                f"more than {MOST_CORRECTIONS} corrections; with so many errors the provider has to send it anew",
            )
        found: list[Correction] = []
        names: set[str] = set()
        for index, settings in enumerate(whole.corrections):
            place: Place = ("corrections", index)
            if settings.name in names:
                self.document.problem(
                    (*place, "name"), f"名称 {settings.name} 重复；请改名", f"name {settings.name} twice; rename one"
                )
            names.add(settings.name)
            correction = self._correction(settings, place)
            if correction is not None:
                found.append(correction)
        return found

    def _correction(self, settings: CorrectionSettings, place: Place) -> Correction | None:
        entity = self.feed.entities.get(settings.entity)
        if entity is None or not entity.delivered:
            names = [name for name, one in self.feed.entities.items() if one.delivered]
            self.document.problem(
                (*place, "entity"),
                f"合同没有报送 {settings.entity}；可用：{'、'.join(names)}",
                f"the contract delivers no {settings.entity}; there are: {', '.join(names)}",
            )
            return None
        self._check_rows(settings, entity, place)
        self._check_term(settings, place)
        item = self._field(settings.column, entity, (*place, "column"))
        if item is None:
            return None
        expect = self._value(settings.expect, item)
        right = self._value(settings.right, item)
        if settings.right is not None and (right is None or (item.codes and right not in item.codes.values())):
            self.document.problem(
                (*place, "right"),
                f"right {settings.right!r} 不是字段 {item.name}（{item.type}）的有效值；请写合同规定的值",
                f"right {settings.right!r} is no value of field {item.name} ({item.type}); give one that the contract "
                "takes",
            )
        if settings.right is None and item.required:
            self.document.problem(
                (*place, "right"),
                f"字段 {item.name} 必填，right 不能为空；请写正确的值",
                f"field {item.name} is required, right cannot be empty; give the right value",
            )
        if expect == right and (right is not None or settings.expect is settings.right is None):
            self.document.problem(
                (*place, "right"), "right 与 expect 相同，没有可更正的", "right equals expect: nothing to correct"
            )
        return Correction(
            name=settings.name,
            entity=settings.entity,
            column=settings.column,
            expect_text=None if settings.expect is None else _text(settings.expect),
            expect=expect,
            right=right,
            reason_zh=settings.reason_zh,
            reason_en=settings.reason_en,
            status=settings.status,
            who=settings.who,
            since=settings.since,
            until=settings.until,
            key=self._key(settings, entity, place),
            file=settings.file,
            sheet=settings.sheet,
            row=settings.row,
        )

    def _check_rows(self, settings: CorrectionSettings, entity: Entity, place: Place) -> None:
        if not settings.key and settings.row is None:
            self.document.problem(
                place,
                f"没有说明是哪些行；请写 key（主键 {'、'.join(entity.key)}）或 file 与 row",
                f"which rows is not said; give key (of {', '.join(entity.key)}), or file and row",
            )
        if settings.row is not None and settings.file is None:
            self.document.problem(
                place, "写了 row 就要写 file：行号只在一个文件里有意义", "row needs file: it counts within one file"
            )

    def _check_term(self, settings: CorrectionSettings, place: Place) -> None:
        if settings.until is not None and settings.until < settings.since:
            self.document.problem(
                (*place, "until"),
                f"until {settings.until} 早于 since {settings.since}；请核对",
                f"until {settings.until} is before since {settings.since}; check them",
            )
        if settings.status in ("mended", "expired") and settings.until is None:
            self.document.problem(
                place,
                f"status 为 {settings.status} 时要写 until：此前收到的交付仍按此更正，重新入库才得到同样的数",
                f"status {settings.status} needs until: deliveries received before stay corrected, so that admitting "
                "them again gives the same",
            )

    def _key(self, settings: CorrectionSettings, entity: Entity, place: Place) -> Mapping[str, str]:
        key: dict[str, str] = {}
        for name, value in settings.key.items():
            here = (*place, "key", name)
            if name not in entity.key:
                self.document.problem(
                    here,
                    f"{name} 不是 {entity.name} 的主键字段；可用：{'、'.join(entity.key)}",
                    f"{name} is no key field of {entity.name}; there are: {', '.join(entity.key)}",
                )
                continue
            item = self._field(name, entity, here)
            text = None if item is None else self._value(value, item)
            if item is not None and text is None:
                self.document.problem(
                    here,
                    f"{value!r} 不是字段 {name}（{item.type}）的值；请按合同的类型填写，编号请加引号",
                    f"{value!r} is no value of field {name} ({item.type}); write it in the contract's type, codes in "
                    "quotes",
                )
            if text is not None:
                key[name] = text
        return key

    def _field(self, name: str, entity: Entity, place: Place) -> Field | None:
        item = entity.fields.get(name)
        if item is None:
            self.document.problem(
                place,
                f"{entity.name} 没有字段 {name}；可用：{'、'.join(entity.fields)}",
                f"{entity.name} has no field {name}; there are: {', '.join(entity.fields)}",
            )
        elif item.protection is not None:
            self.document.problem(
                place,
                f"字段 {name} 含个人信息，不得写入更正文件；请用 file 与 row 指明行，个人信息请报送单位更正后重报",
                f"field {name} is personal and must not be written into a corrections file; name rows by file and row, "
                "and have the provider mend personal values and send again",
            )
            return None
        return item

    def _value(self, value: Value, item: Field) -> str | None:
        return _typed(value, item, self.feed.time_zone)


def _typed(value: Value, item: Field, zone: str) -> str | None:
    """`value` as a text that casts to the field's type; None when it is none of that type."""
    if value is None:
        return None
    text = _text(value)
    if item.type == "boolean":
        return text if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if item.codes:
        return item.codes.get(text, text if text in item.codes.values() else None)
    match item.type:
        case "string":
            return text if isinstance(value, str) else None
        case "integer" | "number":
            try:
                number = Decimal(text)
            except InvalidOperation:
                return None
            whole = item.type == "number" or number == number.to_integral_value()
            return f"{number:f}" if number.is_finite() and whole else None
        case "date":
            return _day(text)
        case _:
            moment = _moment(text, zone)
            return None if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _text(value: str | bool | int | float | date) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _moment(text: str, zone: str) -> datetime | None:
    """ISO time, in `zone` when it has no offset, as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
