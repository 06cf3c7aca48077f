"""The gate: one delivery in, rows and a verdict out.

Belongs here: the order of steps. Does not belong here: any step's work, what holds a batch (`verdict.py`), the ledger,
moving files (`sources/decision.py`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from sources.admission.checking import check_rows
from sources.admission.columns import Mapped, map_scan, wanted_columns
from sources.admission.correcting import Changes, CorrectedLine, DeliveredRow, UnusableCorrection, apply_corrections
from sources.admission.correction_treatments import treatments_of
from sources.admission.corrections import Plan, find_rows, met_in, plan, with_ordinals
from sources.admission.delivered_texts import Place
from sources.admission.duplicates import LATE, reject_repeated_keys
from sources.admission.findings import reasons_of
from sources.admission.forgiving import forgiving_at_once, strict_failed, strict_sufficed
from sources.admission.history import statistics
from sources.admission.judgement import Judging, judged_table
from sources.admission.mending import count_mended
from sources.admission.numerals import offer_chinese_numbers
from sources.admission.outcome import Admission, LandedFile
from sources.admission.placing import JUDGED, SourceRows, empty_rows, forget_places, look_over, place_rows
from sources.admission.protected_rows import BatchRows
from sources.admission.pseudonym import load_key, offer_key, pseudonymised_fields
from sources.admission.rejects import Rejects, collect_rejects, write_rejects
from sources.admission.treatments import of_columns, united
from sources.admission.verdict import failed_checks, held, reason_to_hold, unreadable_by_duckdb
from sources.contract.feed import Entity, Feed
from sources.contract.settings import Delivery
from sources.control_file import mismatch
from sources.correction.workbook import read_workbook
from sources.reading.opening import open_delivery
from sources.reading.quoting import literal
from sources.reading.relation import BrokenRow, Irregularities, Reading, SourceFile, UnreadableDelivery
from sources.reading.scanning import rows
from sources.step_times import StepTimes
from warehouse.home import Home
from warehouse.ledger.records import BatchEnvelope, Treatment

# A file of gigabytes passes within 1.5 GB of memory: what does not fit goes to the batch's scratch folder (mode 0700,
# emptied after it) and takes longer. dbt and the pages run beside it.
_MEMORY = "1GB"
# Up to here a delivery is first judged by a short statement, and again if it needs the forgiving one, which takes half
# as long again for clean rows. What is larger is read once: reading twice is what takes long there.
_SMALL_BYTES = 64 << 20
# Up to here a batch is judged by one thread, beside the next batch: two threads over so few rows take a third more
# processor time, most of it waiting for each other.
_ONE_THREAD_BYTES = 24 << 20
# Plainly; forgivingly; in another encoding; with exact numbers; with numbers in Chinese words; without shifted rows.
_MOST_SCANS = 6


def admit(
    *,
    home: Home,
    feed: Feed,
    entity: Entity,
    delivery: Delivery,
    files: Sequence[LandedFile],
    envelope: BatchEnvelope,
    workspace: Path,
    workbooks: Sequence[LandedFile] = (),
) -> Admission:
    """Read, judge, protect, write and check the landed `files` of one batch, with what the owner's `workbooks` correct
    in them (decision 32).

    Writes under `workspace` (an empty folder of this batch): `rows/dt=YYYY-MM-DD/batch=<batch_id>/part-0.parquet`,
    `rejects.parquet` when rows were rejected, `failed_rows/<check_key>.parquet`. Whatever the delivery holds, the
    answer is an Admission; a held one says file, place and remedy in Chinese and English. Raises only for faults of
    ours (a full disk, an unusable pseudonym key).
    """
    sources = [SourceFile(file.position, file.file_name, file.path) for file in files]
    # Mode 0700: unpacked and transcoded bytes hold personal values in clear, as the landed bytes do.
    one_thread = sum(source.path.stat().st_size for source in sources) <= _ONE_THREAD_BYTES
    with (
        tempfile.TemporaryDirectory(dir=workspace, prefix="scratch-") as folder,
        _connect(Path(folder), one_thread=one_thread) as connection,
    ):
        batch = _Batch(home, feed, entity, delivery, envelope, workspace, Path(folder), connection)
        known = Admission("held", rows_declared=envelope.rows_declared)
        try:
            wrong = mismatch(envelope.checksum_declared, [(source.file_name, source.path) for source in sources])
            if wrong is not None:
                return held(wrong.reason, known)
            decided = batch.decide(sources, [read_workbook(book.path, entity) for book in workbooks])
            return replace(decided, seconds=batch.times.seconds)
        except UnusableCorrection as unusable:
            return held((unusable.zh, unusable.en), replace(known, correction=unusable.outcome))
        except UnreadableDelivery as unreadable:
            return held((unreadable.zh, unreadable.en), known)


def delivered_rows(
    *,
    home: Home,
    feed: Feed,
    entity: Entity,
    delivery: Delivery,
    files: Sequence[LandedFile],
    envelope: BatchEnvelope,
    scratch: Path,
    places: Sequence[Place],
    workbooks: Sequence[LandedFile] = (),
) -> dict[Place, DeliveredRow]:
    """What the landed `files` say in single rows, with what earlier `workbooks` changed; a row that cannot be split
    into fields, or that several rows could be, is left out. Raises UnreadableDelivery."""
    sources = [SourceFile(file.position, file.file_name, file.path) for file in files]
    with tempfile.TemporaryDirectory(dir=scratch, prefix="scratch-") as folder, _connect(Path(folder)) as connection:
        batch = _Batch(home, feed, entity, delivery, envelope, scratch, Path(folder), connection)
        return batch.rows_at(sources, [read_workbook(book.path, entity) for book in workbooks], places)


def _connect(scratch: Path, *, one_thread: bool = False) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(scratch / "spill"),
        "autoinstall_known_extensions": "false",  # reading must not reach the network
    }
    connection = duckdb.connect(":memory:", config=config | ({"threads": 1} if one_thread else {}))
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET ieee_floating_point_ops = false")  # x / 0 is NULL, as on the other engines
    return connection


@dataclass(frozen=True, slots=True)
class _Scanned:
    """A reading whose rows are in the judged table, and what the scan brought to light."""

    reading: Reading
    mapped: Sequence[Mapped]
    irregular: Irregularities
    rows: Mapping[int, SourceRows]
    plan: Plan | None


@dataclass(frozen=True, slots=True)
class _Batch:
    home: Home
    feed: Feed
    entity: Entity
    delivery: Delivery
    envelope: BatchEnvelope
    workspace: Path
    scratch: Path
    connection: duckdb.DuckDBPyConnection
    times: StepTimes = field(default_factory=StepTimes)

    @property
    def zone(self) -> str:
        """Zone of naive times in this delivery."""
        return self.delivery.time_zone or self.feed.time_zone

    def decide(self, sources: Sequence[SourceFile], workbooks: Sequence[Sequence[CorrectedLine]]) -> Admission:
        wanted = wanted_columns(self.entity, self.delivery)
        with self.times.step("opening"):
            reading = open_delivery(self.connection, sources, self.delivery, wanted, self.scratch)
        declared = self.envelope.rows_declared if self.envelope.rows_declared is not None else reading.rows_declared
        known = Admission("admitted", rows_declared=declared, mode=reading.mode)
        if not reading.sources:
            zh, en = "清单注明本次不含该数据", "the manifest says that this delivery does not bring it"
            note = Treatment("absent_by_manifest", "flagged", "", 0, sources[0].place(), zh, en)
            return replace(known, mode="delta", treatments=(note,))
        self.connection.execute(f"CREATE TABLE {LATE} (rid BIGINT, code VARCHAR)")
        with self.times.step("reading and judging"):
            scanned = self._mend_named_rows(self._scan(reading))
        broken = (*scanned.reading.broken, *scanned.irregular.broken)
        unordered = place_rows(self.connection, scanned.reading, scanned.rows, scanned.irregular.gaps)
        corrected: frozenset[int] = frozenset()
        if workbooks:
            outcome, corrected = apply_corrections(
                self.connection, self._judging(forgiving=True, chinese=True), self._mapped(scanned.reading), workbooks
            )
            known = replace(known, correction=outcome)
        with self.times.step("duplicates"):
            self._reject_late(scanned, corrected)
        with self.times.step("rejects"):
            rejects = self._collect_rejects(scanned, broken)
        met = () if scanned.plan is None else met_in(self.connection, scanned.plan, scanned.reading.sources)
        self._protect()
        rows_of_batch = BatchRows(self.feed, self.entity, self.envelope, any_late=bool(rejects.count))
        days = rows_of_batch.count_days(self.connection)
        admitted = sum(days.values())
        in_files = sum(found.count for found in scanned.rows.values()) + len(broken)
        known = replace(
            known,
            rows_read=admitted + rejects.count,
            rows_admitted=admitted,
            rows_rejected=rejects.count,
            partitions=days,
            rejected_partitions=rejects.days,
            encoding_detected=scanned.reading.encoding,
            reject_reasons=rejects.reasons,
            treatments=united(
                [*self._treatments(scanned, rejects, admitted + rejects.count), *treatments_of(self.entity, met)]
            ),
            corrections=met,
        )
        with self.times.step("writing and pseudonyms"):
            rows_of_batch.write(self.connection, days, self.workspace / "rows", unordered=unordered)
        if rejects.count:
            with self.times.step("rejects"):
                write_rejects(self.connection, self.workspace / "rejects.parquet")
        return self._verdict(known, scanned.reading, rejects, in_files)

    def _scan(self, reading: Reading, first: _Scanned | None = None) -> _Scanned:
        """Judge the rows; if the scan shows that the first guess was wrong, with a better reading of the same files.

        `first` is an earlier scan of the same rows, which found those that corrections name.
        """
        kind = (self.feed.contract_sha256, self.entity.name, self.delivery.key)
        small = sum(source.path.stat().st_size for source in reading.sources) <= _SMALL_BYTES
        forgiving = not small or forgiving_at_once(kind)
        chinese = False
        for _ in range(_MOST_SCANS):
            corrections = self._plan(reading) if first is None else first.plan
            numbered = reading if first is None else with_ordinals(reading, first.rows)
            mapped = self._judge(numbered, self._judging(forgiving=forgiving, chinese=chinese, corrections=corrections))
            seen = look_over(self.connection)
            if seen.unread or seen.numerals:
                if not forgiving:
                    strict_failed(kind)
                forgiving, chinese = True, chinese or seen.numerals
                continue
            if not forgiving:
                strict_sufficed(kind)
            irregular = Irregularities()
            if reading.after_scan is not None:
                lenient = not all(scan.closed for scan in reading.scans)
                irregular = reading.after_scan(self.connection, empty_rows(self.connection, seen) if lenient else {})
            if irregular.again is not None:
                reading = irregular.again
            elif seen.inexact and reading.exactly is not None:
                reading = replace(reading.exactly(), mode=reading.mode, treatments=reading.treatments)
            else:
                return _Scanned(reading, mapped, irregular, seen.rows, corrections)
        raise AssertionError("a forgiving scan of a strict and exact reading asked for another one")

    def rows_at(
        self, sources: Sequence[SourceFile], workbooks: Sequence[Sequence[CorrectedLine]], places: Sequence[Place]
    ) -> dict[Place, DeliveredRow]:
        wanted = wanted_columns(self.entity, self.delivery)
        scanned = self._scan(open_delivery(self.connection, sources, self.delivery, wanted, self.scratch))
        place_rows(self.connection, scanned.reading, scanned.rows, scanned.irregular.gaps)
        changes = Changes(self.connection, self.entity, self._mapped(scanned.reading))
        for lines in workbooks:
            changes.take(lines)
        return changes.rows_at(places)

    def _mapped(self, reading: Reading) -> list[Mapped]:
        return [map_scan(self.entity, self.delivery, scan) for scan in reading.scans]

    def _judging(self, *, forgiving: bool, chinese: bool, corrections: Plan | None = None) -> Judging:
        if chinese:
            offer_chinese_numbers(self.connection)
        return Judging(
            self.entity, self.delivery, self.zone, self.envelope.received_at, forgiving, chinese, corrections
        )

    def _plan(self, reading: Reading) -> Plan | None:
        if not self.entity.corrections:
            return None
        received = self.envelope.received_at.astimezone(ZoneInfo(self.feed.time_zone)).date()
        return plan(self.entity, reading.sources, received)

    def _mend_named_rows(self, scanned: _Scanned) -> _Scanned:
        """`scanned`, or another scan when corrections name rows by number: where a row lies is known after a scan."""
        if scanned.plan is None or not scanned.plan.by_row:
            return scanned
        place_rows(self.connection, scanned.reading, scanned.rows, scanned.irregular.gaps)
        named = find_rows(self.connection, scanned.plan, scanned.reading.sources)
        forget_places(self.connection)
        return (
            self._scan(scanned.reading, replace(scanned, plan=replace(scanned.plan, rows=named))) if named else scanned
        )

    def _judge(self, reading: Reading, judging: Judging) -> Sequence[Mapped]:
        mapped = self._mapped(reading)
        self.connection.execute(f"DROP TABLE IF EXISTS {JUDGED}")
        try:
            self.connection.execute(judged_table(JUDGED, judging, mapped))
        except duckdb.OutOfMemoryException:
            raise  # a fault of this machine, not of the delivery
        except duckdb.Error as error:
            if reading.diagnose is not None:
                reading.diagnose()
            raise unreadable_by_duckdb(reading, error) from error
        return mapped

    def _reject_late(self, scanned: _Scanned, corrected: frozenset[int]) -> None:
        """Reject what only a look at the whole batch shows: broken rows among the scanned that nobody has corrected,
        repeated keys."""
        spoilt = [
            f"({rid}, {literal(row.code)})"
            for (source, ordinal), row in scanned.irregular.spoilt.items()
            if (rid := scanned.rows[source].start + ordinal) not in corrected
        ]
        if spoilt:
            self.connection.execute(f"INSERT INTO {LATE} VALUES {', '.join(spoilt)}")
        reject_repeated_keys(self.connection, self.entity, self.delivery)

    def _collect_rejects(self, scanned: _Scanned, broken: Sequence[BrokenRow]) -> Rejects:
        return collect_rejects(
            self.connection,
            self.entity,
            self.envelope,
            self.feed.time_zone,
            reasons_of(self.entity),
            broken,
            scanned.reading.sources,
        )

    def _protect(self) -> None:
        if pseudonymised_fields(self.entity):
            offer_key(self.connection, load_key(self.home))

    def _treatments(self, scanned: _Scanned, rejects: Rejects, rows: int) -> tuple[Treatment, ...]:
        reading = scanned.reading
        return united(
            [
                *reading.treatments,
                *rejects.treatments,
                *of_columns(self.entity, self.delivery, reading, scanned.mapped, rows),
                *count_mended(self.connection, self.entity, reading.sources, rows),
            ]
        )

    def _verdict(self, known: Admission, reading: Reading, rejects: Rejects, in_files: int) -> Admission:
        files = "、".join(dict.fromkeys(source.file_name for source in reading.sources))
        mode = known.mode or self.envelope.mode
        reason = reason_to_hold(self.connection, self.entity, mode, files, known, reading, rejects, in_files)
        if reason is not None:
            return held(reason, known)
        if known.rows_read == 0:
            return known
        rows_folder = self.workspace / "rows"
        with self.times.step("checks"):
            self.connection.execute(f"DROP TABLE {JUDGED}")  # written and counted: checks need its memory
            failed_rows = self.workspace / "failed_rows"
            threads = rows(self.connection, "SELECT current_setting('threads')")[0][0]
            checks = check_rows(self.feed, self.entity, rows_folder, failed_rows, self.scratch, threads=threads)
        with self.times.step("statistics"):
            found = statistics(self.connection, self.entity, [str(path) for path in rows_folder.glob("*/*/*.parquet")])
        known = replace(known, checks=checks, statistics=found)
        reason = failed_checks(files, checks)
        return known if reason is None else held(reason, known)
