"""The checks of marts before publishing: one YAML file a table in `published/`, discovered.

Belongs here: reading the files strictly. Does not belong here: running them (`soda.py`), what follows from an outcome
(`warehouse.publish.gate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from warehouse.checks.outcome import CheckSpec

FOLDER = Path(__file__).with_name("published")

# Who answers for checks of published tables; feeds name their own owners.
_OWNER = "指标发布"
_DIMENSIONS = ("规范性", "完整性", "准确性", "一致性", "时效性", "可访问性")
_OPTIONAL = {"column", "owner"}


@dataclass(frozen=True, slots=True)
class TableChecks:
    """The checks of one mart (`schema.table`)."""

    table: str
    checks: tuple[CheckSpec, ...]


class PublishedChecksError(ValueError):
    """A file of checks is not as it should be; the text names file, place and remedy."""


def published_checks(folder: Path = FOLDER) -> list[TableChecks]:
    """All checks, by table; raises PublishedChecksError for unknown or missing keys."""
    return [_table(path) for path in sorted(folder.glob("*.yaml"))]


def _table(path: Path) -> TableChecks:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise _error(path, "", f"不是有效的 YAML（{error}）", f"is no valid YAML ({error})") from error
    if not isinstance(document, dict) or set(document) != {"table", "checks"}:
        raise _error(path, "", "应只有 table 和 checks 两个键", "has to have exactly the keys table and checks")
    return TableChecks(
        str(document["table"]), tuple(check_of(path, place, entry) for place, entry in enumerate(document["checks"]))
    )


def check_of(path: Path, place: int, entry: Mapping[str, Any], required: Mapping[str, Any] | None = None) -> CheckSpec:
    """One check of a file; raises PublishedChecksError. `required` are keys beside it that may not be empty."""
    where = f"checks[{place}]"
    empty = [name for name, value in (required or {}).items() if not value]
    if empty:
        names = ", ".join(empty)
        raise _error(path, where, f"缺少的键：{names}", f"lacks: {names}")
    known = {field.name for field in fields(CheckSpec)}
    unknown, missing = set(entry) - known, known - _OPTIONAL - set(entry)
    if unknown or missing:
        names = ", ".join(sorted(unknown | missing))
        raise _error(path, where, f"多余或缺少的键：{names}", f"has unknown or missing keys: {names}")
    if entry["dimension"] not in _DIMENSIONS:
        raise _error(
            path,
            where,
            f"dimension 应为 {'、'.join(_DIMENSIONS)} 之一",
            f"dimension has to be one of {', '.join(_DIMENSIONS)}",
        )
    if entry["severity"] not in ("error", "warning"):
        raise _error(path, where, "severity 应为 error 或 warning", "severity has to be error or warning")
    return CheckSpec(**{"column": None, "owner": _OWNER, **entry})


def _error(path: Path, place: str, zh: str, en: str) -> PublishedChecksError:
    return PublishedChecksError(f"{path} {place}：{zh}。 / {path} {place}: {en}.")
