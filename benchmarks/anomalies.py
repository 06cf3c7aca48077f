"""Back-test of the checks against history: `python -m benchmarks.anomalies` over the home of DISTRICT_HOME.

Every admitted batch of the ledger is judged as if it came now, with what had been admitted of earlier periods. A clean
home (the simulated district without faults) must give no alarm: each is a false one. Then each judged batch is spoilt
and judged again: too few and too many rows, another unit, the totals of the period before, a cumulative amount sent as
the month's. Printed by feed: judged, false alarms; by fault: found of injected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

import duckdb

from sources.admission.earlier import History, stream
from sources.admission.history import Delivered, check_history, statistics
from sources.contract.feed import Entity, Feed
from sources.contract.loading import load_feeds
from warehouse.home import Home
from warehouse.ledger import Batch, BatchEnvelope, Ledger
from warehouse.ledger.statistics import ColumnStatistic, EarlierBatch


class Replayed(History):
    """History as it was before a batch: what has been replayed so far."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, EarlierBatch]] = []
        self.totals: dict[str, tuple[ColumnStatistic, ...]] = {}
        self.days: Counter[date] = Counter()

    def earlier(self, envelope: BatchEnvelope, entity: Entity) -> list[EarlierBatch]:
        """Of the batches replayed so far those of the delivery that are about earlier periods."""
        before = envelope.period_start or date.max
        alike = (known for key, known in self.batches if key == envelope.delivery_key)
        return sorted((known for known in alike if known.period_start < before), key=lambda known: known.period_start)

    def columns(self, batches: Sequence[EarlierBatch]) -> Mapping[str, tuple[ColumnStatistic, ...]]:
        """As they were when each was replayed."""
        return {known.batch_id: self.totals[known.batch_id] for known in batches}

    def rows_by_day(self, envelope: BatchEnvelope, since: date) -> dict[date, int]:
        """Rows replayed so far."""
        return {day: rows for day, rows in self.days.items() if day >= since}


def main() -> None:
    """Replay and print."""
    home = Home.from_environment()
    judged: Counter[tuple[str, str]] = Counter()
    alarms: list[str] = []
    found: Counter[tuple[str, bool]] = Counter()
    with Ledger.of(home) as ledger, duckdb.connect() as connection:
        for feed in load_feeds().values():
            for entity in feed.entities.values():
                history = Replayed()
                # A batch that was replaced was there until it was; one without a declared period has that of its rows.
                batches = ledger.batches(feed=feed.name, entity=entity.name, status=("admitted", "superseded"))
                for batch in sorted(batches, key=lambda one: (one.period_start or date.min, one.batch_order)):
                    delivered = _delivered(home, ledger, connection, entity, batch)
                    for outcome in check_history(feed, entity, history, delivered):
                        kind = next(iter(outcome.spec.soda))
                        judged[feed.name, kind] += 1
                        if outcome.outcome != "PASSED":
                            place = f"{feed.name}.{entity.name} {batch.file_name}"
                            alarms.append(f"{kind:10} {place} {outcome.measured:.3g} ({outcome.threshold})")
                    for fault, spoilt, kind in _spoilt(delivered, history):
                        told = _told(feed, entity, history, spoilt, kind)
                        if told is not None:
                            found[fault, told] += 1
                    _remember(history, delivered)
    _print(judged, alarms, found)


def _delivered(
    home: Home, ledger: Ledger, connection: duckdb.DuckDBPyConnection, entity: Entity, batch: Batch
) -> Delivered:
    folder = home.raw / batch.feed / batch.entity
    files = sorted(str(path) for path in folder.glob(f"dt=*/batch={batch.batch_id}/*.parquet"))
    days = {part.dt: part.rows for part in ledger.partitions(batch.batch_id)}
    declared = next((way for way in entity.deliveries if way.key == batch.delivery_key), None)
    polled = declared is not None and declared.connector in ("sql", "mqtt")
    envelope = replace(batch, period_start=None, period_end=None) if polled else batch
    rows = (batch.rows_admitted if polled else batch.rows_read) or 0
    return Delivered(envelope, batch.mode, rows, days, _statistics(connection, entity, files))


def _statistics(connection: duckdb.DuckDBPyConnection, entity: Entity, files: list[str]) -> tuple[ColumnStatistic, ...]:
    return statistics(connection, entity, files) if files else ()


def _told(feed: Feed, entity: Entity, history: Replayed, spoilt: Delivered, kind: str) -> bool | None:
    outcomes = [one for one in check_history(feed, entity, history, spoilt) if kind in one.spec.soda]
    return any(one.outcome != "PASSED" for one in outcomes) if outcomes else None


def _spoilt(delivered: Delivered, history: Replayed) -> Iterator[tuple[str, Delivered, str]]:
    """The delivery with each fault, and the kind of check that has to find it."""
    for factor in (0.0, 0.3, 3.0):
        days: Mapping[date, int] = {day: round(rows * factor) for day, rows in delivered.days.items()}
        yield f"rows x {factor:g}", replace(delivered, rows=max(1, round(delivered.rows * factor)), days=days), "volume"
    for factor in (100.0, 10_000.0, 1 / 10_000):
        columns = tuple(
            replace(one, total=one.total * factor, magnitude=one.magnitude and one.magnitude * factor)
            for one in delivered.columns
        )
        yield f"values x {factor:g}", replace(delivered, columns=columns), "magnitude"
    mine = stream(_known(delivered))
    earlier = [
        known for key, known in history.batches if key == delivered.envelope.delivery_key and stream(known) == mine
    ]
    before = history.totals[earlier[-1].batch_id] if earlier else ()
    if before:
        yield "totals of the period before", replace(delivered, columns=before), "unchanged"
    if any(one.column_name == "gmv_ytd" for one in delivered.columns):
        by_name = {one.column_name: one for one in delivered.columns}
        month, ytd = by_name["gmv_month"], by_name["gmv_ytd"]
        swapped = [replace(ytd, column_name="gmv_month"), replace(month, column_name="gmv_ytd")]
        rest = [one for one in delivered.columns if one.column_name not in ("gmv_month", "gmv_ytd")]
        yield "month and cumulative swapped", replace(delivered, columns=(*rest, *swapped)), "cumulative"


def _known(delivered: Delivered) -> EarlierBatch:
    envelope = delivered.envelope
    start = envelope.period_start or min(delivered.days, default=date.min)
    return EarlierBatch(
        envelope.batch_id,
        envelope.file_name,
        delivered.mode,
        envelope.batch_seq,
        start,
        envelope.period_end or start,
        delivered.rows,
    )


def _remember(history: Replayed, delivered: Delivered) -> None:
    envelope, known = delivered.envelope, _known(delivered)
    # A resend replaces what it corrects.
    resent = [
        place
        for place, (key, one) in enumerate(history.batches)
        if key == envelope.delivery_key
        and one.period_start == known.period_start
        and envelope.batch_seq
        and one.batch_seq
    ]
    for place in reversed(resent):
        del history.batches[place]
    history.batches.append((envelope.delivery_key, known))
    history.totals[known.batch_id] = delivered.columns
    history.days.update(delivered.days)


def _print(judged: Counter[tuple[str, str]], alarms: list[str], found: Counter[tuple[str, bool]]) -> None:
    print("judged checks by feed and kind")
    for (feed, kind), count in sorted(judged.items()):
        wrong = sum(line.split()[:1] == [kind] and f" {feed}." in line for line in alarms)
        print(f"  {feed:24} {kind:12} {count:6}  false alarms {wrong}")
    print(f"false alarms: {len(alarms)} of {sum(judged.values())}")
    for line in alarms:
        print("  " + line)
    print("injected faults: found of judged")
    for fault in dict.fromkeys(name for name, _ in found):
        hits = found[fault, True]
        print(f"  {fault:30} {hits} of {hits + found[fault, False]}")


if __name__ == "__main__":
    main()
