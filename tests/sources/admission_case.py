"""One delivery put through admission: entities, deliveries and files as plain values, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from sources.admission.gate import admit
from sources.admission.outcome import Admission, LandedFile
from sources.contract.feed import Check, Entity, Feed, Field, FieldType
from sources.contract.settings import Delivery, RowRule
from warehouse.home import Home
from warehouse.ledger.records import BatchEnvelope

RECEIVED = datetime(2023, 6, 2, 1, 0, tzinfo=UTC)
BATCH = "b0123456789abcdef0123"


def field(name: str, kind: FieldType = "string", **more: Any) -> Field:
    """A field that the source calls by its own name, unless `source_names` says otherwise."""
    known: dict[str, Any] = {
        "label_zh": name,
        "label_en": name,
        "physical_type": None,
        "required": False,
        "key_position": None,
        "source_names": () if {"constant", "expression"} & more.keys() else (name,),
    }
    return Field(name=name, type=kind, **(known | more))


def entity(*fields: Field, key: Sequence[str] = ("id",), period: str | None = None, **more: Any) -> Entity:
    """An entity of these fields; by default nothing is too bad to be admitted, so that rows can be looked at."""
    known: dict[str, Any] = {
        "feed": "shop",
        "name": "sale",
        "label_zh": "销售",
        "label_en": "Sales",
        "description": "",
        "history": "event",
        "calendar": None,
        "deliveries": (),
        "row_rules": (),
        "checks": (),
        "max_rejected_percent": 100.0,
        "max_broken_percent": 100.0,
        "delivered": True,
    }
    named = {
        item.name: replace(item, required=True, key_position=key.index(item.name) + 1) if item.name in key else item
        for item in fields
    }
    return Entity(period_field=period, fields=named, key=tuple(key), **(known | more))


def file_delivery(kind: str = "csv", *, way: Mapping[str, Any] | None = None, **form: Any) -> Delivery:
    """A delivery of files in the format `kind`; `way` adds settings of the delivery, `form` of the format."""
    settings = dict(way or {})
    inner = {"pattern": "*", "format": {"kind": kind, **form}} | settings.pop("file", {})
    return Delivery.model_validate({"server": "drop", "file": inner, **settings})


def row_rule(name: str, expression: str) -> RowRule:
    return RowRule(
        name=name, expression=expression, reason_zh=f"规则{name}", reason_en=f"rule {name}", dimension="准确性"
    )


def check(key: str, soda: Mapping[str, Any], *, column: str | None = None, blocking: bool = True) -> Check:
    return Check(
        key=key,
        entity="sale",
        column=column,
        name_zh=f"检查{key}",
        name_en=f"Check {key}",
        dimension="完整性",
        severity="error",
        blocking=blocking,
        reason="test",
        soda=soda,
    )


@dataclass(frozen=True)
class Case:
    """What admission said, and where it wrote."""

    admission: Admission
    workspace: Path

    def rows(self, columns: str = "*", order: str = "_file, _row") -> list[tuple[Any, ...]]:
        """Rows written for the raw (or held) layer."""
        files = f"{self.workspace}/rows/*/*/*.parquet"
        if not list((self.workspace / "rows").glob("*/*/*.parquet")):
            return []
        sql = f"SELECT {columns} FROM read_parquet('{files}', hive_partitioning = true) ORDER BY {order}"
        return duckdb.connect().execute(sql).fetchall()

    def rejects(self, columns: str = "_row, reason_code") -> list[tuple[Any, ...]]:
        """Rejected rows and their reasons, in the order of the file."""
        file = self.workspace / "rejects.parquet"
        if not file.exists():
            return []
        return duckdb.connect().execute(f"SELECT {columns} FROM read_parquet('{file}')").fetchall()

    def written_bytes(self) -> bytes:
        """Everything that admission leaves on disk."""
        return b"".join(path.read_bytes() for path in sorted(self.workspace.rglob("*")) if path.is_file())


def admitted(
    tmp_path: Path,
    of: Entity,
    way: Delivery,
    *contents: bytes | str,
    names: Sequence[str] = (),
    zone: str = "Asia/Shanghai",
    home: Home | None = None,
    **envelope: Any,
) -> Case:
    """Admit the files with these contents as one batch of `of`."""
    place = Path(tmp_path) / f"case-{len(list(Path(tmp_path).glob('case-*')))}"
    workspace = place / "workspace"
    workspace.mkdir(parents=True)
    files = []
    for position, content in enumerate(contents):
        body = content if isinstance(content, bytes) else content.encode()
        path = place / f"landed-{position}"
        path.write_bytes(body)
        name = names[position] if names else f"file-{position}"
        files.append(LandedFile(position, name, path, sha256(body).hexdigest(), len(body)))
    feed = Feed(
        name="shop",
        path=place / "contract.odcs.yaml",
        contract_sha256="0" * 64,
        version="1",
        label_zh="商店",
        label_en="Shop",
        domain="economy",
        department_code="shop",
        department_zh="商店",
        department_en="Shop",
        owners=(),
        time_zone=zone,
        simulated=False,
        servers={},
        entities={of.name: of},
    )
    known: dict[str, Any] = {
        "batch_id": BATCH,
        "feed": "shop",
        "entity": of.name,
        "source": "drop",
        "delivery_mode": "files",
        "delivery_key": "drop:*",
        "file_name": "file-0",
        "sha256": "0" * 64,
        "bytes": 0,
        "received_at": RECEIVED,
        "landed_at": RECEIVED,
        "mode": "delta",
        "batch_order": 7,
        "contract_version": "1",
        "contract_sha256": "0" * 64,
        "run_id": "run",
        "simulated": False,
        "period_start": date(2023, 6, 1),
    }
    admission = admit(
        home=home or Home(place / "home").prepare(),
        feed=feed,
        entity=of,
        delivery=way,
        files=files,
        envelope=BatchEnvelope(**(known | envelope)),
        workspace=workspace,
    )
    return Case(admission, workspace)
