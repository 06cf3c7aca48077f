"""What publishing reads of dbt's manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from warehouse.publish.manifest import ManifestError, read_manifest


def write(folder: Path, **changed: Any) -> Path:
    node = {
        "resource_type": "model",
        "name": "ind_x",
        "fqn": ["p", "indicators", "life", "ind_x"],
        "package_name": "p",
        "original_file_path": "models/indicators/life/ind_x.sql",
        "raw_code": "select {{ x }}",
        "description": "甲 / A",
        "depends_on": {"nodes": ["model.p.b", "model.p.a"]},
        "config": {"meta": {"indicator": {"code": "X"}}},
    }
    path = folder / "manifest.json"
    path.write_text(json.dumps({"nodes": {"model.p.ind_x": node | changed}, "sources": {}}), encoding="utf-8")
    return path


def test_a_model_with_its_code_and_layer(tmp_path: Path) -> None:
    model = read_manifest(write(tmp_path)).indicator_models["X"]
    assert (model.name, model.layer, model.upstream) == ("ind_x", "model", ("model.p.a", "model.p.b"))
    assert model.sql == "select {{ x }}"


def test_the_sql_that_was_run_comes_before_the_template(tmp_path: Path) -> None:
    manifest = write(tmp_path, compiled_code="select 2")
    assert read_manifest(manifest).indicator_models["X"].sql == "select 2"
    file = tmp_path / "compiled" / "p" / "models" / "indicators" / "life" / "ind_x.sql"
    file.parent.mkdir(parents=True)
    file.write_text("select 1\n", encoding="utf-8")
    assert read_manifest(manifest).indicator_models["X"].sql == "select 1"


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"nodes": {}}'])
def test_what_is_no_manifest_is_named(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError, match="dbt build") as error:
        read_manifest(path)
    assert str(path) in error.value.zh
