"""The variables that a build passes to dbt: the as-of day, and what this installation sets differently.

Belongs here: reading `DISTRICT_VARS`, a JSON object that overrides variables of `dbt_project/dbt_project.yml` (the home
of their meaning and defaults), e.g. `{"ecommerce_large_platform_yuan": 50000000}`. Does not belong here: their meaning.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import date
from typing import Any

SETTING = "DISTRICT_VARS"


class UnreadableVariables(ValueError):
    """`DISTRICT_VARS` is not a JSON object; `zh` and `en` say so and what to write."""

    def __init__(self, found: str) -> None:
        self.zh = f'{SETTING} 不是 JSON 对象（{found}）；请写成 {{"变量": 值}}'
        self.en = f'{SETTING} is not a JSON object ({found}); write {{"variable": value}}'
        super().__init__(f"{self.zh} / {self.en}")


def installation_variables() -> Mapping[str, Any]:
    """What `DISTRICT_VARS` sets; empty without it. Raises UnreadableVariables."""
    text = os.environ.get(SETTING, "").strip()
    if not text:
        return {}
    try:
        given = json.loads(text)
    except ValueError as error:
        raise UnreadableVariables(str(error)) from error
    if not isinstance(given, dict):
        raise UnreadableVariables(type(given).__name__)
    return given


def build_variables(as_of: date) -> Mapping[str, Any]:
    """Everything for `dbt --vars`."""
    return {**installation_variables(), "as_of": as_of.isoformat()}
