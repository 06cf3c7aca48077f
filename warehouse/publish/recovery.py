"""Bringing ledger and files to one story after an interruption, and undoing a publication.

Belongs here: rolling a prepared publication forward, pointing readers where the ledger says, `rollback`. Does not
belong here: making a snapshot (`publishing.py`), only looking (`warehouse.provenance.verify`).

The order of publishing makes every interruption repairable: the file is put in place, then the ledger records snapshot
and revisions in one transaction ('prepared'), then readers are switched, then the ledger says 'published'. What the
ledger knows is completed; a file that it does not know was never read and is made again
(docs/decisions/0010-file-then-ledger-then-switch.md).
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.clock import now
from warehouse.home import Home
from warehouse.ledger import Ledger, NewRevision, Snapshot
from warehouse.publish.switch import current_snapshot_id, snapshot_path, switch_to


class UnknownPublication(LookupError):
    """There is no such publication to go back to. `zh` and `en` name it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


def repair(home: Home, ledger: Ledger) -> Snapshot | None:
    """Complete what an interrupted publication or rollback left; returns the snapshot that is current, if any."""
    for prepared in ledger.snapshots(state="prepared"):
        # Its revisions are in the ledger already: readers have to see the figures that they tell of.
        switch_to(home, prepared.snapshot_id)
        ledger.set_snapshot_state(prepared.snapshot_id, "published")
    published = ledger.snapshots(state="published")
    if not published:
        return None
    current = published[-1]
    if current_snapshot_id(home) != current.snapshot_id:
        switch_to(home, current.snapshot_id)
    return current


def rollback(home: Home, snapshot_id: str, *, ledger: Ledger | None = None, reason: str = "") -> Snapshot:
    """Make an earlier publication current again; later ones are withdrawn, their files are kept.

    Figures that go back are appended to the revision ledger as corrections of an error, so that it goes on telling what
    was said when. Raises UnknownPublication. Hold the run lock.
    """
    if ledger is None:
        with Ledger.of(home) as opened:
            return rollback(home, snapshot_id, ledger=opened, reason=reason)
    current = repair(home, ledger)
    published = {snapshot.snapshot_id: snapshot for snapshot in ledger.snapshots(state="published")}
    target = published.get(snapshot_id)
    if target is None or current is None or not snapshot_path(home, snapshot_id).is_file():
        raise UnknownPublication(
            f"没有可恢复的发布 {snapshot_id}。可选：{'、'.join(published) or '无'}。",
            f"There is no publication {snapshot_id} to go back to. Known: {', '.join(published) or 'none'}.",
        )
    if target == current:
        return current
    withdrawn = [s for s in published.values() if s.number > target.number]
    with ledger.begin() as transaction:
        for snapshot in withdrawn:
            transaction.set_snapshot_state(snapshot.snapshot_id, "withdrawn")
        transaction.add_revisions(_returning(home, current, target, now(), reason))
    switch_to(home, target.snapshot_id)
    return target


def _returning(home: Home, current: Snapshot, target: Snapshot, at: datetime, reason: str) -> list[NewRevision]:
    """The revisions that lead from the figures of `current` back to those of `target`."""
    zh = f"撤回第 {current.number} 次发布，恢复第 {target.number} 次"
    en = f"publication {current.number} withdrawn, back to {target.number}"
    text = f"{zh} / {en}" + (f"：{reason}" if reason else "")
    key = ("indicator_code", "period_type", "period_start", "period_end", "area_code")
    same = " AND ".join(f"a.{name} = b.{name}" for name in key)
    names = ", ".join(f"coalesce(a.{name}, b.{name}) AS {name}" for name in key)
    with duckdb.connect(":memory:") as connection:
        for name, snapshot in (("target", target), ("source", current)):
            path = str(snapshot_path(home, snapshot.snapshot_id)).replace("'", "''")
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        cursor = connection.execute(
            f"""
            SELECT {names}, coalesce(a.definition_version, b.definition_version) AS definition_version,
                   a.value, a.numerator, a.denominator, b.value AS previous_value
            FROM target.main.indicator_observation AS a
            FULL JOIN source.main.indicator_observation AS b ON {same}
            WHERE a.value IS DISTINCT FROM b.value OR a.numerator IS DISTINCT FROM b.numerator
               OR a.denominator IS DISTINCT FROM b.denominator
               OR a.definition_version IS DISTINCT FROM b.definition_version
            ORDER BY {", ".join(str(place + 1) for place in range(len(key)))}
            """
        )
        columns = [column[0] for column in cursor.description or ()]
        return [
            NewRevision(
                **dict(zip(columns, row, strict=True)),
                snapshot_id=target.snapshot_id,
                published_at=at,
                reason_class="error_correction",
                reason=text,
            )
            for row in cursor.fetchall()
        ]
