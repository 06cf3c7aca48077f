"""From an ODCS document to a feed: every rule that a contract must keep, each broken one noted with its place.

Belongs here: who, what and when. Does not belong here: fields (`fields.py`), ways of delivery (`deliveries.py`), checks
(`checks.py`), YAML and unknown keys (`document.py`), finding contracts and laying one over another (`loading.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from open_data_contract_standard.model import SchemaObject, Team
from pydantic import TypeAdapter

from sources.contract import properties, settings
from sources.contract.checks import build_checks
from sources.contract.deliveries import build_deliveries, build_servers, check_sessions
from sources.contract.document import ContractDocument, Place
from sources.contract.feed import Entity, Feed, Owner
from sources.contract.fields import NAME, build_fields, check_expression, constant_text
from sources.contract.history_checks import default_checks

_HISTORY = TypeAdapter(settings.History)
_PERIOD = TypeAdapter(settings.Period)
_CALENDAR = TypeAdapter(settings.Calendar)
_ROW_RULES = TypeAdapter(tuple[settings.RowRule, ...])
_PERCENT = TypeAdapter(settings.Percent)
_EXCLUSIONS = TypeAdapter(tuple[settings.Exclusion, ...])


def build_feed(document: ContractDocument, name: str, base: Feed | None) -> Feed | None:
    """The feed that `document` describes; None when the document cannot be read at all.

    `name` is the folder's name. With `base` (the built-in feed of that name) the document is an overlay: what it does
    not say about who and what comes from there. Mistakes are noted in `document.problems`.
    """
    model = document.model
    if model is None:
        return None
    for key, expected in (("kind", "DataContract"), ("id", name)):
        if getattr(model, key) != expected:
            document.problem((key,), f"{key} 必须是 {expected}", f"{key} must be {expected}")
    if not (model.apiVersion or "").startswith("v3."):
        document.problem(
            ("apiVersion",), "apiVersion 必须是 v3.x（如 v3.1.0）", "apiVersion must be v3.x, such as v3.1.0"
        )
    if not model.version:
        document.problem(
            ("version",), "缺少 version；请写合同版本号", "version is missing; give the contract's version"
        )
    custom = document.custom(model.customProperties, properties.FEED_PROPERTIES, ())
    team = _team(document, model.team)
    servers = build_servers(document, model.servers or [])
    time_zone = _time_zone(document, custom)
    department = {
        "label_zh": model.name or (base.label_zh if base else ""),
        "label_en": constant_text(custom.get("name_en")) or (base.label_en if base else ""),
        "domain": model.domain or (base.domain if base else ""),
        "department_code": (team.id if team and team.id else None) or (base.department_code if base else ""),
        "department_zh": (team.name if team and team.name else None) or (base.department_zh if base else ""),
        "department_en": constant_text(custom.get("department_en")) or (base.department_en if base else ""),
    }
    for what, (zh, en) in _REQUIRED_OF_FEED.items():
        if not department[what]:
            document.problem((), f"缺少{zh}；请补上", f"{en} is missing; add it")
    owners = _owners(document, team) or (base.owners if base else ())
    if not owners:
        document.problem(
            ("team",),
            "没有负责人；请在 team.members 里写一位 role: owner",
            "no owner; give team.members one with role: owner",
        )
    entities = _entities(document, model.schema_ or [], name, base)
    check_sessions(document, entities)
    return Feed(
        name=name,
        path=document.path,
        contract_sha256=document.sha256,
        version=model.version or "",
        owners=owners,
        time_zone=time_zone,
        simulated=bool(custom.get("simulated", False)),
        servers=servers,
        entities=entities,
        **department,
    )


_REQUIRED_OF_FEED: Mapping[str, tuple[str, str]] = {
    "label_zh": (" name（中文名）", "name (Chinese)"),
    "label_en": ("自定义属性 name_en", "custom property name_en"),
    "domain": (" domain（领域）", "domain"),
    "department_code": (" team.id（部门代码）", "team.id (department code)"),
    "department_zh": (" team.name（部门名）", "team.name (department, Chinese)"),
    "department_en": ("自定义属性 department_en", "custom property department_en"),
}


def _team(document: ContractDocument, team: Any) -> Team | None:
    if isinstance(team, list):
        document.problem(
            ("team",),
            "team 请写成 {id, name, members}（ODCS v3.1），不是成员列表",
            "write team as {id, name, members} (ODCS v3.1), not as a list of members",
        )
        return None
    return team if isinstance(team, Team) else None


def _owners(document: ContractDocument, team: Team | None) -> tuple[Owner, ...]:
    owners = []
    for index, member in enumerate(team.members or () if team else ()):
        if member.role != "owner":
            continue
        place: Place = ("team", "members", index)
        if not member.name:
            document.problem(
                place, "负责人缺少 name；请写姓名或科室", "the owner has no name; give the person or section"
            )
        term = [
            _day(document, value, (*place, key))
            for key, value in (("dateIn", member.dateIn), ("dateOut", member.dateOut))
        ]
        owners.append(Owner(member.name or "", member.username or "", term[0], term[1]))
    return tuple(owners)


def _day(document: ContractDocument, value: str | None, place: Place) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        document.problem(place, f'{value} 不是日期；请写成 "2021-01-01"', f'{value} is not a date; write "2021-01-01"')
        return None


def _time_zone(document: ContractDocument, custom: Mapping[str, Any]) -> str:
    name = constant_text(custom.get("time_zone")) or ""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        document.problem(
            ("customProperties",),
            f"time_zone {name!r} 不是时区名；请写如 Asia/Shanghai",
            f"time_zone {name!r} is no zone name; write one such as Asia/Shanghai",
        )
        return "UTC"
    return name


def _entities(
    document: ContractDocument, schema: list[SchemaObject], feed: str, base: Feed | None
) -> Mapping[str, Entity]:
    if not schema:
        document.problem(("schema",), "schema 为空；请至少声明一个实体", "schema is empty; declare at least one entity")
    entities: dict[str, Entity] = {}
    for index, item in enumerate(schema):
        place: Place = ("schema", index)
        if not item.name or not NAME.match(item.name):
            document.problem(
                place,
                f"实体名 {item.name!r} 须以小写字母开头，只含小写字母、数字、下划线",
                f"entity name {item.name!r} must be lower case letters, digits, underscores",
            )
        elif item.name in entities:
            document.problem(place, f"实体 {item.name} 重复；请只保留一个", f"entity {item.name} twice; keep one")
        else:
            canonical = base.entities.get(item.name) if base else None
            entities[item.name] = _entity(document, item, place, feed, canonical)
    return entities


def _entity(
    document: ContractDocument, item: SchemaObject, place: Place, feed: str, canonical: Entity | None
) -> Entity:
    custom = document.custom(item.customProperties, properties.ENTITY_PROPERTIES, place)

    def setting(name: str, shape: TypeAdapter[Any]) -> Any:
        if name not in custom:
            return None
        return document.settings(shape, custom[name], document.custom_place(item.customProperties, name, place))

    assert item.name is not None  # looked at by the caller
    label_zh = item.businessName or (canonical.label_zh if canonical else "")
    label_en = constant_text(custom.get("label_en")) or (canonical.label_en if canonical else "")
    if not label_zh or not label_en:
        document.problem(
            place,
            "缺少 businessName（中文名）或自定义属性 label_en；请补上",
            "businessName (Chinese label) or custom property label_en is missing; add it",
        )
    history = setting("history", _HISTORY) or (canonical.history if canonical else None)
    if history is None:
        document.problem(
            place,
            "缺少自定义属性 history；请写 register（登记）或 event（事件）",
            "custom property history is missing; write register or event",
        )
    elif canonical and history != canonical.history:
        document.problem(
            place,
            f"内置合同里 {item.name} 是 {canonical.history}，覆盖合同不能更改",
            f"{item.name} is {canonical.history} in the built-in contract; an overlay cannot change it",
        )
    fields, key = build_fields(document, item, place, canonical)
    period: settings.Period | None = setting("period", _PERIOD)
    period_field = period.field if period else (canonical.period_field if canonical else None)
    if period_field is not None and (
        period_field not in fields or fields[period_field].type not in ("date", "timestamp")
    ):
        document.problem(
            place,
            f"period.field {period_field} 须是本实体的 date 或 timestamp 字段",
            f"period.field {period_field} must be a date or timestamp field of this entity",
        )
    elif period_field is not None and fields[period_field].max_future_days is None:
        limited = replace(fields[period_field], max_future_days=settings.DEFAULT_MAX_FUTURE_DAYS)
        fields = {**fields, period_field: limited}
    rules: tuple[settings.RowRule, ...] = setting("row_rules", _ROW_RULES) or ()
    for index, rule in enumerate(rules):
        here = (*document.custom_place(item.customProperties, "row_rules", place), index, "expression")
        check_expression(document, rule.expression, here, known=frozenset(fields))
    exclusions: tuple[settings.Exclusion, ...] = setting("exclusions", _EXCLUSIONS) or ()
    for index, exclusion in enumerate(exclusions):
        here = (*document.custom_place(item.customProperties, "exclusions", place), index, "expression")
        check_expression(document, exclusion.expression, here, known=frozenset(fields))
    percent = setting("max_rejected_percent", _PERCENT)
    broken = setting("max_broken_percent", _PERCENT)
    deliveries = build_deliveries(document, item, custom.get("deliveries"), place, fields)
    checks = build_checks(document, item, place)
    by_default = default_checks(
        item.name, history or "event", fields, deliveries, {check.key: check for check in checks}
    )
    return Entity(
        feed=feed,
        name=item.name,
        label_zh=label_zh,
        label_en=label_en,
        description=item.description or (canonical.description if canonical else ""),
        history=history or "event",
        period_field=period_field,
        calendar=setting("calendar", _CALENDAR),
        deliveries=deliveries,
        fields=fields,
        key=key,
        row_rules=rules,
        checks=(*checks, *by_default),
        max_rejected_percent=settings.DEFAULT_MAX_REJECTED_PERCENT if percent is None else percent,
        delivered=bool(deliveries),
        exclusions=exclusions,
        max_broken_percent=settings.DEFAULT_MAX_BROKEN_PERCENT if broken is None else broken,
    )
