"""Where a server really is: `${NAME}` and `${NAME:-default}` expanded at connect time.

Belongs here: expansion of the settings of a server, and the answer when a variable is missing.
Does not belong here: opening a connection (`sources/connectors/`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel

from sources.contract.feed import Server

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:")
_Model = TypeVar("_Model", bound=BaseModel)


class NotConfigured(Exception):
    """A variable that a server needs is not set: this source is skipped and reported, the others go on."""

    def __init__(self, server: str, variable: str) -> None:
        self.zh = f"数据来源 {server} 未配置：环境变量 {variable} 未设置；请设置后重新运行"
        self.en = f"source {server} is not configured: environment variable {variable} is not set; set it and run again"
        super().__init__(f"{self.zh} / {self.en}")


def variables(text: str) -> frozenset[str]:
    """Names of the variables without default that `text` needs."""
    return frozenset(match[1] for match in _VARIABLE.finditer(text) if match[2] is None)


def resolve(server: Server, environment: Mapping[str, str] | None = None) -> Server:
    """The server with every variable replaced and a relative path made absolute; raises `NotConfigured`.

    Relative locations of folders and SQLite files start at the contract's folder, wherever the command runs.
    """

    def expand(text: str) -> str:
        return expanded(text, server.name, environment)

    location = expand(server.location)
    if server.connection.connector == "files" and not _URL.match(location):
        location = os.path.abspath(server.folder / os.path.expanduser(location))
    elif location.startswith("sqlite:///") and not location.startswith("sqlite:////"):
        database = location.removeprefix("sqlite:///")
        if database and not database.startswith((":memory:", "file:")):
            location = f"sqlite:///{os.path.abspath(server.folder / database)}"
    return replace(server, location=location, connection=_expand_model(server.connection, expand))


def expanded(text: str, server: str, environment: Mapping[str, str] | None = None) -> str:
    """`text` of the server called `server` with every variable replaced; raises `NotConfigured`."""
    names = os.environ if environment is None else environment

    def value(match: re.Match[str]) -> str:
        found = names.get(match[1]) or match[2]
        if found is None:
            raise NotConfigured(server, match[1])
        return found

    return _VARIABLE.sub(value, text)


def _expand_model(model: _Model, expand: Callable[[str], str]) -> _Model:
    """The settings with `expand` applied to every text inside them."""
    return type(model).model_validate(_expand_value(model.model_dump(), expand))


def _expand_value(value: object, expand: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return expand(value)
    if isinstance(value, dict):
        return {key: _expand_value(item, expand) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_expand_value(item, expand) for item in value]
    return value
