"""Fields of an entity as a contract writes them: type, key, spellings, codes, limits, protection.

Belongs here: ODCS properties to `Field`, alone or laid over the canonical field of a built-in feed.
Does not belong here: turning values into types (`sources/admission/`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, get_args

from open_data_contract_standard.model import EnumValue, SchemaObject, SchemaProperty
from pydantic import Field as AtLeast
from pydantic import TypeAdapter

from sources.contract import properties, settings
from sources.contract.document import ContractDocument, Place
from sources.contract.expressions import ExpressionRefused, expression_columns, is_time_pattern
from sources.contract.feed import DECIMAL_TYPE, Entity, Field, FieldType

NAME = re.compile(r"^[a-z][a-z0-9_]*$")
# Hive partition columns of the raw layer, and the life of a version, which staging adds to registers.
_RESERVED = ("batch", "dt", "valid_from", "valid_to")
_OPTIONS = frozenset({"minimum", "maximum", "pattern", "format", "minLength", "maxLength"})
_WORDS = TypeAdapter(tuple[str, ...])
_NUMBER = TypeAdapter(float)
_SWITCH = TypeAdapter(bool)
_DAYS = TypeAdapter(tuple[date, ...])
_COUNT = TypeAdapter(Annotated[int, AtLeast(ge=0)])
_PROTECTION = TypeAdapter(settings.Protection)


def build_fields(
    document: ContractDocument, item: SchemaObject, place: Place, canonical: Entity | None
) -> tuple[Mapping[str, Field], tuple[str, ...]]:
    """Fields by name in the contract's order, and the key. Fields of `canonical` come first, those not named empty."""
    fields: dict[str, Field] = {}
    if canonical:
        fields = {name: _not_delivered(known) for name, known in canonical.fields.items()}
    seen: set[str] = set()
    for index, declared in enumerate(item.properties or ()):
        here: Place = (*place, "properties", index)
        name = declared.name or ""
        if not NAME.match(name) or name in _RESERVED:
            document.problem(
                here,
                f"字段名 {name!r} 须以小写字母开头，只含小写字母、数字、下划线，且不是平台自用的 "
                f"{'、'.join(_RESERVED)}",
                f"field name {name!r} must be lower case letters, digits, underscores, and none of the platform's own "
                f"{', '.join(_RESERVED)}",
            )
        elif name in seen:
            document.problem(here, f"字段 {name} 重复；请只保留一个", f"field {name} twice; keep one")
        else:
            seen.add(name)
            fields[name] = _field(document, declared, here, canonical.fields.get(name) if canonical else None)
    positioned = sorted((known.key_position, name) for name, known in fields.items() if known.key_position is not None)
    key = canonical.key if canonical else tuple(name for _, name in positioned)
    if not key:
        document.problem(
            place, "没有主键；请给业务主键的字段写 primaryKey: true", "no key; mark its fields with primaryKey: true"
        )
    if not canonical and len({position for position, _ in positioned}) != len(positioned):
        document.problem(
            place, "primaryKeyPosition 重复；请从 1 起依次编号", "primaryKeyPosition twice; number them from 1"
        )
    return fields, key


def _not_delivered(known: Field) -> Field:
    """The canonical field when an overlay does not name it: same column, always NULL."""
    return replace(
        known,
        required=False,
        source_names=(),
        constant=None,
        expression=None,
        factor=None,
        minimum=None,
        maximum=None,
        pattern=None,
        formats=(),
        null_words=(),
        true_words=(),
        false_words=(),
        normalise=None,
        strict_formats=False,
        sentinels=settings.DEFAULT_SENTINELS,
        max_future_days=None,
        zero_pad=None,
        crosswalk=False,
    )


def _field(document: ContractDocument, declared: SchemaProperty, place: Place, known: Field | None) -> Field:
    name = str(declared.name)
    custom = document.custom(declared.customProperties, properties.FIELD_PROPERTIES, place)

    def setting(key: str, shape: TypeAdapter[Any]) -> Any:
        if key not in custom:
            return None
        return document.settings(shape, custom[key], document.custom_place(declared.customProperties, key, place))

    kind = declared.logicalType or (known.type if known else "")
    if kind not in get_args(FieldType):
        document.problem(
            (*place, "logicalType"),
            f"logicalType 须是 {'、'.join(get_args(FieldType))} 之一",
            f"logicalType must be one of {', '.join(get_args(FieldType))}",
        )
        kind = "string"
    if known and kind != known.type:
        document.problem(
            (*place, "logicalType"),
            f"内置合同里 {name} 是 {known.type}，覆盖合同不能更改类型",
            f"{name} is {known.type} in the built-in contract; an overlay cannot change the type",
        )
    if declared.unique:
        document.problem(
            (*place, "unique"),
            "unique 不在此执行；请用 primaryKey 或 Soda duplicate 检查",
            "unique is not enforced here; use primaryKey or a Soda duplicate check",
        )
    physical = known.physical_type if known else declared.physicalType
    if physical and re.match(r"\s*(decimal|numeric)", physical, re.IGNORECASE):
        decimal = DECIMAL_TYPE.fullmatch(physical.strip())
        if decimal is None or kind != "number" or not 0 <= int(decimal[2]) <= int(decimal[1]) <= 38:
            document.problem(
                (*place, "physicalType"),
                f"{physical} 须配 logicalType: number，写如 decimal(18,2)，最多 38 位",
                f"{physical} needs logicalType: number, as decimal(18,2), up to 38 digits",
            )
    options = _options(document, declared, place)
    codes, labels = _codes(document, declared.enum or [], place)
    expression = declared.transformLogic
    if expression is not None:
        check_expression(document, expression, (*place, "transformLogic"))
    constant = custom.get("constant")
    if constant is not None and (expression is not None or declared.physicalName):
        document.problem(
            place,
            "constant 不能与 physicalName 或 transformLogic 并用；请只保留一个",
            "constant cannot stand beside physicalName or transformLogic; keep one",
        )
    protection: settings.Protection | None = setting("protection", _PROTECTION)
    formats = (*((str(options["format"]),) if "format" in options else ()), *(setting("formats", _WORDS) or ()))
    for form in formats:
        if form not in properties.FORMAT_WORDS and not is_time_pattern(form):
            document.problem(
                place,
                f"formats 中的 {form!r} 既不是 {'、'.join(properties.FORMAT_WORDS)} 之一，也不是 strptime 格式；"
                "请写如 %d/%m/%Y",
                f"{form!r} in formats is none of {', '.join(properties.FORMAT_WORDS)} and no strptime pattern; "
                "write one such as %d/%m/%Y",
            )
    days: tuple[date, ...] | None = setting("sentinels", _DAYS)
    # The code list is the built-in's, and so is what holds of values beyond it.
    crosswalk = setting("crosswalk", _SWITCH)
    crosswalk = bool(known and known.crosswalk) if crosswalk is None else crosswalk
    label_zh = declared.businessName or (known.label_zh if known else "")
    if not label_zh:
        document.problem(place, "缺少 businessName（中文名）", "businessName (Chinese label) is missing; add it")
    key_position = (declared.primaryKeyPosition or 1) if declared.primaryKey else None
    return Field(
        name=name,
        label_zh=label_zh,
        label_en=constant_text(custom.get("label_en")) or (known.label_en if known else name.replace("_", " ")),
        type=kind,  # type: ignore[arg-type]  # one of FieldType, looked at above
        physical_type=physical,
        required=bool(declared.required) or (known.key_position if known else key_position) is not None,
        key_position=known.key_position if known else key_position,
        source_names=() if constant is not None or expression is not None else _source_names(declared),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        pattern=_pattern(document, options, (*place, "logicalTypeOptions")),
        codes={**(known.codes if known else {}), **codes},
        code_labels={**(known.code_labels if known else {}), **labels},
        formats=formats,
        null_words=setting("null_words", _WORDS) or (),
        true_words=setting("true_words", _WORDS) or (),
        false_words=setting("false_words", _WORDS) or (),
        unit=known.unit if known else constant_text(custom.get("unit")),
        factor=setting("factor", _NUMBER),
        # An overlay may tighten or change the protection of a personal value, never lift it.
        protection=protection.method if protection else (known.protection if known else None),
        normalise=setting("normalise", _SWITCH),
        strict_formats=setting("strict_formats", _SWITCH) or False,
        sentinels=_default_sentinels(formats) if days is None else tuple(day.isoformat() for day in days),
        max_future_days=setting("max_future_days", _COUNT),
        zero_pad=setting("zero_pad", _COUNT),
        # The code list is the built-in's, and so is what holds of values beyond it.
        crosswalk=(known.crosswalk if known else False)
        if (switch := setting("crosswalk", _SWITCH)) is None
        else switch,
        constant=constant_text(constant),
        expression=expression,
        classification=declared.classification or (known.classification if known else None),
    )


def _default_sentinels(formats: tuple[str, ...]) -> tuple[str, ...]:
    """Of a field of years, quarters, months or weeks 1970 is a period like any other."""
    return () if set(formats) & set(properties.PERIOD_WORDS) else settings.DEFAULT_SENTINELS


def _source_names(declared: SchemaProperty) -> tuple[str, ...]:
    """Spellings of the column, first match wins; without a physical name the field's own name stands for it."""
    synonyms = [known.synonym for known in declared.synonyms or () if known.synonym]
    return tuple(dict.fromkeys([declared.physicalName or str(declared.name), *synonyms]))


def _options(document: ContractDocument, declared: SchemaProperty, place: Place) -> Mapping[str, Any]:
    options = declared.logicalTypeOptions or {}
    here: Place = (*place, "logicalTypeOptions")
    for key in options.keys() - _OPTIONS:
        document.problem(
            (*here, key),
            f"logicalTypeOptions.{key} 不在此执行；可用：{'、'.join(sorted(_OPTIONS))}，其余写成 row_rules",
            f"logicalTypeOptions.{key} is not enforced here; use {', '.join(sorted(_OPTIONS))} or row_rules",
        )
    for key in ("minimum", "maximum"):
        if isinstance(options.get(key, 0), bool) or not isinstance(options.get(key, 0), int | float | str):
            document.problem((*here, key), "须是数值，或加引号的日期", "must be a number or a quoted date")
    if "pattern" in options:
        try:
            re.compile(str(options["pattern"]))
        except re.error as error:
            document.problem(
                (*here, "pattern"), f"不是合法的正则表达式：{error}", f"not a valid regular expression: {error}"
            )
    return options


def _pattern(document: ContractDocument, options: Mapping[str, Any], place: Place) -> str | None:
    """The regular expression that a value must match in full; limits of length are one too."""
    lengths = [options.get("minLength", 0), options.get("maxLength", "")]
    if lengths == [0, ""]:
        return str(options["pattern"]) if "pattern" in options else None
    if "pattern" in options or not all(isinstance(length, int) or length == "" for length in lengths):
        document.problem(
            place,
            "minLength、maxLength 须是整数，且不与 pattern 并用（可在 pattern 里写 {m,n}）",
            "minLength and maxLength must be integers and stand without pattern (which can say {m,n})",
        )
        return None
    return f"(?s).{{{lengths[0]},{lengths[1]}}}"


def _codes(
    document: ContractDocument, enum: list[EnumValue], place: Place
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Accepted spelling -> code (the code, its label and its spellings), and code -> label."""
    codes: dict[str, str] = {}
    labels: dict[str, str] = {}
    for index, item in enumerate(enum):
        here: Place = (*place, "enum", index)
        code = constant_text(item.value)
        if code is None:
            document.problem(
                here, "枚举值须是文本或整数；true/false 等请加引号", "an enum value must be text or integer; quote it"
            )
            continue
        custom = document.custom(item.customProperties, properties.ENUM_PROPERTIES, here)
        words = document.settings(_WORDS, custom.get("spellings", ()), here) or ()
        for spelling in dict.fromkeys([code, *([item.label] if item.label else []), *words]):
            if codes.get(spelling, code) != code:
                document.problem(
                    here,
                    f"写法 {spelling!r} 同时指向 {codes[spelling]} 与 {code}；请只留一个",
                    f"spelling {spelling!r} stands for {codes[spelling]} and {code}; keep one",
                )
            codes[spelling] = code
        labels[code] = item.label or code
    return codes, labels


def constant_text(value: Any) -> str | None:
    """A YAML scalar as the text that a delivery would have carried; None for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def check_expression(
    document: ContractDocument, sql: str, place: Place, *, known: frozenset[str] | None = None
) -> None:
    """Note what the expression gate refuses; with `known`, also columns that do not exist."""
    try:
        columns = expression_columns(sql)
    except ExpressionRefused as refused:
        document.problem(place, refused.zh, refused.en)
        return
    unknown = sorted(columns - known) if known is not None else []
    if unknown:
        document.problem(
            place, f"没有字段 {'、'.join(unknown)}；请核对拼写", f"no field {', '.join(unknown)}; check the spelling"
        )
