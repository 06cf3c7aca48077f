"""Database views through SQLAlchemy: PostgreSQL, MySQL/MariaDB, SQLite; by watermark with overlap, or whole.

Belongs here: the queries, streaming their rows into one landed Parquet file of text columns a batch.
Does not belong here: watermark arithmetic (`sql_position.py`), tombstones and types (`sources/admission/`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from sources.connectors.files import address
from sources.connectors.offer import Fetched, FetchedFile, Offer, Outcome, PullRequest, SourceUnavailable
from sources.connectors.sql_position import Position, Range, Tail, kind_of, minus, ranges, typed, utc_of
from sources.connectors.sql_text import text, texts
from sources.contract.settings import SqlDelivery
from warehouse.clock import now

_CHUNK_ROWS = 20_000
_CONNECT_SECONDS = 15
_READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}


def offers(request: PullRequest) -> Iterator[Offer]:
    """Ranges whose batch is held, then what is new: older rows as one offer, each of the last days as one.

    Rows that came late within the overlap before the watermark bring that overlap again; nothing is offered when there
    is nothing new. Without a watermark the whole view is offered. `request.period` asks for the rows whose period
    field, where it is a plain column, lies in these days, whatever the watermark says.
    """
    settings = request.delivery.sql
    if settings is None:
        raise ValueError(f"delivery {request.delivery.key} is no SQL delivery")
    view = _View(request, settings)
    if request.period is not None or settings.watermark is None:
        yield _offer(view, None, None)
        return
    poll = _Poll(view, settings.watermark)
    for item in poll.ranges():
        yield _offer(view, item, poll)


def _offer(view: _View, item: Range | None, poll: _Poll | None) -> Offer:
    request = view.request
    undated = request.entity.period_field is None
    return Offer(
        request=request,
        source=f"{request.server.name} {view.address}",
        file_name=view.file_name(item),
        received_at=now(),
        fetch=(lambda: poll.fetch(item)) if poll and item else view.fetch_all,
        watermark=(lambda outcome: poll.watermark(item, outcome)) if poll and item else (lambda outcome: None),
        # Rows date themselves; where no field of theirs does, the day of the pull does.
        period_start=request.as_of if undated else None,
        period_end=request.as_of if undated else None,
        mode=request.delivery.mode,
    )


class _View:
    """The view or query of a delivery, read on connections that cannot write."""

    def __init__(self, request: PullRequest, settings: SqlDelivery) -> None:
        self.request = request
        self.zone = ZoneInfo(request.delivery.time_zone or request.feed.time_zone)
        self.address = address(request.server.location)
        self._settings = settings
        try:
            url = sa.make_url(request.server.location)
        except sa.exc.ArgumentError as error:
            raise SourceUnavailable(
                f"来源 {request.server.name} 的地址不是数据库地址；请写如 postgresql://用户@主机/库",
                f"location of source {request.server.name} is no database URL; write one such as postgresql://user@host/db",
            ) from error
        self._url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
        if self._url.get_backend_name() not in _READ_ONLY:
            raise self.unavailable(f"不支持的数据库 / no such kind of database here: {url.drivername}")

    def file_name(self, item: Range | None) -> str:
        """Name of the landed file: the view, and the upper end of the range that it holds."""
        name = self._settings.view or self.request.entity.name
        return f"{name}_before_{item.upper[:10]}.parquet" if item and item.upper else f"{name}.parquet"

    def fetch_all(self) -> Fetched | None:
        """The whole view, or the rows of the days asked for."""
        with self.connection() as connection:
            statement = self.select()
            column = self._period_column() if self.request.period is not None else None
            if column is not None and self.request.period is not None:
                first, last = self.request.period
                statement = statement.where(column >= self._day(first), column < self._day(last + timedelta(days=1)))
            path, rows = self.write(connection.execute(statement.order_by(*self.order(connection))), None)
        if rows == 0 and self.request.period is not None:
            path.unlink()
            return None
        return Fetched(files=(FetchedFile(path, self.file_name(None)),))

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """A read-only connection that streams; what the database refuses becomes `SourceUnavailable`."""
        engine = sa.create_engine(self._url, connect_args=self._connect_arguments(), poolclass=sa.pool.NullPool)
        sa.event.listen(engine, "connect", self._read_only)
        try:
            with engine.connect().execution_options(stream_results=True, max_row_buffer=_CHUNK_ROWS) as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise self.unavailable(str(getattr(error, "orig", None) or error)) from error
        finally:
            engine.dispose()

    def select(self, *columns: Any) -> sa.Select[Any]:
        """SELECT of all columns, or of `columns`, from the view or query."""
        if self._settings.view is not None:
            schema, _, name = self._settings.view.rpartition(".")
            relation: sa.FromClause = sa.table(name, schema=schema or None)
        else:
            query = str(self._settings.query).rstrip().rstrip(";").replace(":", r"\:")  # no bind parameters in it
            relation = sa.text(query).columns().subquery("delivery")
        return sa.select(*(columns or (sa.text("*"),))).select_from(relation)

    def order(self, connection: sa.Connection) -> list[sa.ColumnClause[Any]]:
        """Columns that put the rows in one order, so that the same rows are the same bytes: watermark, then the key."""
        present = list(connection.execute(self.select().where(sa.false())).keys())
        names = {name.lower(): name for name in present}
        order = [self._settings.watermark] if self._settings.watermark else []
        for key in self.request.entity.key:
            chosen = self.request.delivery.columns.get(key)
            spellings = [chosen] if chosen else self.request.entity.fields[key].source_names
            order += [names[spelling.lower()] for spelling in spellings if spelling.lower() in names][:1]
        return [sa.column(name) for name in order]

    def write(self, result: sa.CursorResult[Any], tail: Tail | None) -> tuple[Path, int]:
        """The rows as a Parquet file of text columns, and how many; `tail` follows them."""
        names = list(result.keys())
        mark = None if tail is None else self._mark_index(names)
        schema = pa.schema([(name, pa.string()) for name in names])
        self.request.workspace.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.request.workspace, suffix=".parquet", delete=False) as handle:
            path = Path(handle.name)
        rows = 0
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for chunk in result.partitions(_CHUNK_ROWS):
                columns = list(zip(*chunk, strict=True))
                columns_as_text = [texts(column) for column in columns]
                if tail is not None and mark is not None:
                    tail.add(columns[mark], columns_as_text)
                rows += len(chunk)
                writer.write_table(
                    pa.table([pa.array(column, pa.string()) for column in columns_as_text], schema=schema)
                )
        return path, rows

    def unavailable(self, reason: str) -> SourceUnavailable:
        """The problem with this source, without its password."""
        name, reason = self.request.server.name, " ".join(reason.split())
        return SourceUnavailable(
            f"来源 {name}（{self.address}）查询失败：{reason}；请检查网络、账号权限与视图名后重新运行",
            f"source {name} ({self.address}) cannot be queried: {reason}; check network, permissions and view name",
        )

    def _mark_index(self, names: Sequence[str]) -> int:
        mark = str(self._settings.watermark)
        for index, name in enumerate(names):
            if name.lower() == mark.lower():
                return index
        raise self.unavailable(f"没有水位列 {mark} / no watermark column {mark}; columns: {', '.join(names)}")

    def _period_column(self) -> sa.ColumnClause[Any] | None:
        """The source column of the entity's period field; None where an expression gives it."""
        entity, delivery = self.request.entity, self.request.delivery
        name = entity.period_field
        if name is None or name in delivery.expressions:
            return None
        source_names = entity.fields[name].source_names
        source = delivery.columns.get(name) or (source_names[0] if source_names else None)
        return sa.column(source) if source else None

    def _day(self, day: date) -> Any:
        # SQLite has no dates: ISO text compares like them whatever stands behind the day.
        return day.isoformat() if self._url.get_backend_name() == "sqlite" else datetime.combine(day, time())

    def _read_only(self, connection: Any, record: object) -> None:
        """A department's database is never written to, whatever the contract's query says."""
        with closing(connection.cursor()) as cursor:
            cursor.execute(_READ_ONLY[self._url.get_backend_name()])
        connection.commit()

    def _connect_arguments(self) -> dict[str, Any]:
        if self._url.get_backend_name() != "sqlite":
            return {"connect_timeout": _CONNECT_SECONDS}
        if not Path((self._url.database or "").removeprefix("file:")).is_file():
            raise self.unavailable(f"数据库文件不存在 / no such database file: {self._url.database}")
        return {"timeout": _CONNECT_SECONDS}


class _Poll:
    """One poll of a view by its watermark column; ranges are fetched in their order."""

    def __init__(self, view: _View, watermark: str) -> None:
        self._view = view
        self._column: sa.ColumnClause[Any] = sa.column(watermark)
        overlap = view.request.delivery.sql.overlap_minutes if view.request.delivery.sql else 0
        self._overlap = timedelta(minutes=overlap)
        self._since = Position.read(view.request.since)
        self._tail = Tail(self._overlap)
        self._kind = self._since.kind if self._since else ""
        self._position = self._since

    def ranges(self) -> list[Range]:
        """Open ranges first, then what is new."""
        with self._view.connection() as connection:
            lower = self._lower(connection)
            largest = self._largest(connection, lower)
        still_open = list(self._since.open) if self._since else []
        if largest is None:
            return still_open
        self._kind = kind_of(largest)
        new = ranges(self._kind, str(text(largest)), lower, self._view.request.as_of, self._view.zone)
        return [*still_open, *new]

    def fetch(self, item: Range) -> Fetched | None:
        """The rows of a range; None when there are none."""
        again = self._since is not None and item in self._since.open
        tail = Tail(self._overlap) if again else self._tail
        with self._view.connection() as connection:
            statement = self._view.select().where(*self._conditions(item)).order_by(*self._view.order(connection))
            path, rows = self._view.write(connection.execute(statement), tail)
        if rows == 0:
            path.unlink()
            return None
        generated_at = utc_of(tail.kind, tail.last, self._view.zone)
        return Fetched(files=(FetchedFile(path, self._view.file_name(item)),), generated_at=generated_at)

    def watermark(self, item: Range, outcome: Outcome) -> str | None:
        """The position after a range: past it in any case; a held range stays open and is read again."""
        before = self._position.open if self._position else ()
        self._position = self._tail.position(before) or self._position
        if self._position is None:
            return None
        if self._since is None or item not in self._since.open:
            item = item if item.upper else Range(item.lower, item.includes_lower, self._position.value, True)
        self._position = self._position.after(item, held=outcome.held)
        return self._position.write()

    def _lower(self, connection: sa.Connection) -> str | None:
        """The value above which to read: the last one, or the start of the overlap when rows came late into it."""
        since = self._since
        if since is None:
            return None
        start = minus(since.kind, since.value, self._overlap)
        known = Tail(self._overlap)
        statement = self._view.select().where(*self._conditions(Range(start, False, since.value, True)))
        path, _ = self._view.write(connection.execute(statement.order_by(self._column)), known)
        path.unlink()
        found = known.position(())
        if start == since.value or (found is not None and found.same_rows(since)):
            self._tail = known
            return since.value
        return start

    def _largest(self, connection: sa.Connection, lower: str | None) -> Any:
        """The largest value above `lower`; None when there is none."""
        statement = self._view.select(sa.func.max(self._column)).where(*self._conditions(Range(lower)))
        return connection.execute(statement).scalar()

    def _conditions(self, item: Range) -> list[sa.ColumnElement[bool]]:
        column = self._column
        conditions: list[sa.ColumnElement[bool]] = []
        if item.lower is not None:
            lower = typed(self._kind, item.lower)
            conditions.append(column >= lower if item.includes_lower else column > lower)
        if item.upper is not None:
            upper = typed(self._kind, item.upper)
            below = column <= upper if item.includes_upper else column < upper
            conditions.append(below if item.lower is not None else sa.or_(below, column.is_(None)))
        return conditions
