"""Whether the home agrees with itself: bytes with their hashes, files with the ledger, the snapshot with the ledger.

Belongs here: looking and telling. Does not belong here: repairing (a run's start does that), recomputing a figure
(`trace.py`).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.home import Home
from warehouse.ledger import Audit, Ledger, LedgerUnreadable, Snapshot
from warehouse.provenance import files
from warehouse.provenance.finding import Finding
from warehouse.publish.compare import RELATIVE_TOLERANCE
from warehouse.publish.ledger_tables import attach_ledger
from warehouse.publish.switch import current_snapshot_id, snapshot_path

# One cause (a lost folder) can touch thousands of figures; a reader needs the first of them.
_EXAMPLES = 20
_LEDGER_REMEDY = (
    "从备份恢复台账数据库，再用 district run 补上此后的交付；不要手工修改台账",
    "restore the ledger from a backup, then let district run take in what came since; never mend it by hand",
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared, and every disagreement; `snapshot_id` None: nothing is published.

    `head` vouches for the ledger's rows (`warehouse.ledger.sealing`). `unhashed` files and `adopted` parts of the
    ledger are from before hashes were kept: of those only row counts, and what happened since, are compared.
    """

    files: int
    batches: int
    figures: int
    revisions: int
    seals: int
    unhashed: int
    adopted: int
    head: str | None
    snapshot_id: str | None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.findings


def verify_home(home: Home, *, continues: str | None = None) -> Verification:
    """The same for the home's own ledger, which may be damaged beyond opening: that is a finding, too."""
    try:
        with Ledger.of(home) as ledger:
            return verify(home, ledger, continues=continues)
    except LedgerUnreadable as error:
        return _nothing([Finding(error.zh, error.en, *_LEDGER_REMEDY)])


def _nothing(findings: list[Finding]) -> Verification:
    """Nothing but the ledger was looked at: what it cannot tell cannot be compared."""
    return Verification(0, 0, 0, 0, 0, 0, 0, None, None, tuple(findings))


def verify(home: Home, ledger: Ledger, *, continues: str | None = None) -> Verification:
    """Compare everything; reads all landed bytes, Parquet files and snapshots once, and every row of the ledger.

    `continues` is a head that an earlier verification gave: it has to be in the ledger's chain.
    """
    audit = ledger.audit(continues=continues)
    findings = _ledger(audit)
    if not audit.readable:
        return _nothing(findings)
    batches, snapshots = ledger.batches(), ledger.snapshots()
    hashes = {file.sha256: file.file_name for batch in batches for file in ledger.files(batch.batch_id)}
    findings.extend(files.landed(home, hashes))
    findings.extend(files.partitions(home, ledger, batches))
    findings.extend(files.strays(home, batches))
    findings.extend(files.snapshots(home, snapshots))
    current = _current(home, ledger)
    figures = 0
    if current is not None:
        figures, disagreements = _figures(home, ledger, current)
        findings.extend(disagreements)
    parts = [part for batch in batches for part in ledger.partitions(batch.batch_id)]
    return Verification(
        files=len(hashes),
        batches=len(batches),
        figures=figures,
        revisions=audit.revisions,
        seals=audit.seals,
        unhashed=sum(part.rows > 0 and part.sha256 is None for part in parts)
        + sum(snapshot.file_sha256 is None for snapshot in snapshots),
        adopted=audit.adopted,
        head=audit.head,
        snapshot_id=None if current is None else current.snapshot_id,
        findings=tuple(findings),
    )


def _ledger(audit: Audit) -> list[Finding]:
    findings = [Finding(damage.zh, damage.en, *_LEDGER_REMEDY) for damage in audit.damages[:_EXAMPLES]]
    if len(audit.damages) > _EXAMPLES:
        more = len(audit.damages) - _EXAMPLES
        findings.append(Finding(f"台账另有 {more} 处不符", f"{more} more disagreements in the ledger", *_LEDGER_REMEDY))
    return findings


def _current(home: Home, ledger: Ledger) -> Snapshot | None:
    seen = current_snapshot_id(home)
    return next((s for s in ledger.snapshots() if s.snapshot_id == seen and snapshot_path(home, seen).is_file()), None)


def _figures(home: Home, ledger: Ledger, current: Snapshot) -> tuple[int, list[Finding]]:
    """Figures that readers see against the last revisions, and the snapshot's batches against the ledger's."""
    try:
        return _compared(home, ledger, current)
    except duckdb.Error as error:  # damaged beyond opening
        text = str(error).splitlines()[0]
        path = snapshot_path(home, current.snapshot_id)
        return 0, [
            Finding(
                f"发布文件无法读取：{path}（{text}）",
                f"the file of a publication cannot be read: {path} ({text})",
                *files.SNAPSHOT_REMEDY,
            )
        ]


def _compared(home: Home, ledger: Ledger, current: Snapshot) -> tuple[int, list[Finding]]:
    key = ("indicator_code", "period_type", "period_start", "period_end", "area_code")
    same = " AND ".join(f"o.{name} = r.{name}" for name in key)
    where = ", ".join(f"coalesce(o.{name}, r.{name})" for name in key)
    path = str(snapshot_path(home, current.snapshot_id)).replace("'", "''")
    # Beside the home, not in it: looking changes nothing, and a build may be reading the home's own export.
    with tempfile.TemporaryDirectory() as beside, duckdb.connect(":memory:") as connection:
        attach_ledger(connection, Home(Path(beside)), ledger)
        connection.execute(f"ATTACH '{path}' AS current (READ_ONLY)")
        figures = connection.execute("SELECT count(*) FROM current.main.indicator_observation").fetchall()[0][0]
        rows = connection.execute(
            f"""
            WITH latest AS (
                SELECT * FROM ledger_revision
                QUALIFY row_number() OVER (PARTITION BY {", ".join(key)} ORDER BY seq DESC) = 1
            )
            SELECT concat_ws(' ', {where}), o.value, r.value
            FROM current.main.indicator_observation AS o FULL JOIN latest AS r ON {same}
            WHERE (o.value IS NULL) <> (r.value IS NULL)
               OR abs(o.value - r.value) > {RELATIVE_TOLERANCE} * greatest(abs(o.value), abs(r.value))
            ORDER BY 1
            """
        ).fetchall()
        batches = connection.execute(
            """
            SELECT b.batch_id, b.sha256, l.sha256
            FROM current.main.batch AS b LEFT JOIN ledger_batch AS l ON l.batch_id = b.batch_id
            WHERE b.sha256 IS DISTINCT FROM l.sha256 ORDER BY 1
            """
        ).fetchall()
    findings = [
        Finding(
            f"{place}：快照 {shown}，修订台账 {recorded}",
            f"{place}: snapshot {shown}, revision ledger {recorded}",
            *files.SNAPSHOT_REMEDY,
        )
        for place, shown, recorded in rows[:_EXAMPLES]
    ]
    if len(rows) > _EXAMPLES:
        more = len(rows) - _EXAMPLES
        findings.append(
            Finding(
                f"另有 {more} 个数值与修订台账不符",
                f"{more} more figures differ from the revision ledger",
                *files.SNAPSHOT_REMEDY,
            )
        )
    findings.extend(
        Finding(
            f"批次 {batch_id}：快照中的哈希 {shown}，台账 {recorded}",
            f"batch {batch_id}: hash {shown} in the snapshot, {recorded} in the ledger",
            *files.SNAPSHOT_REMEDY,
        )
        for batch_id, shown, recorded in batches
    )
    return figures, findings
