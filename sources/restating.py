"""Batches that were admitted under other corrections of known errors than now: admitted once more, in their own place.

Belongs here: which batches these are, and the batch that takes the place of each. Does not belong here: applying
corrections (`admission/corrections.py`), deciding and superseding (`decision.py`, the ledger).

A correction that is written, changed or withdrawn restates exactly the batches whose rows it changes; the figures that
follow are revisions like any others. Batches that an owner corrected himself stay as he left them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

import duckdb

from sources.admission.corrections import typed
from sources.admission.values import plain_type
from sources.contract.correction import Correction
from sources.contract.feed import Entity, Feed
from sources.reading.quoting import identifier, literal, literals
from sources.reading.scanning import rows
from warehouse.clock import now
from warehouse.home import Home
from warehouse.ledger import Batch, BatchCorrection, BatchEnvelope, Ledger

_OWN = "corrections.yaml"


def outdated(home: Home, ledger: Ledger, feed: Feed, entity: Entity) -> list[Batch]:
    """Admitted batches of `entity` that the corrections in force would change, oldest first.

    Only batches that were judged by another contract than the present one are looked at: the others have met them.
    """
    judged_before = [
        batch
        for batch in ledger.batches(
            feed=feed.name, entity=entity.name, status="admitted", contract_other_than=feed.contract_sha256
        )
        if batch.delivery_mode != "correction"
    ]
    if not judged_before:
        return []
    applied: dict[str, list[BatchCorrection]] = defaultdict(list)
    for met in ledger.corrections(batch_ids=[batch.batch_id for batch in judged_before]):
        if met.outcome == "applied":
            applied[met.batch_id].append(met)
    days = {batch.batch_id: _received_on(batch, feed) for batch in judged_before}
    found = {
        batch.batch_id
        for batch in judged_before
        if any(not _stands(met, entity, days[batch.batch_id]) for met in applied[batch.batch_id])
    }
    for one in entity.corrections:
        asked = [
            batch
            for batch in judged_before
            if one.status != "proposed"
            and one.covers(days[batch.batch_id])
            and _is_about(one, batch)
            and not any(met.correction == one.name for met in applied[batch.batch_id])
        ]
        if asked:
            found |= _holding(home, entity, one, asked)
    return [batch for batch in judged_before if batch.batch_id in found]


def restated(feed: Feed, original: Batch, run_id: str) -> BatchEnvelope:
    """The batch that takes the place of `original`: its bytes, its period, its moment, its rank but for one step,
    as an owner's correction has them (decision 32)."""
    identity = "\n".join((original.batch_id, feed.contract_sha256))
    same = {item.name: getattr(original, item.name) for item in fields(BatchEnvelope)}
    own = {
        "batch_id": "b" + hashlib.sha256(identity.encode()).hexdigest()[:20],
        "source": original.source if original.source.endswith(_OWN) else f"{original.source} + {_OWN}",
        "landed_at": now(),
        "batch_order": original.batch_order + 1,
        "contract_version": feed.version,
        "contract_sha256": feed.contract_sha256,
        "run_id": run_id,
    }
    return BatchEnvelope(**(same | own))


def _received_on(batch: Batch, feed: Feed) -> date:
    return batch.received_at.astimezone(ZoneInfo(feed.time_zone)).date()


def _stands(met: BatchCorrection, entity: Entity, day: date) -> bool:
    """Whether what was mended then would be mended now."""
    return any(
        (one.name, one.column, one.expect_text, one.right)
        == (met.correction, met.column_name, met.expected, met.corrected)
        and one.status != "proposed"
        and one.covers(day)
        for one in entity.corrections
    )


def _is_about(one: Correction, batch: Batch) -> bool:
    """A batch of several files is called after the first; there the rows decide."""
    name = batch.file_name.rsplit("/", 1)[-1]
    return one.file is None or fnmatchcase(name, one.file) or name.endswith(".zip")


def _holding(home: Home, entity: Entity, one: Correction, asked: Sequence[Batch]) -> set[str]:
    """Those of the batches with a row, admitted or rejected, that the correction means and that has the wrong value."""
    ids = literals(batch.batch_id for batch in asked)
    found: set[str] = set()
    with duckdb.connect(":memory:") as connection:
        raw = home.raw / entity.feed / entity.name
        if (one.expect_text is None or one.expect is not None) and any(raw.glob("*/*/*.parquet")):
            wrong = f"{identifier(one.column)} IS NOT DISTINCT FROM {typed(one.expect, entity.fields[one.column])}"
            keys = [f"{identifier(name)} = {typed(text, entity.fields[name])}" for name, text in one.key.items()]
            place = [f"_row = {one.row}"] if one.row is not None else []
            found |= _ids(
                connection,
                f"SELECT DISTINCT _batch_id FROM read_parquet({literal(f'{raw}/*/*/*.parquet')}, union_by_name = true) "
                f"WHERE {' AND '.join([wrong, *keys, *place])} AND _batch_id IN ({ids})",
            )
        rejects = {
            batch.batch_id: home.rejects / entity.feed / entity.name / f"{batch.batch_id}.parquet" for batch in asked
        }
        files = [str(path) for path in rejects.values() if path.is_file()]
        if files and one.expect_text is not None:
            item = entity.fields[one.column]
            of_field = f"field = {literal(one.column)}"
            wrong = f"trim(value) = {literal(one.expect_text.strip())}"
            if one.expect is not None:
                wrong += f" OR TRY_CAST(value AS {plain_type(item)}) = {typed(one.expect, item)}"
            keys = [
                f"TRY_CAST(json_extract_string(values_json, {literal(_path(name))}) "
                f"AS {plain_type(entity.fields[name])}) = {typed(text, entity.fields[name])}"
                for name, text in one.key.items()
            ]
            place = [f"_row = {one.row}"] if one.row is not None else []
            found |= _ids(
                connection,
                f"SELECT DISTINCT parse_filename(filename, true) FROM read_parquet([{literals(files)}], "
                f"filename = true) WHERE {' AND '.join([of_field, f'({wrong})', *keys, *place])}",
            )
    return found


def _ids(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    return {str(name) for (name,) in rows(connection, sql)}


def _path(name: str) -> str:
    return f'$."{name}"'
