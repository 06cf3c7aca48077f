"""Checks as a contract writes them: ODCS quality, engine soda or history, with dimension, severity and reason.

Belongs here: ODCS quality to `Check`. Does not belong here: running checks (`warehouse/checks/`), Soda's own syntax.
"""

from __future__ import annotations

import re
from typing import get_args

from open_data_contract_standard.model import DataQuality, SchemaObject

from sources.contract import properties, settings
from sources.contract.document import ContractDocument, Place
from sources.contract.feed import Check, Severity
from sources.contract.fields import constant_text
from sources.contract.history_checks import SHAPES

_CHECK_KEY = re.compile(r"^[a-z][a-z0-9_]*$")


def build_checks(document: ContractDocument, item: SchemaObject, place: Place) -> tuple[Check, ...]:
    """The checks of an entity and of its fields, in the contract's order."""
    found: dict[str, Check] = {}
    declared: list[tuple[DataQuality, Place, str | None]] = [
        (quality, (*place, "quality", index), None) for index, quality in enumerate(item.quality or ())
    ]
    for number, column in enumerate(item.properties or ()):
        declared += [
            (quality, (*place, "properties", number, "quality", index), column.name)
            for index, quality in enumerate(column.quality or ())
        ]
    for quality, here, name in declared:
        check = _check(document, quality, here, str(item.name), name)
        if check.key in found:
            document.problem(here, f"检查编号 {check.key} 重复；请改名", f"check id {check.key} twice; rename one")
        found[check.key] = check
    return tuple(found.values())


def _check(document: ContractDocument, quality: DataQuality, place: Place, entity: str, column: str | None) -> Check:
    custom = document.custom(quality.customProperties, properties.CHECK_PROPERTIES, place)
    key = quality.id or ""
    required = (
        (
            bool(_CHECK_KEY.match(key)),
            "id 须由小写字母、数字、下划线组成",
            "id must be lower case letters, digits, underscores",
        ),
        (bool(quality.name), "缺少 name（检查的中文名）", "name (Chinese) is missing"),
        (bool(custom.get("name_en")), "缺少自定义属性 name_en", "custom property name_en is missing"),
        (
            bool(quality.description),
            "缺少 description（为何检查、阈值由来）",
            "description (reason and origin of the threshold) is missing",
        ),
        (
            quality.engine in ("soda", "history"),
            "engine 须为 soda，或 history（与自身历史比较）",
            "engine must be soda, or history (against the feed's own history)",
        ),
        (
            quality.severity in ("error", "warning"),
            "severity 须为 error 或 warning",
            "severity must be error or warning",
        ),
        (
            isinstance(quality.implementation, dict) and len(quality.implementation) == 1,
            "implementation 须是一个检查（一个键）",
            "implementation must be one check (one key)",
        ),
        (
            isinstance(custom.get("blocking", True), bool),
            "blocking 须为 true 或 false",
            "blocking must be true or false",
        ),
    )
    for holds, zh, en in required:
        if not holds:
            document.problem(
                place, f"检查 {key or '（无 id）'}：{zh}；请改正", f"check {key or '(no id)'}: {en}; mend it"
            )
    dimension = custom.get("gbt36344")
    if dimension not in get_args(settings.Dimension):
        document.problem(
            place,
            f"检查 {key}：自定义属性 gbt36344 须是六维之一：{'、'.join(get_args(settings.Dimension))}",
            f"check {key}: custom property gbt36344 must be one of {', '.join(get_args(settings.Dimension))}",
        )
    if quality.engine == "history":
        _check_history(document, quality.implementation, (*place, "implementation"), key)
    severity: Severity = "warning" if quality.severity == "warning" else "error"
    return Check(
        key=key,
        entity=entity,
        column=column,
        name_zh=quality.name or key,
        name_en=constant_text(custom.get("name_en")) or key,
        dimension=str(dimension),
        severity=severity,
        blocking=bool(custom.get("blocking", severity == "error")),
        reason=quality.description or "",
        soda=quality.implementation if isinstance(quality.implementation, dict) else {},
        engine="history" if quality.engine == "history" else "soda",
    )


def _check_history(document: ContractDocument, implementation: object, place: Place, key: str) -> None:
    if not isinstance(implementation, dict) or len(implementation) != 1:
        return  # told already
    ((kind, body),) = implementation.items()
    if kind not in SHAPES:
        known = "、".join(SHAPES)
        document.problem(place, f"检查 {key}：未知的类型 {kind}，可用：{known}", f"check {key}: unknown kind {kind}")
        return
    document.settings(SHAPES[kind], body or {}, (*place, kind))
