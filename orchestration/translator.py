"""How dbt nodes appear in Dagster: key, group, owner, description.

Belongs here: reading a node's path and `meta`. Does not belong here: running dbt (`transform.py`), single models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator

from sources.contract.feed import Feed


def layer_of(node: Mapping[str, Any]) -> str:
    """The folder under `models/` that a model lies in; seeds count as `reference`."""
    return "reference" if node["resource_type"] == "seed" else str(node["fqn"][1])


class LayerTranslator(DagsterDbtTranslator):
    """Keys are `<layer>/<model>`; staging models stand in the group of their feed, indicators of their domain."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        super().__init__()
        self._feeds = feeds

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`raw/<feed>/<entity>` for sources (from their meta), `<layer>/<model>` for all else."""
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey([layer_of(dbt_resource_props), *super().get_asset_key(dbt_resource_props).path[-1:]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Feed for staging, `indicators_<domain>` for indicators, else the layer."""
        if dbt_resource_props["resource_type"] == "source":
            return str(dbt_resource_props["source_name"]).removeprefix("raw_")
        layer, folder = layer_of(dbt_resource_props), _folder(dbt_resource_props)
        if layer == "staging":
            return folder or layer
        if layer == "indicators":
            return f"indicators_{folder}" if folder else layer
        return layer

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        """The department that answers for the feed (staging) or the figure (indicators)."""
        feed = self._feeds.get(_folder(dbt_resource_props) or "")
        department = _indicator(dbt_resource_props).get("department_code") or (feed.department_code if feed else None)
        return [f"team:{department}"] if department else super().get_owners(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The model's description; for an indicator its code, names and definition in words come first."""
        indicator = _indicator(dbt_resource_props)
        if not indicator:
            return super().get_description(dbt_resource_props)
        return "\n\n".join(
            str(text)
            for text in (
                f"{indicator['code']} {indicator['name_zh']} / {indicator['name_en']}",
                indicator.get("definition_zh"),
                indicator.get("definition_en"),
                super().get_description(dbt_resource_props),
            )
            if text
        )

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the definition says of an indicator, beside dbt's own metadata."""
        shown = (
            "code",
            "version",
            "name_zh",
            "name_en",
            "unit_zh",
            "unit_en",
            "period_type",
            "state",
            "tier",
            "source",
        )
        indicator = _indicator(dbt_resource_props)
        return {
            **super().get_metadata(dbt_resource_props),
            **{f"indicator/{key}": str(indicator[key]) for key in shown if indicator.get(key) is not None},
        }


def _folder(node: Mapping[str, Any]) -> str | None:
    """The folder inside the layer: a feed or a domain; None for a model that lies in the layer itself."""
    fqn = node["fqn"]  # [project, layer, (folder, ...) model]
    return str(fqn[2]) if node["resource_type"] == "model" and len(fqn) > 3 else None


def _indicator(node: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = (node.get("config") or {}).get("meta") or node.get("meta") or {}
    indicator: Mapping[str, Any] = meta.get("indicator") or {}
    return indicator
