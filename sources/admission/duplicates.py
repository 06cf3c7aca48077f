"""Rows that share a key within one batch: identical ones, older ones, contradicting ones.

Belongs here: which of them stands. Does not belong here: newer batches against older ones (staging models).
"""

from __future__ import annotations

import duckdb

from sources.admission.columns import version_field
from sources.admission.placing import JUDGED
from sources.contract.feed import Entity
from sources.contract.settings import Delivery
from sources.reading.quoting import identifier, struct
from sources.reading.scanning import rows

LATE = "_late"
LATE_REASONS = {
    "duplicate_row": (
        "与本批另一行完全相同；保留一行，无需处理",
        "identical to another row of this batch; one is kept, nothing to do",
    ),
    "older_version": (
        "同一主键在本批有更新的一行；保留最新，无需处理",
        "the batch has a later row for this key; the latest is kept, nothing to do",
    ),
    "conflicting_key": (
        "同一主键在本批有内容不同的多行，无法判断哪行正确；请只报一行",
        "the batch has different rows for this key and nothing tells which is right; send one",
    ),
}
# Repeats are normal in at-least-once deliveries: they say nothing against the batch.
HARMLESS = frozenset({"duplicate_row", "older_version"})


def reject_repeated_keys(connection: duckdb.DuckDBPyConnection, entity: Entity, delivery: Delivery) -> None:
    """Add to `_late` (`rid`, `code`) the rows whose key another row of the batch has.

    Identical rows (all fields of the contract) are judged before anything else, whatever else is wrong with them; then,
    among rows without fault, the latest change time wins, in a log of operations or a queue of messages the last one,
    else none of them.
    """
    keys = [identifier(name) for name in entity.key]
    hashed = f"hash({', '.join(keys)})"
    whole = " AND ".join([f"{key} IS NOT NULL" for key in keys])
    # Hashes are grouped, not keys: an eighth of the memory; a collision only makes a candidate.
    connection.execute(
        f"CREATE TEMP TABLE _twin_hash AS SELECT {hashed} AS _h FROM {JUDGED} WHERE _ours AND {whole} "
        "GROUP BY _h HAVING count(*) > 1"
    )
    if not rows(connection, "SELECT 1 FROM _twin_hash LIMIT 1"):
        return
    field = version_field(entity, delivery)
    version = identifier(field) if field is not None else "{'number': TRY_CAST(_version AS DOUBLE), 'text': _version}"
    content = struct({name: identifier(name) for name in (*entity.fields, "_deleted", "_values")})
    connection.execute(
        f"CREATE TEMP TABLE _twin AS SELECT rowid AS _rid, {', '.join(keys)}, {content} AS _content, "
        f"{version} AS _twin_version, _reasons IS NULL AS _sound FROM {JUDGED} "
        f"WHERE _ours AND {whole} AND {hashed} IN (SELECT _h FROM _twin_hash)"
    )
    by_key = ", ".join(keys)
    # A group keeps its first row; a window over whole rows takes five times as long.
    connection.execute(
        f"INSERT INTO {LATE} SELECT unnest(list(_rid ORDER BY _rid)[2:]), 'duplicate_row' FROM _twin "
        f"GROUP BY {by_key}, _content HAVING count(*) > 1"
    )
    different = f"_twin WHERE _sound AND _rid NOT IN (SELECT rid FROM {LATE})"
    if not rows(connection, f"SELECT 1 FROM {different} GROUP BY {by_key} HAVING count(*) > 1 LIMIT 1"):
        return
    versioned = field is not None or delivery.sql is not None
    # A log of operations and a broker's queue are in order: there the last statement about a key is the newest.
    ordered = bool(delivery.operation_column) or delivery.mqtt is not None
    last_line_wins = ", _rid DESC" if ordered else ""
    newest = f"rank() OVER (PARTITION BY {by_key} ORDER BY _twin_version DESC NULLS LAST{last_line_wins})"
    connection.execute(
        f"INSERT INTO {LATE} SELECT _rid, "
        "CASE WHEN _place_of_key > 1 THEN 'older_version' ELSE 'conflicting_key' END FROM ("
        f"SELECT *, count(*) OVER (PARTITION BY {by_key}, _place_of_key) AS _together FROM ("
        f"SELECT _rid, {by_key}, {newest if versioned or ordered else '1'} AS _place_of_key FROM {different})) "
        "WHERE _place_of_key > 1 OR _together > 1"
    )
