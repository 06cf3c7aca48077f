"""What publishing needs of dbt's manifest: models, their SQL, labels and what each is made from.

Belongs here: reading `manifest.json` into small records; dbt itself is not imported. Does not belong here: lineage as
a public table (`lineage.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

# Schema of the sources that are the ledger's own tables, not deliveries.
_LEDGER = "ledger"
_RAW_PREFIX = "raw_"


@dataclass(frozen=True, slots=True)
class Model:
    """A dbt model, seed or source. `layer`: entity, reference, staging, conformed, model (an indicator's) or mart."""

    unique_id: str
    name: str
    layer: str
    description: str
    sql: str | None
    upstream: tuple[str, ...]
    indicator_code: str | None
    columns: tuple[str, ...]
    relation: tuple[str, str] | None = None
    """Schema and name of the table or view in the build database; None where the manifest does not say."""

    @property
    def node(self) -> str:
        """Name of the node in lineage: `raw_<feed>.<entity>` for an entity, else the model's name."""
        return self.name


class ManifestError(ValueError):
    """The manifest is missing or not dbt's; `zh` and `en` name file and remedy."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class Manifest:
    """dbt's project as built."""

    def __init__(self, nodes: Mapping[str, Model]) -> None:
        self.nodes = nodes

    @cached_property
    def indicator_models(self) -> dict[str, Model]:
        """Indicator code -> its model (of several versions the one with the highest name)."""
        return {
            model.indicator_code: model
            for model in sorted(self.nodes.values(), key=lambda m: m.unique_id)
            if model.indicator_code
        }


def read_manifest(path: Path) -> Manifest:
    """Read `manifest.json`; raises ManifestError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        nodes = {
            unique_id: model
            for unique_id, node in {**document["nodes"], **document["sources"]}.items()
            if (model := _model(unique_id, node, path.parent / "compiled")) is not None
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ManifestError(
            f"{path} 不存在或不是 dbt 的 manifest.json（{error!r}），请先运行 dbt build。",
            f"{path} is missing or not dbt's manifest.json ({error!r}); run dbt build first.",
        ) from error
    return Manifest(nodes)


def _model(unique_id: str, node: Mapping[str, Any], compiled: Path) -> Model | None:
    kind = node["resource_type"]
    if kind == "source":
        if not node["source_name"].startswith(_RAW_PREFIX):
            return None
        name, layer = f"{node['source_name']}.{node['name']}", "entity"
    elif kind == "seed":
        name, layer = node["name"], "reference"
    elif kind == "model":
        name, layer = node["name"], _layer(node["fqn"])
    else:
        return None
    meta = (node.get("config") or {}).get("meta") or node.get("meta") or {}
    definition = meta.get("indicator") or {}
    return Model(
        unique_id=unique_id,
        name=name,
        layer=layer,
        description=(node.get("description") or "").strip(),
        sql=_sql(node, compiled),
        upstream=tuple(sorted((node.get("depends_on") or {}).get("nodes") or ())),
        indicator_code=definition.get("code"),
        columns=tuple(node.get("columns") or ()),
        relation=_relation(node),
    )


def _sql(node: Mapping[str, Any], compiled: Path) -> str | None:
    """The SQL that was run: the compiled files have it of all models, whichever build ran them last."""
    file = compiled / str(node.get("package_name")) / str(node.get("original_file_path"))
    if file.is_file():
        return file.read_text(encoding="utf-8").strip()
    return node.get("compiled_code") or node.get("raw_code")


def _relation(node: Mapping[str, Any]) -> tuple[str, str] | None:
    name = node.get("alias") or node.get("identifier")
    return (str(node["schema"]), str(name)) if node.get("schema") and name else None


def _layer(fqn: list[str]) -> str:
    """The folder below `models/` says it."""
    return {"staging": "staging", "conformed": "conformed", "indicators": "model", "marts": "mart"}.get(
        fqn[1], "conformed"
    )
