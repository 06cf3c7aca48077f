"""The catalogue of words is whole: nothing missing, nothing left over, both languages alike."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from app.words import Words
from app.words.catalogue import CATALOGUE

APP = Path(__file__).resolve().parents[2] / "app"
KEY = re.compile(r"[a-z_]+\.[a-z_0-9]+")
IN_TEMPLATES = (re.compile(r"words\(\"([a-z_]+\.[a-z_0-9]+)\""), re.compile(r"(?:head|cell)\(words, \"([a-z_0-9]+)\""))


def _used_in_code() -> set[str]:
    """String literals that look like keys and belong to a group of the catalogue."""
    groups = {key.split(".")[0] for key in CATALOGUE}
    found: set[str] = set()
    for path in APP.rglob("*.py"):
        if path.parent.name == "catalogue":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value)):
                continue
            if node.value.split(".")[0] in groups:
                found.add(node.value)
    return found


def _used_in_templates() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in APP.rglob("*.j2")]
    whole = {key for text in texts for key in IN_TEMPLATES[0].findall(text)}
    columns = {f"column.{key}" for text in texts for key in IN_TEMPLATES[1].findall(text)}
    return whole | columns


def test_no_key_is_missing() -> None:
    assert _used_in_code() | _used_in_templates() <= CATALOGUE.keys()


def test_no_key_is_left_over() -> None:
    assert CATALOGUE.keys() <= _used_in_code() | _used_in_templates()


@pytest.mark.parametrize("key", CATALOGUE)
def test_both_languages_say_something_and_take_the_same_values(key: str) -> None:
    zh, en = CATALOGUE[key]
    assert zh.strip()
    assert en.strip()
    names = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (zh, en)]
    assert names[0] == names[1]


def test_names_in_two_languages() -> None:
    assert Words("zh").pick("停车", "Parking") == "停车"
    assert Words("en").pick("停车", "Parking") == "Parking"
    assert Words("en").pick("停车", None) == "停车"
    assert Words("zh").pick(None, None) == ""


def test_an_unknown_key_is_an_error_not_a_blank() -> None:
    with pytest.raises(KeyError):
        Words("zh")("no.such_key")
