"""How pages ask the published snapshot, with answers cached by snapshot; and the questions `warehouse.read` has not.

Belongs here: the cache, its counter, and small questions of single pages. Does not belong here: anything computed
about an indicator; that is done before publishing. A snapshot never changes, so an answer stays true; old answers go
when newer ones push them out.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from warehouse.home import Home
from warehouse.read import SnapshotReader, feeds, publications
from warehouse.read.feeds import FailedRow, FeedFreshness

P = ParamSpec("P")
T = TypeVar("T")

# A page asks 5 to 25 questions; 1,200 answers are the pages of every indicator and feed, in this publication and the
# one before. The largest (all newest checks of 60 entities) takes a megabyte.
_KEPT_ANSWERS: Final = 1_200


@dataclass(slots=True)
class QueryLog:
    """What one run of a page asked: how many questions, which ones, and the seconds of those that were not known."""

    asked: int = 0
    questions: set[str] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    @property
    def elapsed(self) -> float:
        """Seconds since the run of the page began."""
        return time.perf_counter() - self.began


_log: ContextVar[QueryLog | None] = ContextVar("query_log", default=None)


def start_log() -> QueryLog:
    """Begin counting for this run of the page."""
    log = QueryLog()
    _log.set(log)
    return log


class _Answer:
    """One answer, worked out once however many sessions ask for it at the same moment."""

    __slots__ = ("_found", "_known", "_lock")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known = False
        self._found: Any = None

    def get(self, work_out: Callable[[], Any]) -> Any:
        if not self._known:
            with self._lock:
                if not self._known:
                    self._found = work_out()
                    self._known = True
        return self._found


# Streamlit's own caches hash every argument and (cache_data) unpickle every answer: 3 ms each time, for pages that ask
# a thousand times for the name of a feed (docs/performance/pages.md).
@lru_cache(maxsize=_KEPT_ANSWERS)
def _known_answer(path: str, question: object, args: tuple[Any, ...], options: tuple[tuple[str, Any], ...]) -> _Answer:
    """The cache: the place of the answer to a question about a snapshot. It holds no reader, so files can be closed."""
    del path, question, args, options  # the key
    return _Answer()


# What `warming.py` asks of a new snapshot: the questions of some ten different pages.
_REMEMBERED: Final = 200
_lately: OrderedDict[tuple[Callable[..., Any], tuple[Any, ...], tuple[tuple[str, Any], ...]], None] = OrderedDict()
_lately_lock = threading.Lock()


def _remember(question: Callable[..., Any], args: tuple[Any, ...], options: tuple[tuple[str, Any], ...]) -> None:
    key = (question, args, options)
    with _lately_lock:
        _lately[key] = None
        _lately.move_to_end(key)
        if len(_lately) > _REMEMBERED:
            _lately.popitem(last=False)


def asked_lately() -> list[Callable[[SnapshotReader], object]]:
    """What pages have asked last, the latest first, each to be asked of another snapshot."""

    def again(
        question: Callable[..., Any], args: tuple[Any, ...], options: tuple[tuple[str, Any], ...]
    ) -> Callable[[SnapshotReader], object]:
        def ask(reader: SnapshotReader) -> object:
            place = _known_answer(str(reader.path), question, args, options)
            return place.get(lambda: question(reader, *args, **dict(options)))

        return ask

    with _lately_lock:
        keys = list(reversed(_lately))
    return [again(*key) for key in keys]


@dataclass(frozen=True, slots=True)
class Published:
    """The snapshot that this run of a page reads; the same one for all its questions."""

    reader: SnapshotReader

    @property
    def snapshot_id(self) -> str:
        """Which snapshot it is."""
        return self.reader.snapshot_id

    def ask(self, question: Callable[Concatenate[SnapshotReader, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a function of `warehouse.read` (or of this module), from the cache where it is known.

        All sessions share the answer: who reads it must not change it. Arguments must be hashable.
        """
        if log := _log.get():
            log.asked += 1
            log.questions.add(question.__qualname__)
        options = tuple(sorted(kwargs.items()))
        place = _known_answer(str(self.reader.path), question, args, options)

        def work_out() -> T:
            started = time.perf_counter()
            found = question(self.reader, *args, **kwargs)
            if log:
                log.seconds.append(time.perf_counter() - started)
            return found

        answer: T = place.get(work_out)
        _remember(question, args, options)  # what had an answer: a mistyped address is not asked again
        return answer


# Drawings and large blocks of markup: some hundred kB each at most, so that the cache stays below 100 MB.
_KEPT_DRAWINGS: Final = 384


@lru_cache(maxsize=_KEPT_DRAWINGS)
def _known_drawing(key: tuple[Any, ...]) -> _Answer:
    del key
    return _Answer()


def kept(path: str, key: tuple[Any, ...], draw: Callable[[], T]) -> T:
    """What `draw` gave for this snapshot and key (hashable: all that it depends on), drawn once for all sessions."""
    drawn: T = _known_drawing((path, *key)).get(draw)
    return drawn


def published(known_on: date | None = None) -> Published:
    """The current snapshot, or the one that readers saw at the end of a day.

    Raises NothingPublished before the first publication, NothingKnown for a day before it.
    """
    home = Home.from_environment()
    return Published(SnapshotReader(home) if known_on is None else publications.known_on(home, known_on))


@dataclass(frozen=True, slots=True)
class Subdistrict:
    """A subdistrict of the district."""

    area_code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Names:
    """What deliveries are called, for looking up: (feed, entity) -> its row; feed -> a row of it."""

    entities: Mapping[tuple[str, str], FeedFreshness]
    feeds: Mapping[str, FeedFreshness]


@dataclass(frozen=True, slots=True)
class BatchUse:
    """An indicator that a batch gives rows to: how many figures, and the newest period of them."""

    indicator_code: str
    name_zh: str
    name_en: str
    figures: int
    period_end: date


@dataclass(frozen=True, slots=True)
class FailingRule:
    """A rule that rows of an entity failed: how many masked samples of how many batches, and the newest batch.

    `routine`: admission settled it by itself; nobody has to act.
    """

    feed: str
    entity: str
    check_key: str
    reason_zh: str | None
    reason_en: str | None
    samples: int
    batches: int
    newest_batch_id: str | None
    routine: bool


def has_table(reader: SnapshotReader, table: str) -> bool:
    """Whether the snapshot has a public table: one that an older version published may lack the newest."""
    return bool(reader.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]))


def names(reader: SnapshotReader) -> Names:
    """All deliveries by their keys."""
    rows = feeds.freshness(reader)
    return Names({(row.feed, row.entity): row for row in rows}, {row.feed: row for row in reversed(rows)})


def indicator_names(reader: SnapshotReader) -> dict[str, tuple[str, str]]:
    """Indicator code -> its names (zh, en)."""
    found = reader.rows("SELECT indicator_code, name_zh, name_en FROM indicator")
    return {row["indicator_code"]: (row["name_zh"], row["name_en"]) for row in found}


def subdistricts(reader: SnapshotReader) -> list[Subdistrict]:
    """All subdistricts, also those without a figure."""
    return reader.records(Subdistrict, "SELECT * FROM subdistrict ORDER BY area_code")


def field_labels(reader: SnapshotReader, feed: str, entity: str) -> dict[str, tuple[str, str]]:
    """Field -> labels (zh, en) of an entity, as its contract gives them."""
    found = reader.rows("SELECT fields FROM feed WHERE feed = ? AND entity = ?", [feed, entity])
    described = json.loads(found[0]["fields"] or "[]") if found else []
    return {field["name"]: (field.get("label_zh") or "", field.get("label_en") or "") for field in described}


def uses_of_batch(reader: SnapshotReader, batch_id: str) -> list[BatchUse]:
    """The indicators that rest on a batch."""
    return reader.records(
        BatchUse,
        """
        SELECT e.indicator_code, i.name_zh, i.name_en,
               count(DISTINCT (e.period_type, e.period_start, e.period_end)) AS figures,
               max(e.period_end) AS period_end
        FROM indicator_evidence AS e
        JOIN indicator AS i ON i.indicator_code = e.indicator_code
        WHERE e.batch_id = ? AND e.area_code = (SELECT district_code FROM snapshot)
        GROUP BY ALL ORDER BY e.indicator_code
        """,
        [batch_id],
    )


# Rows that admission sets aside by itself, one of two alike and the older of two versions: nobody has to do anything.
_ROUTINE: Final = ("reject.duplicate_row", "reject.older_version")
_CHOSEN: Final = """
    FROM failed_row AS r
    LEFT JOIN feed AS f ON f.feed = r.feed AND f.entity = r.entity
    LEFT JOIN batch AS b ON b.batch_id = r.batch_id
    WHERE ($department IS NULL OR f.department_code = $department) AND ($feed IS NULL OR r.feed = $feed)
      AND ($batch_id IS NULL OR r.batch_id = $batch_id)
"""
_BY_URGENCY: Final = "list_contains($routine, r.check_key), r.feed, r.entity, r.check_key, r.reason_zh"


def failing_rules(
    reader: SnapshotReader, *, department: str | None = None, feed: str | None = None, batch_id: str | None = None
) -> list[FailingRule]:
    """The rules that rows failed; what somebody has to correct comes first."""
    return reader.records(
        FailingRule,
        f"""
        SELECT * FROM (
            SELECT r.feed, r.entity, r.check_key, r.reason_zh, r.reason_en, count(*) AS samples,
                   count(DISTINCT r.batch_id) AS batches, max_by(r.batch_id, b.received_at) AS newest_batch_id,
                   list_contains($routine, r.check_key) AS routine
            {_CHOSEN} GROUP BY ALL
        ) AS r ORDER BY {_BY_URGENCY}
        """,
        {"department": department, "feed": feed, "batch_id": batch_id, "routine": list(_ROUTINE)},
    )


def failing_row_examples(
    reader: SnapshotReader,
    *,
    each: int,
    department: str | None = None,
    feed: str | None = None,
    batch_id: str | None = None,
) -> list[FailedRow]:
    """At most `each` masked samples of every failing rule, of the newest batches, in the order of `failing_rules`."""
    return reader.records(
        FailedRow,
        f"""
        SELECT r.* {_CHOSEN}
        QUALIFY row_number() OVER (
            PARTITION BY r.feed, r.entity, r.check_key, r.reason_zh ORDER BY b.received_at DESC, r.sample_number
        ) <= $each
        ORDER BY {_BY_URGENCY}, b.received_at DESC, r.sample_number
        """,
        {"department": department, "feed": feed, "batch_id": batch_id, "routine": list(_ROUTINE), "each": each},
    )
