"""Which district this installation serves, and its plan period.

Belongs here: reading `vars: district:` of `dbt_project/dbt_project.yml`, the single home of these facts (dbt needs
them in SQL, everyone else asks here). Does not belong here: any other dbt variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from warehouse.home import REPOSITORY

PROJECT_FILE = REPOSITORY / "dbt_project" / "dbt_project.yml"
_TEXTS = ("code", "name_zh", "name_en", "zone")
_DATES = ("plan_start", "plan_end")


class DistrictError(ValueError):
    """`vars: district:` is missing or wrong."""


@dataclass(frozen=True, slots=True)
class District:
    """The district: GB/T 2260 code, names, IANA time zone, first and last day of the plan (district-local)."""

    code: str
    name_zh: str
    name_en: str
    zone: str
    plan_start: date
    plan_end: date

    @property
    def time_zone(self) -> ZoneInfo:
        """`zone` as a zoneinfo object."""
        return ZoneInfo(self.zone)


@lru_cache(maxsize=8)
def district(project_file: Path = PROJECT_FILE) -> District:
    """The district of this installation; raises DistrictError naming file, place and remedy."""
    try:
        document = yaml.safe_load(project_file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise _error(project_file, f"文件无法读取（{error}）", f"the file cannot be read ({error})") from error
    values = ((document or {}).get("vars") or {}).get("district")
    if not isinstance(values, dict):
        raise _error(project_file, "缺少 vars.district 一节", "the section vars.district is missing")
    parsed: dict[str, Any] = {}
    for key in _TEXTS:
        if not isinstance(values.get(key), str | int) or not str(values[key]).strip():
            raise _error(project_file, f"vars.district.{key} 缺失或为空", f"vars.district.{key} is missing or empty")
        parsed[key] = str(values[key])
    for key in _DATES:
        try:
            parsed[key] = date.fromisoformat(str(values.get(key)))
        except ValueError as error:
            raise _error(
                project_file,
                f"vars.district.{key} 不是 YYYY-MM-DD 日期",
                f"vars.district.{key} is not a YYYY-MM-DD date",
            ) from error
    if parsed["plan_end"] <= parsed["plan_start"]:
        raise _error(project_file, "plan_end 不晚于 plan_start", "plan_end is not after plan_start")
    try:
        ZoneInfo(parsed["zone"])
    except (KeyError, ValueError) as error:
        raise _error(
            project_file,
            f"vars.district.zone 不是时区名：{parsed['zone']}",
            f"vars.district.zone is no time zone: {parsed['zone']}",
        ) from error
    return District(**parsed)


def _error(path: Path, zh: str, en: str) -> DistrictError:
    keys = ", ".join((*_TEXTS, *_DATES))
    return DistrictError(
        f"{path}：{zh}。请在 vars.district 下写明 {keys}。 / {path}: {en}. Give {keys} under vars.district."
    )
