"""Runs, contracts in force, snapshots and revisions, in the ledger.

Belongs here: keeping and finding them. Does not belong here: what to publish (`warehouse.publish`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from warehouse.clock import now
from warehouse.ledger.access import Access, LedgerConflict, columns_of, insert, row_of
from warehouse.ledger.records import FeedContract, NewRevision, Revision, Run, Snapshot
from warehouse.ledger.schema.deliveries import feed_contract
from warehouse.ledger.schema.publications import revision, run, snapshot
from warehouse.ledger.sealing import append_revisions, seal_snapshot


class ContractMethods(Access):
    """Ledger methods about the contracts in force."""

    def register_contract(self, entities: Sequence[FeedContract]) -> None:
        """Put the contracts of feeds in force, all entities of each feed at once; older ones stay as history."""
        with self._writing() as connection:
            feeds = {entity.feed for entity in entities}
            connection.execute(sa.update(feed_contract).where(feed_contract.c.feed.in_(feeds)).values(current=False))
            for entity in entities:
                key = {name: getattr(entity, name) for name in ("feed", "entity", "contract_sha256")}
                connection.execute(sa.delete(feed_contract).filter_by(**key))
                insert(connection, feed_contract, [row_of(entity, current=True)])

    def retire_feeds(self, *, keep: Iterable[str]) -> None:
        """Contracts of feeds other than `keep` are no longer in force: their folders are gone."""
        with self._writing() as connection:
            gone = feed_contract.c.feed.not_in(list(keep))
            connection.execute(sa.update(feed_contract).where(gone).values(current=False))

    def contracts(self) -> list[FeedContract]:
        """The contracts in force, by feed and entity."""
        return self._records(
            FeedContract,
            sa.select(*columns_of(feed_contract, "current"))
            .where(feed_contract.c.current)
            .order_by(feed_contract.c.feed, feed_contract.c.entity),
        )


class RunMethods(Access):
    """Ledger methods about runs."""

    def start_run(
        self, run_id: str, *, as_of: date, started_at: datetime | None = None, feeds: Collection[str] | None = None
    ) -> None:
        """A run begins that asks `feeds` for deliveries (None = all). Beginning it again (a retry, another step) clears
        its outcome, adds its feeds and keeps when it first began."""
        new = None if feeds is None else sorted(feeds)
        with self._writing() as connection:
            known = connection.execute(sa.select(run.c.feeds).where(run.c.run_id == run_id)).first()
            if known is None:
                row = {"run_id": run_id, "started_at": started_at or now(), "as_of": as_of, "feeds": new}
                insert(connection, run, [row])
                return
            together = None if new is None or known.feeds is None else sorted({*known.feeds, *new})
            connection.execute(
                sa.update(run)
                .where(run.c.run_id == run_id)
                .values(finished_at=None, outcome=None, exit_code=None, as_of=as_of, feeds=together)
            )

    def finish_run(self, run_id: str, *, outcome: str, exit_code: int, finished_at: datetime | None = None) -> None:
        """A run ends."""
        with self._writing() as connection:
            known = connection.execute(
                sa.update(run)
                .where(run.c.run_id == run_id)
                .values(finished_at=finished_at or now(), outcome=outcome, exit_code=exit_code)
            ).rowcount
            if not known:
                raise LedgerConflict(f"运行 {run_id} 未登记。 / run {run_id} is unknown.")

    def last_run(self) -> Run | None:
        """The run that began last; None before the first."""
        found = self._records(Run, sa.select(run).order_by(run.c.started_at.desc(), run.c.run_id.desc()).limit(1))
        return found[0] if found else None

    def last_pulls(self) -> Callable[[str], str | None]:
        """Gives for a feed the id of the newest run that asked it for deliveries; None before the first."""
        newest_first = self._records(Run, sa.select(run).order_by(run.c.started_at.desc(), run.c.run_id.desc()))

        @cache
        def last_pull(feed: str) -> str | None:
            return next((one.run_id for one in newest_first if one.feeds is None or feed in one.feeds), None)

        return last_pull

    def runs(self, run_id: str | None = None) -> list[Run]:
        """One run, or all, oldest first."""
        statement = sa.select(run).order_by(run.c.started_at, run.c.run_id)
        return self._records(Run, statement if run_id is None else statement.filter_by(run_id=run_id))


class SnapshotMethods(Access):
    """Ledger methods about snapshots and the revisions of figures."""

    def add_snapshot(
        self,
        snapshot_id: str,
        *,
        as_of: date,
        run_id: str,
        code_version: str,
        published_at: datetime | None = None,
        file_sha256: str | None = None,
    ) -> Snapshot:
        """Record a snapshot as prepared, under the next number; `file_sha256` is the hash of its finished file."""
        with self._writing() as connection:
            number = (connection.execute(sa.select(sa.func.max(snapshot.c.number))).scalar() or 0) + 1
            at = published_at or now()
            record = Snapshot(snapshot_id, number, as_of, at, run_id, code_version, "prepared", file_sha256)
            insert(connection, snapshot, [row_of(record)])
            seal_snapshot(connection, snapshot_id, "prepared")
            return record

    def set_snapshot_state(self, snapshot_id: str, state: str) -> None:
        """Readers were switched to the snapshot ('published') or away from it for good ('withdrawn')."""
        with self._writing() as connection:
            values: dict[str, Any] = {"state": state}
            if state == "withdrawn":
                values["withdrawn_at"] = now()
            changed = sa.update(snapshot).where(snapshot.c.snapshot_id == snapshot_id).values(values)
            if not connection.execute(changed).rowcount:
                raise LedgerConflict(f"快照 {snapshot_id} 未登记。 / snapshot {snapshot_id} is unknown.")
            seal_snapshot(connection, snapshot_id, state)

    def snapshots(self, *, state: str | None = None) -> list[Snapshot]:
        """Snapshots in order of their numbers."""
        statement = sa.select(snapshot).order_by(snapshot.c.number)
        return self._records(Snapshot, statement if state is None else statement.filter_by(state=state))

    def snapshot_at(self, moment: datetime) -> Snapshot | None:
        """The snapshot that readers saw at a moment (aware); None before the first. A withdrawal without a known time
        (older ledgers) counts from the publication itself."""
        seen = [
            entry
            for entry in self.snapshots()
            if entry.published_at <= moment
            and (entry.state == "published" or (entry.withdrawn_at is not None and entry.withdrawn_at > moment))
        ]
        return seen[-1] if seen else None

    def add_revisions(self, revisions: Iterable[NewRevision]) -> None:
        """Append to the revision ledger, each row chained to the one before; nothing can change or remove it again."""
        with self._writing() as connection:
            append_revisions(connection, (row_of(entry) for entry in revisions))

    def latest_revisions(self, *, published_by: datetime | None = None) -> list[Revision]:
        """The last revision of each figure (indicator, period, area), or as of the time `published_by`."""
        newest = sa.select(sa.func.max(revision.c.seq)).group_by(
            revision.c.indicator_code,
            revision.c.period_type,
            revision.c.period_start,
            revision.c.period_end,
            revision.c.area_code,
        )
        if published_by is not None:
            newest = newest.where(revision.c.published_at <= published_by)
        return self._records(Revision, sa.select(revision).where(revision.c.seq.in_(newest)).order_by(revision.c.seq))

    def revisions(self, indicator_code: str) -> list[Revision]:
        """All revisions of one indicator, oldest first."""
        return self._records(
            Revision, sa.select(revision).filter_by(indicator_code=indicator_code).order_by(revision.c.seq)
        )
