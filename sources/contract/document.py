"""A contract file as a strict ODCS v3.1 document that knows the line of each of its places.

Belongs here: YAML (duplicate keys refused), ODCS's own pydantic model made strict at every level, places and lines.
Does not belong here: what the document means for us (`building.py`).
"""

from __future__ import annotations

import difflib
import hashlib
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from open_data_contract_standard.model import CustomProperty, OpenDataContractStandard
from pydantic import BaseModel, TypeAdapter, ValidationError

from sources.contract.problem import ContractProblem

Place = tuple[str | int, ...]
Model = TypeVar("Model")
_NAMING_KEYS = ("name", "property", "server", "id", "username", "value", "synonym")
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster; wheels carry it


class YamlDocument:
    """One YAML file beside or of a contract: its bytes' hash, its lines, and the problems found so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[ContractProblem] = []
        self.sha256 = ""
        self._root: yaml.Node | None = None
        self._data: Any = None
        self._read()

    @property
    def data(self) -> Any:
        """The document as plain values; a mapping when there are no problems."""
        return self._data

    def problem(self, place: Place, zh: str, en: str) -> None:
        """Note a mistake at `place`; `zh` and `en` name the remedy."""
        self.problems.append(ContractProblem(self.path, self._spoken(place), self._line(place), zh, en))

    def settings(self, shape: TypeAdapter[Model], value: Any, place: Place) -> Model | None:
        """`value` in the shape of one of our settings; None (and problems noted) when it does not fit."""
        try:
            return shape.validate_python(value)
        except ValidationError as error:
            self._note_validation(error, place)
            return None

    def _read(self) -> None:
        try:
            content = self.path.read_bytes()
        except OSError as error:
            self.problem(
                (),
                f"文件读不到：{error.strerror}；请核对路径与权限",
                f"the file cannot be read: {error.strerror}; check path and permissions",
            )
            return
        self.sha256 = hashlib.sha256(content).hexdigest()
        try:
            loader = _Loader(content)
            try:
                self._root = loader.get_single_node()
                self._data = loader.construct_document(self._root) if self._root is not None else None
            finally:
                loader.dispose()
        except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
            text = " ".join(str(error).split())
            self.problem(
                (), f"不是合法的 UTF-8 YAML：{text}；请改正语法", f"not valid UTF-8 YAML: {text}; mend the syntax"
            )
            return
        if not isinstance(self._data, dict):
            self.problem((), "文件必须是一个键值结构", "the file must be a mapping")
            return
        if self._root is not None:
            self._refuse_duplicates(self._root, ())

    def _refuse_duplicates(self, node: yaml.Node, place: Place) -> None:
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                here = (*place, str(key.value))
                if key.value in seen:
                    self.problem(here, f"键 {key.value} 重复；请只保留一个", f"key {key.value} twice; keep one")
                seen.add(key.value)
                self._refuse_duplicates(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self._refuse_duplicates(item, (*place, index))

    def _note_validation(self, error: ValidationError, place: Place) -> None:
        for item in error.errors(include_url=False, include_input=False):
            here = place
            for part in item["loc"]:  # pydantic also names the branches of unions, which are no places
                here = (*here, part) if isinstance(part, int) or self._exists((*here, part)) else here
            inner = tuple(item["loc"])
            named = ".".join(str(part) for part in inner)
            zh = _VALIDATION_ZH.get(item["type"], "值不合要求")
            self.problem(here, f"{named}：{zh}（{item['msg']}）", f"{named}: {item['msg']}")

    def _exists(self, place: Place) -> bool:
        return self._node(place) is not None

    def _node(self, place: Place) -> yaml.Node | None:
        node = self._root
        for part in place:
            if isinstance(node, yaml.MappingNode):
                node = next((value for key, value in node.value if key.value == part), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
            else:
                return None
        return node

    def _line(self, place: Place) -> int | None:
        for length in range(len(place), -1, -1):
            node = self._node(place[:length])
            if node is not None:
                return int(node.start_mark.line) + 1
        return None

    def _spoken(self, place: Place) -> str:
        """`schema[prk_lot].properties[lot_code].enum[0]`: list items by their name where they have one."""
        text = ""
        value = self._data
        for part in place:
            if isinstance(part, int):
                value = value[part] if isinstance(value, list) and part < len(value) else None
                names = [value[key] for key in _NAMING_KEYS if value.get(key)] if isinstance(value, dict) else []
                text += f"[{names[0] if names and not isinstance(names[0], dict | list) else part}]"
            else:
                value = value.get(part) if isinstance(value, dict) else None
                text += f".{part}" if text else part
        return text


class ContractDocument(YamlDocument):
    """One contract file: a YAML document with its ODCS model."""

    def __init__(self, path: Path) -> None:
        self.model: OpenDataContractStandard | None = None
        super().__init__(path)

    def custom(self, items: Sequence[CustomProperty] | None, allowed: Collection[str], place: Place) -> dict[str, Any]:
        """Custom properties by name; every name must be one of `allowed`, once."""
        found: dict[str, Any] = {}
        for index, item in enumerate(items or ()):
            here = (*place, "customProperties", index)
            name = item.property or ""
            if name not in allowed:
                zh, en = _suggestion(name, allowed)
                self.problem(here, f"未知的自定义属性 {name!r}；{zh}", f"unknown custom property {name!r}; {en}")
            elif name in found:
                self.problem(here, f"自定义属性 {name} 重复；请只保留一个", f"custom property {name} twice; keep one")
            else:
                found[name] = item.value
        return found

    def custom_place(self, items: Sequence[CustomProperty] | None, name: str, place: Place) -> Place:
        """Place of the value of custom property `name`."""
        for index, item in enumerate(items or ()):
            if item.property == name:
                return (*place, "customProperties", index, "value")
        return place

    def _read(self) -> None:
        super()._read()
        if not isinstance(self._data, dict):
            return
        self._refuse_unknown(self._data, OpenDataContractStandard, ())
        known = {key: value for key, value in self._data.items() if key in _keys(OpenDataContractStandard)}
        try:
            self.model = OpenDataContractStandard.model_validate(known)
        except ValidationError as error:
            self._note_validation(error, ())

    def _refuse_unknown(self, value: Any, model: type[BaseModel], place: Place) -> None:
        """Walk the document beside the model: only ODCS's top level refuses unknown keys by itself."""
        if not isinstance(value, dict):
            return
        keys = _keys(model)
        for key, item in value.items():
            here = (*place, str(key))
            annotation = keys.get(str(key))
            if annotation is None:
                zh, en = _suggestion(str(key), keys)
                self.problem(here, f"ODCS v3.1 没有键 {key!r}；{zh}", f"ODCS v3.1 has no key {key!r}; {en}")
                continue
            for inner in _models(annotation):
                if isinstance(item, list):
                    for index, element in enumerate(item):
                        self._refuse_unknown(element, inner, (*here, index))
                elif isinstance(item, dict) and not _only_list(annotation, inner):
                    self._refuse_unknown(item, inner, here)


_VALIDATION_ZH: Mapping[str, str] = {
    "missing": "缺少必填项",
    "extra_forbidden": "未知的键，请删除或改正拼写",
    "literal_error": "不在允许的取值之内",
    "union_tag_invalid": "类型标记不在允许的取值之内",
    "union_tag_not_found": "缺少类型标记",
    "string_type": "必须是文本（请加引号）",
    "int_parsing": "必须是整数",
    "float_parsing": "必须是数值",
    "bool_parsing": "必须是 true 或 false",
    "list_type": "必须是列表",
    "dict_type": "必须是键值结构",
}


@cache
def _keys(model: type[BaseModel]) -> dict[str, Any]:
    """YAML key (alias first) -> annotation."""
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The pydantic models inside an annotation such as `list[Server] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (list, typing.Union, types.UnionType):
        return [model for part in typing.get_args(annotation) for model in _models(part)]
    return []


def _only_list(annotation: Any, model: type[BaseModel]) -> bool:
    """Whether `model` stands in the annotation only as a list's element."""
    if annotation is model:
        return False
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return all(_only_list(part, model) for part in typing.get_args(annotation))
    return True


def _suggestion(name: str, allowed: typing.Iterable[str]) -> tuple[str, str]:
    names = sorted(allowed)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"是否想写 {close[0]}？", f"did you mean {close[0]}?"
    return f"允许的有：{'、'.join(names)}", f"allowed: {', '.join(names)}"
