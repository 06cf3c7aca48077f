"""Quality scores as pages show them. A snapshot of an older version has none: the answers are empty."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.read.reader import SnapshotReader


@dataclass(frozen=True, slots=True)
class QualityScore:
    """A score of 0 to 100 by dimension; dimension '' is their weighted mean. X = A / B: `satisfied` of `tested`."""

    subject_kind: str
    subject: str
    dimension: str
    score: float
    checks: int
    passed: int
    warned: int
    failed: int
    satisfied: int
    tested: int


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight of a dimension or a severity, and why."""

    kind: str
    name: str
    weight: float
    reason_zh: str
    reason_en: str


def scores(reader: SnapshotReader, kind: str) -> list[QualityScore]:
    """All scores of a kind of subject: feed, entity, department or indicator."""
    if not _known(reader):
        return []
    return reader.records(
        QualityScore, "SELECT * FROM quality_score WHERE subject_kind = ? ORDER BY subject, dimension", [kind]
    )


def score_history(reader: SnapshotReader, kind: str) -> dict[str, list[float]]:
    """Subject -> its weighted mean in each publication, oldest first."""
    if not _known(reader):
        return {}
    rows = reader.rows(
        "SELECT subject, list(score ORDER BY number) AS scores FROM quality_score_history "
        "WHERE subject_kind = ? AND dimension = '' GROUP BY subject",
        [kind],
    )
    return {row["subject"]: row["scores"] for row in rows}


def weights(reader: SnapshotReader) -> list[Weight]:
    """The weights in force."""
    return (
        reader.records(Weight, "SELECT * FROM quality_weight ORDER BY kind, weight DESC", []) if _known(reader) else []
    )


def _known(reader: SnapshotReader) -> bool:
    return bool(reader.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'quality_weight'"))
