"""Deliveries, above all of registers, that came into force or went out of it since the last publication.

A register also says what it leaves out, and a version of one of its rows carries the batch that began it. So a delivery
can change a figure without a row of its own being counted: the figure's batches stay the same, or are others that were
there before as well, and its cause is here.
Does not belong here: the batches that a figure names itself, the words of a revision (`difference.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

_CHANGED = "WHERE (b.status = 'admitted') <> (b.batch_id IN (SELECT batch_id FROM published_batch))"


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """A delivery that counts now and did not at the last publication, or the other way round. `since`: the first day
    that it speaks of; None when it states none."""

    batch_id: str
    since: date | None
    is_added: bool


RegisterChanges = Mapping[str, Sequence[RegisterChange]]
"""By indicator code, in the order of days."""


def changed_batches(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """All batches that count now and did not at the last publication, or the other way round.

    Reads `published_batch` and the views of the ledger.
    """
    return {batch for (batch,) in connection.execute(f"SELECT b.batch_id FROM ledger_batch AS b {_CHANGED}").fetchall()}


def register_changes(connection: duckdb.DuckDBPyConnection) -> RegisterChanges:
    """What became of the registers that each indicator is defined on.

    Reads `definition`, `published_batch` and the views of the ledger.
    """
    found: dict[str, list[RegisterChange]] = {}
    for code, *change in connection.execute(
        f"""
        SELECT d.indicator_code, b.batch_id, b.period_start, b.status = 'admitted'
        FROM ledger_batch AS b
        JOIN ledger_feed_contract AS c
            ON c.feed = b.feed AND c.entity = b.entity AND c."current" AND c.history = 'register'
        JOIN (SELECT indicator_code, unnest(entities) AS entity_key FROM definition) AS d
            ON d.entity_key = b.feed || '.' || b.entity
        {_CHANGED}
        ORDER BY d.indicator_code, b.period_start, b.batch_id
        """
    ).fetchall():
        found.setdefault(code, []).append(RegisterChange(*change))
    return found


def speaking_of(changes: Sequence[RegisterChange], last_day: date) -> tuple[list[str], list[str]]:
    """Batches added and batches removed that can have changed a figure of a period with this last day.

    The first delivery of a register also stands for the days before it.
    """
    meant = [one for one in changes if one.since is None or one.since <= last_day] or changes
    return [one.batch_id for one in meant if one.is_added], [one.batch_id for one in meant if not one.is_added]
