"""Checks of a delivery against the feed's own history: ODCS quality with `engine: history`, and the ones by default.

Belongs here: their settings, and which checks an entity has when its contract names none. Does not belong here: the
arithmetic (`sources/admission/history.py`), Soda checks.

    quality:
      - id: usual_volume                 # replaces the default of that kind; `enabled: false` switches it off
        engine: history
        implementation: {volume: {low: 0.3, high: 3}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field as Setting
from pydantic import TypeAdapter

from sources.contract.feed import Check, Field
from sources.contract.settings import Delivery
from sources.contract.strict import Settings

Kind = Literal["volume", "magnitude", "cumulative", "unchanged"]


class Volume(Settings):
    """Rows of the delivery against earlier ones of the same kind of day (weekday, worked or not) or earlier periods."""

    enabled: bool = True
    # Half and double: fault catalogue of the domain (F29).
    low: float = Setting(default=0.5, description="below this share of the usual rows: alarm")
    high: float = Setting(default=2.0, description="above this multiple of the usual rows: alarm")


class Magnitude(Settings):
    """Mean of the field's values against the means of earlier deliveries; catches a changed unit."""

    enabled: bool = True
    # A slip between 分, 元, 千元, 万元 is at least a hundredfold; no honest mean moves fiftyfold (F10).
    factor: float = Setting(default=50.0, description="the batch is held beyond this factor, up or down")


class Cumulative(Settings):
    """The field counts from January on: its total never falls within the year and grows by the field `month`."""

    enabled: bool = True
    month: str = Setting(description="field with the amount of the period alone")
    # Reporting units enter and leave the list within a year; together they move the total by a few per cent.
    tolerance: float = Setting(default=0.05, description="accepted share of difference")


class Unchanged(Settings):
    """Every measured field has exactly the total of the period before: a stuck or copied delivery."""

    enabled: bool = True


SHAPES: Mapping[str, TypeAdapter[Any]] = {
    "volume": TypeAdapter(Volume),
    "magnitude": TypeAdapter(Magnitude),
    "cumulative": TypeAdapter(Cumulative),
    "unchanged": TypeAdapter(Unchanged),
}


def measured_fields(fields: Mapping[str, Field]) -> list[Field]:
    """Fields with a quantity: a number in a unit, delivered as such."""
    return [
        field
        for field in fields.values()
        if field.type in ("integer", "number") and field.unit and field.protection is None and field.constant is None
    ]


def default_checks(
    entity: str,
    history: str,
    fields: Mapping[str, Field],
    deliveries: tuple[Delivery, ...],
    declared: Mapping[str, Check],
) -> Iterator[Check]:
    """The checks against history that hold for every delivered entity, unless its contract has its own of the kind."""
    if not deliveries:
        return
    own = {(check.column, kind) for check in declared.values() if check.engine == "history" for kind in check.soda}
    kinds = {kind for _, kind in own}
    measured = measured_fields(fields)
    if "volume" not in kinds:
        yield Check(
            "usual_volume", entity, None, "行数接近往常", "Rows as usual", "完整性", "warning", False,
            "少于同类日期常量的一半或多于两倍，多为漏传、重传；照常计算，提示核实",
            {"volume": {}}, "history",
        )  # fmt: skip
    for field in measured:
        if (field.name, "magnitude") not in own:
            yield Check(
                f"usual_magnitude_{field.name}", entity, field.name,
                f"{field.label_zh}的量级接近往常", f"{field.label_en}: magnitude as usual", "准确性", "error", True,
                "均值与自身历史相差五十倍以上，多为元、万元等单位报错；扣留待核实",
                {"magnitude": {}}, "history",
            )  # fmt: skip
    if history == "event" and measured and "unchanged" not in kinds:
        yield Check(
            "values_move", entity, None, "数值与上期不完全相同", "Values differ from the period before", "准确性",
            "warning", False, "各项合计与上期分毫不差，多为沿用旧文件或设备停更；照常计算，提示核实",
            {"unchanged": {}}, "history",
        )  # fmt: skip
