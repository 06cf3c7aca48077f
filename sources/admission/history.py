"""A delivery against the feed's own history: volume, magnitude, cumulative amounts, unchanged values.

Belongs here: the outcome of each check. Does not belong here: the deliveries compared with (`earlier.py`), what is
usual (`usual.py`), which checks there are (`sources/contract/history_checks.py`), where history is kept (the ledger).
Where there is too little history a check has no outcome: nothing was compared, nothing passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from sources.admission.checking import check_spec
from sources.admission.earlier import DAYS_BACK, Earlier, History, is_daily, is_hourly, stream
from sources.admission.outcome import Admission
from sources.admission.usual import LEAST, LEAST_ROWS, PERIODS, usual_of_day, usual_of_period
from sources.admission.verdict import failed_checks, held
from sources.contract.feed import Check, Entity, Feed
from sources.contract.history_checks import SHAPES, Cumulative, Magnitude, Volume, measured_fields
from sources.reading.quoting import identifier, literals
from warehouse.checks.outcome import CheckOutcome
from warehouse.ledger import BatchEnvelope
from warehouse.ledger.statistics import ColumnStatistic, EarlierBatch


@dataclass(frozen=True, slots=True)
class Delivered:
    """The batch at hand: rows in its files, admitted rows by day, totals of its measured columns."""

    envelope: BatchEnvelope
    mode: str
    rows: int
    days: Mapping[date, int]
    columns: tuple[ColumnStatistic, ...]


def statistics(
    connection: duckdb.DuckDBPyConnection, entity: Entity, files: Sequence[str]
) -> tuple[ColumnStatistic, ...]:
    """Totals of the measured columns over the batch's Parquet `files`; one scan."""
    names = [field.name for field in measured_fields(entity.fields)]
    names += [check.column for check in _of_kind(entity, "cumulative") if check.column]
    names = list(dict.fromkeys(names))
    if not names or not files:
        return ()
    asked = ", ".join(
        f"count(*) FILTER ({column} <> 0), coalesce(sum(CAST({column} AS DOUBLE)), 0), "
        f"avg(abs(CAST({column} AS DOUBLE))) FILTER ({column} <> 0)"
        for column in map(identifier, names)
    )
    # Not as a bound value: for those DuckDB imports pandas, which takes a second.
    found = connection.execute(f"SELECT {asked} FROM read_parquet([{literals(files)}])").fetchall()[0]
    return tuple(ColumnStatistic(name, *found[3 * place : 3 * place + 3]) for place, name in enumerate(names))


def check_history(feed: Feed, entity: Entity, history: History, delivered: Delivered) -> tuple[CheckOutcome, ...]:
    """Outcomes of the entity's checks against history, of those that had enough of it."""
    checks = [check for check in entity.checks if check.engine == "history"]
    if not checks or delivered.rows == 0:
        return ()
    earlier = Earlier(history, delivered.envelope, entity)
    found = []
    for check in checks:
        ((kind, body),) = check.soda.items()
        settings = SHAPES[kind].validate_python(body or {})
        if settings.enabled:
            compared = _COMPARE[kind](feed, entity, check, settings, history, earlier, delivered)
            if compared is not None:
                found.append(_outcome(feed, check, compared))
    return tuple(found)


def compared_with_history(
    feed: Feed, entity: Entity, envelope: BatchEnvelope, admission: Admission, history: History, files: str
) -> Admission:
    """The verdict with the checks against history: what strays too far is held.

    Apart from judging, because it has to see every delivery before this one concluded. A batch that is held for more
    than its checks is not compared: what could be read of it says nothing.
    """
    if admission.rows_read == 0 or (admission.status == "held" and not any(c.blocks for c in admission.checks)):
        return admission
    # Overlaps of a poll bring rows again that are here already: what was admitted counts there.
    rows = admission.rows_admitted if envelope.period_start is None else admission.rows_read
    mode = admission.mode or envelope.mode
    delivered = Delivered(envelope, mode, rows, admission.partitions, admission.statistics)
    checks = (*admission.checks, *check_history(feed, entity, history, delivered))
    reason = failed_checks(files, checks)
    compared = replace(admission, checks=checks)
    return compared if reason is None else held(reason, compared)


@dataclass(frozen=True, slots=True)
class _Compared:
    strays: bool
    measured: float
    threshold: str
    failing: int | None = None


def _volume(
    feed: Feed,
    entity: Entity,
    check: Check,
    settings: Volume,
    history: History,
    earlier: Earlier,
    delivered: Delivered,
) -> _Compared | None:
    """Ratio of rows to the usual ones; of several days the one furthest off."""
    envelope = delivered.envelope
    if envelope.period_start is None:
        return _volume_by_day(feed, entity, settings, history, delivered)
    if entity.history == "register" and delivered.mode != "full":
        return None  # changes since yesterday: any number is as good as another
    mine = stream(_as_earlier(envelope, delivered))
    alike = [batch for batch in earlier.batches if batch.mode == delivered.mode and stream(batch) == mine]
    if is_daily(entity):
        usual = usual_of_day(envelope.period_start, {batch.period_start: batch.rows for batch in alike})
    else:
        usual = usual_of_period([batch.rows for batch in alike])
    if usual is None or usual.references[0] < LEAST_ROWS:
        return None
    strays = usual.strays(delivered.rows, settings.low, settings.high)
    return _Compared(
        strays, delivered.rows / usual.references[0], _range(settings.low, settings.high, usual.references[0])
    )


def _volume_by_day(
    feed: Feed, entity: Entity, settings: Volume, history: History, delivered: Delivered
) -> _Compared | None:
    """The same for polled rows: the days that were over when the source answered, with what came of them before."""
    if entity.history == "register" or not delivered.days:
        return None
    made = delivered.envelope.generated_at or delivered.envelope.received_at
    today = made.astimezone(ZoneInfo(feed.time_zone)).date()
    known = history.rows_by_day(delivered.envelope, min(delivered.days) - DAYS_BACK)
    total = {day: known.get(day, 0) + delivered.days.get(day, 0) for day in known.keys() | delivered.days.keys()}
    compared = []
    for day, rows in delivered.days.items():
        # A few late rows of a day that was there before say nothing of it.
        if day < today and 2 * rows > total[day]:
            usual = usual_of_day(day, {other: count for other, count in total.items() if other < day})
            if usual is not None and usual.references[0] >= LEAST_ROWS:
                compared.append(
                    (usual.strays(total[day], settings.low, settings.high), total[day], usual.references[0])
                )
    if not compared:
        return None
    worst = max(compared, key=lambda one: (one[0], max(one[1] / one[2], one[2] / max(one[1], 1))))
    failing = sum(strays for strays, _, _ in compared)
    return _Compared(failing > 0, worst[1] / worst[2], _range(settings.low, settings.high, worst[2]), failing or None)


def _magnitude(
    feed: Feed,
    entity: Entity,
    check: Check,
    settings: Magnitude,
    history: History,
    earlier: Earlier,
    delivered: Delivered,
) -> _Compared | None:
    """Ratio of the mean size of the values to the usual one; a whole delivery in another unit is far off."""
    name = check.column or ""
    own = _column(delivered.columns, name)
    if own is None or not own.magnitude:
        return None
    found = (_column(earlier.columns(batch), name) for batch in reversed(earlier.batches))
    before = list(islice((one.magnitude for one in found if one and one.magnitude), PERIODS))
    if len(before) < LEAST:
        return None
    usual = usual_of_period(before[::-1])
    if usual is None:
        return None
    reference = usual.references[0]
    ratio = own.magnitude / reference
    strays = not 1 / settings.factor < ratio < settings.factor
    return _Compared(strays, ratio, _range(round(1 / settings.factor, 4), settings.factor, reference))


def _cumulative(
    feed: Feed,
    entity: Entity,
    check: Check,
    settings: Cumulative,
    history: History,
    earlier: Earlier,
    delivered: Delivered,
) -> _Compared | None:
    """Ratio of the cumulative total to the one before plus this period's amount, within the year."""
    start = delivered.envelope.period_start
    own, month = _column(delivered.columns, check.column or ""), _column(delivered.columns, settings.month)
    if start is None or own is None or month is None:
        return None
    of_year = [batch for batch in earlier.batches if batch.period_start.year == start.year]
    before = _column(earlier.columns(of_year[-1]), check.column or "") if of_year else None
    if before is None or not before.total:
        return None
    following = (start - of_year[-1].period_start).days <= 31
    expected = before.total + month.total if following else before.total
    ratio = own.total / expected if expected else 0.0
    low, high = 1 - settings.tolerance, 1 + settings.tolerance if following else float("inf")
    return _Compared(not low <= ratio <= high, ratio, _range(low, high, expected))


def _unchanged(
    feed: Feed,
    entity: Entity,
    check: Check,
    settings: object,
    history: History,
    earlier: Earlier,
    delivered: Delivered,
) -> _Compared | None:
    """Share of measured columns whose total differs from that of the period before."""
    if delivered.envelope.period_start is None or is_hourly(entity):
        return None
    mine = stream(_as_earlier(delivered.envelope, delivered))
    last = next((batch for batch in reversed(earlier.batches) if stream(batch) == mine), None)
    before = {column.column_name: column for column in earlier.columns(last)} if last else {}
    shared = [(column, before[column.column_name]) for column in delivered.columns if column.column_name in before]
    if not shared or not any(column.nonzero >= LEAST for column, _ in shared):
        return None
    moved = sum((column.total, column.nonzero) != (other.total, other.nonzero) for column, other in shared)
    return _Compared(moved == 0, moved / len(shared), "> 0")


_COMPARE: Final[Mapping[str, Callable[..., _Compared | None]]] = {
    "volume": _volume,
    "magnitude": _magnitude,
    "cumulative": _cumulative,
    "unchanged": _unchanged,
}


def _as_earlier(envelope: BatchEnvelope, delivered: Delivered) -> EarlierBatch:
    start = envelope.period_start or date.min
    return EarlierBatch(
        envelope.batch_id,
        envelope.file_name,
        delivered.mode,
        envelope.batch_seq,
        start,
        envelope.period_end or start,
        delivered.rows,
    )


def _outcome(feed: Feed, check: Check, compared: _Compared) -> CheckOutcome:
    word = ("WARN" if check.severity == "warning" else "FAILED") if compared.strays else "PASSED"
    return CheckOutcome(
        check_spec(feed, check),
        word,  # type: ignore[arg-type]  # one of the words
        compared.measured,
        compared.threshold,
        compared.failing if compared.strays else None,
    )


def _range(low: float, high: float, reference: float) -> str:
    """The accepted ratios, and what they are ratios to (× the usual value)."""
    upper = f", ≤ {high:g}" if high != float("inf") else ""
    return f"≥ {low:g}{upper} × {reference:,.6g}"


def _column(columns: Sequence[ColumnStatistic], name: str) -> ColumnStatistic | None:
    return next((column for column in columns if column.column_name == name), None)


def _of_kind(entity: Entity, kind: str) -> Iterator[Check]:
    return (check for check in entity.checks if check.engine == "history" and kind in check.soda)
