"""The reference page of our custom properties: `python -m sources.contract.reference [--check]`.

Belongs here: rendering `docs/contract-reference.md` from the models of settings. Does not belong here: other prose.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from sources.contract import connections, formats, properties, settings
from sources.contract.generated_file import write_or_check
from sources.contract.strict import Settings
from warehouse.home import REPOSITORY

TARGET = REPOSITORY / "docs" / "contract-reference.md"

_PLACES: Mapping[str, Mapping[str, str]] = {
    "the contract (`customProperties`)": properties.FEED_PROPERTIES,
    "a server (`servers[].customProperties`)": properties.SERVER_PROPERTIES,
    "an entity (`schema[].customProperties`)": properties.ENTITY_PROPERTIES,
    "a field (`schema[].properties[].customProperties`)": properties.FIELD_PROPERTIES,
    "a code (`...properties[].enum[].customProperties`)": properties.ENUM_PROPERTIES,
    "a check (`...quality[].customProperties`)": properties.CHECK_PROPERTIES,
}
_YAML_TYPES: Mapping[type, str] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    NoneType: "nothing",
}
_INTRODUCTION = """\
<!-- Written by `python -m sources.contract.reference` from its settings; a test compares. Do not edit. -->
# Custom properties of a feed contract

A contract is an ODCS v3.1 document; unknown keys are refused at every level, and so is every custom property that is
not listed here. `district feeds check PATH` names each mistake with its line. `docs/add-a-feed.md` walks through one.

"""


def render_reference() -> str:
    """The page as Markdown: where each property stands, then every setting with type, default and guideline."""
    lines = [_INTRODUCTION + "## Properties\n"]
    for place, names in _PLACES.items():
        lines += [f"### On {place}\n", "| property | |", "|---|---|"]
        lines += [f"| `{name}` | {guideline.replace('|', chr(92) + '|')} |" for name, guideline in names.items()]
        lines.append("")
    lines.append("## Settings\n")
    for model in _models():
        lines += [
            f"### {model.__name__}\n",
            f"{inspect.cleandoc(model.__doc__ or '')}\n",
            "| key | type | default | |",
            "|---|---|---|---|",
        ]
        lines += [_row(name, info) for name, info in model.model_fields.items()]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _models() -> Iterator[type[BaseModel]]:
    for module in (connections, formats, settings):
        for value in vars(module).values():
            if inspect.isclass(value) and issubclass(value, Settings) and value.__module__ == module.__name__:
                yield value


def _row(name: str, info: Any) -> str:
    if info.default is PydanticUndefined:
        default = "required"
    else:
        default = f"`{json.dumps(info.default, ensure_ascii=False, default=str)}`"
    return f"| `{name}` | {_spoken(info.annotation)} | {default} | {info.description or ''} |"


def _spoken(annotation: Any) -> str:
    """A type in the words of YAML."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _spoken(parts[0])
    if origin in (Union, UnionType):
        return " or ".join(_spoken(part) for part in parts)
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin is tuple:
        return f"list of {_spoken(parts[0])}"
    if origin is dict:
        return "mapping"
    return _YAML_TYPES.get(annotation, annotation.__name__)


def main(arguments: Sequence[str] | None = None, *, target: Path = TARGET) -> int:
    """Write the page, or with --check say (exit code 1) that it does not match the settings."""
    return write_or_check(arguments, module="sources.contract.reference", target=target, render=render_reference)


if __name__ == "__main__":
    sys.exit(main())
