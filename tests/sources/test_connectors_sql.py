"""Database views, on SQLite, PostgreSQL and MariaDB: rows as text, watermark with overlap, nothing written."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from sources.connectors.offer import Offer, PullRequest, SourceUnavailable
from sources.connectors.sql import offers
from sources.connectors.sql_position import Tail
from tests.sources.connector_requests import ADMITTED, HELD, fetch, pull_request

pytestmark = pytest.mark.slow

POSTGRESQL = os.environ.get("DISTRICT_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
MARIADB = os.environ.get("DISTRICT_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/test")
NOON = datetime(2023, 6, 1, 12, 0)

metadata = sa.MetaData()
loan = sa.Table(
    "placeholder",
    metadata,
    sa.Column("loan_id", sa.Integer, primary_key=True),
    sa.Column("loan_date", sa.Date),
    sa.Column("fee", sa.Numeric(18, 2)),
    sa.Column("title", sa.String(50)),
    sa.Column("cd_time", sa.DateTime),
    sa.Column("cd_operation", sa.String(1)),
)


class Source:
    """A department's database with one table of loans, under a name of this test alone."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url)
        self.name = f"loan_{uuid.uuid4().hex}"
        self.table = loan.to_metadata(sa.MetaData(), name=self.name)

    def insert(self, *rows: tuple[int, datetime | None]) -> None:
        values = [
            {
                "loan_id": number,
                "loan_date": time.date() if time else None,
                "fee": Decimal(number) / 4,
                "title": f"书：{number}",
                "cd_time": time,
                "cd_operation": "I",
            }
            for number, time in rows
        ]
        with self.engine.begin() as connection:
            connection.execute(sa.insert(self.table), values)

    def count(self) -> int:
        with self.engine.connect() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(self.table)).scalar_one()


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param(POSTGRESQL, marks=pytest.mark.service, id="postgresql"),
        pytest.param(MARIADB, marks=pytest.mark.service, id="mariadb"),
    ]
)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    url = f"sqlite:///{tmp_path / 'source.sqlite'}" if request.param == "sqlite" else request.param
    source = Source(url)
    try:
        source.table.create(source.engine)
    except sa.exc.OperationalError as error:
        if os.environ.get("DISTRICT_REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(f"no database server at {url}: {error.orig}")
    try:
        yield source
    finally:
        source.table.drop(source.engine)
        source.engine.dispose()


def request(tmp_path: Path, source: Source, sql: dict[str, Any] | None = None, **more: Any) -> PullRequest:
    # Users give plain URLs; the driver is ours to know.
    location = source.url.replace("+psycopg", "").replace("+pymysql", "")
    settings = {"view": source.name, "watermark": "cd_time", "overlap_minutes": 10} if sql is None else sql
    return pull_request(
        tmp_path, {"mode": "delta", "sql": settings}, location=location, connection={"connector": "sql"}, **more
    )


def rows(offer: Offer) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = pq.read_table(fetch(offer).files[0].path).to_pylist()
    return found


def poll(wanted: PullRequest) -> tuple[list[int] | None, str | None]:
    """Ids that a poll brought (None = nothing offered), and the watermark to go on with when it is admitted."""
    found: list[int] | None = None
    mark = wanted.since
    for offer in offers(wanted):
        fetched = offer.fetch()
        if fetched is not None:
            numbers = pq.read_table(fetched.files[0].path).column("loan_id").to_pylist()
            found = [*(found or []), *(int(number) for number in numbers)]
        mark = offer.watermark(ADMITTED) or mark
    return found, mark


def test_rows_come_as_text_that_loses_nothing(tmp_path: Path, source: Source) -> None:
    source.insert((1, NOON + timedelta(microseconds=0)))
    (offer,) = offers(request(tmp_path, source))
    (row,) = rows(offer)
    assert row["loan_id"] == "1"
    assert row["loan_date"] == "2023-06-01"
    assert Decimal(row["fee"] or "") == Decimal("0.25")
    assert row["title"] == "书：1"
    assert (row["cd_time"] or "").startswith("2023-06-01 12:00:00")
    assert offer.file_name == f"{source.name}.parquet"
    assert "@" not in offer.source


def test_a_poll_goes_on_after_the_watermark(tmp_path: Path, source: Source) -> None:
    source.insert((2, NOON + timedelta(hours=1)), (1, NOON))
    found, mark = poll(request(tmp_path, source))
    assert found == [1, 2]  # in the order of the watermark
    assert poll(request(tmp_path, source, since=mark))[0] is None
    source.insert((3, NOON + timedelta(hours=2)))
    found, mark = poll(request(tmp_path, source, since=mark))
    assert found == [3]
    assert poll(request(tmp_path, source, since=mark))[0] is None


def test_a_row_that_comes_late_within_the_overlap_is_read(tmp_path: Path, source: Source) -> None:
    source.insert((1, NOON), (2, NOON + timedelta(minutes=20)))
    _, mark = poll(request(tmp_path, source))
    source.insert((3, NOON + timedelta(minutes=11)))  # a node whose clock is nine minutes behind
    found, mark = poll(request(tmp_path, source, since=mark))
    assert found == [3, 2]
    assert poll(request(tmp_path, source, since=mark))[0] is None


def test_a_changed_row_is_read_again(tmp_path: Path, source: Source) -> None:
    source.insert((1, NOON), (2, NOON + timedelta(hours=1)))
    _, mark = poll(request(tmp_path, source))
    with source.engine.begin() as connection:
        connection.execute(
            sa.update(source.table).filter_by(loan_id=1).values(cd_time=NOON + timedelta(hours=3), cd_operation="D")
        )
    assert poll(request(tmp_path, source, since=mark))[0] == [1]


def test_held_rows_are_read_again_and_do_not_stop_the_others(tmp_path: Path, source: Source) -> None:
    source.insert((1, NOON))
    (offer,) = offers(request(tmp_path, source))
    held_bytes = fetch(offer).files[0].path.read_bytes()
    mark = offer.watermark(HELD)
    source.insert((2, NOON + timedelta(hours=1)))
    again, new = offers(request(tmp_path, source, since=mark))
    assert fetch(again).files[0].path.read_bytes() == held_bytes  # the same batch, held as it is
    mark = again.watermark(HELD)
    assert [row["loan_id"] for row in rows(new)] == ["2"]
    mark = new.watermark(ADMITTED)
    with source.engine.begin() as connection:  # the department corrects the row
        connection.execute(sa.update(source.table).filter_by(loan_id=1).values(cd_time=NOON + timedelta(hours=2)))
    found, mark = poll(request(tmp_path, source, since=mark))
    assert found == [1]
    assert list(offers(request(tmp_path, source, since=mark))) == []


def test_the_last_days_of_a_long_poll_are_batches_of_their_own(tmp_path: Path, source: Source) -> None:
    source.insert(*((day, datetime(2023, 6, day, 22, 30)) for day in range(1, 31)), (31, datetime(2023, 7, 1, 6, 0)))
    brought, generated, mark = [], [], None
    for number, offer in enumerate(offers(request(tmp_path, source))):
        fetched = fetch(offer)
        brought.append([int(day) for day in pq.read_table(fetched.files[0].path).column("loan_id").to_pylist()])
        generated.append(fetched.generated_at)
        mark = offer.watermark(HELD if number == 3 else ADMITTED)
    assert brought == [[*range(1, 24)], [24], [25], [26], [27], [28], [29], [30], [31]]
    assert generated[-2:] == [datetime(2023, 6, 30, 14, 30, tzinfo=UTC), datetime(2023, 6, 30, 22, 0, tzinfo=UTC)]
    (again,) = offers(request(tmp_path, source, since=mark))
    assert [row["loan_id"] for row in rows(again)] == ["26"]


def test_rows_without_a_watermark_come_with_the_first_poll(tmp_path: Path, source: Source) -> None:
    source.insert((1, NOON), (2, None))
    found, mark = poll(request(tmp_path, source))
    assert sorted(found or []) == [1, 2]
    assert list(offers(request(tmp_path, source, since=mark))) == []


def test_the_same_rows_give_the_same_bytes(tmp_path: Path, source: Source) -> None:
    source.insert(*((number, NOON + timedelta(minutes=number // 10)) for number in range(50, 1, -1)))
    wanted = request(tmp_path, source)
    first, second = (fetch(offer).files[0].path.read_bytes() for offer in (*offers(wanted), *offers(wanted)))
    assert first == second


def test_an_empty_view_brings_nothing(tmp_path: Path, source: Source) -> None:
    assert poll(request(tmp_path, source)) == (None, None)


def test_a_whole_view_comes_each_time_and_is_dated_by_the_day(tmp_path: Path, source: Source) -> None:
    source.insert((1, NOON), (2, NOON))
    wanted = request(tmp_path, source, {"view": source.name}, as_of=date(2023, 6, 5), undated_rows=True)
    (offer,) = offers(wanted)
    assert (offer.period_start, offer.period_end) == (date(2023, 6, 5), date(2023, 6, 5))
    assert len(rows(offer)) == 2
    assert offer.watermark(ADMITTED) is None


def test_a_query_stands_for_a_view(tmp_path: Path, source: Source) -> None:
    source.insert((1, NOON), (2, NOON))
    query = f"SELECT loan_id, cd_time, 'a:b' AS note FROM {source.name} WHERE loan_id > 1;"
    (offer,) = offers(request(tmp_path, source, {"query": query, "watermark": "cd_time"}))
    (row,) = rows(offer)
    assert (row["loan_id"], row["note"]) == ("2", "a:b")


def test_nothing_is_written_to_a_department_s_database(tmp_path: Path, source: Source) -> None:
    source.insert((1, NOON))
    query = f"DELETE FROM {source.name} RETURNING *"
    with pytest.raises(SourceUnavailable):
        poll(request(tmp_path, source, {"query": query}))
    assert source.count() == 1


def test_days_can_be_asked_for_again(tmp_path: Path, source: Source) -> None:
    source.insert(*((day, datetime(2023, 6, day, 23, 59)) for day in range(1, 6)))
    _, mark = poll(request(tmp_path, source))
    again = request(tmp_path, source, since=mark, period=(date(2023, 6, 2), date(2023, 6, 3)))
    assert poll(again) == ([2, 3], mark)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ({"view": "no_such_view"}, "no_such_view"),
        ({"query": "SELECT 1 AS x", "watermark": "cd_time"}, "cd_time"),
        ({"query": "SELEC 1"}, "cannot be queried"),
    ],
)
def test_what_cannot_be_queried_is_named(tmp_path: Path, source: Source, sql: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceUnavailable, match=words):
        poll(request(tmp_path, source, sql))


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("sqlite:////nowhere/at_all.sqlite", "no such database file"),
        ("postgresql://nobody:geheim@127.0.0.1:1/x", "127.0.0.1:1"),
        ("mysql://nobody:geheim@127.0.0.1:1/x", "127.0.0.1:1"),
        ("mongodb://127.0.0.1/x", "mongodb"),
        ("no url", "no database URL"),
    ],
)
def test_an_unreachable_database_is_a_problem_without_its_password(tmp_path: Path, location: str, words: str) -> None:
    wanted = pull_request(tmp_path, {"sql": {"view": "v"}}, location=location, connection={"connector": "sql"})
    with pytest.raises(SourceUnavailable, match=words) as raised:
        poll(wanted)
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize(
    "times",
    [
        ["2023-06-01 12:00:00", "2023-06-01 12:05:00", "2023-06-01 12:30:00", "2023-06-01 12:33:00"],
        [
            "2023-06-01T12:00:00.000Z",
            "2023-06-01T12:05:00.500Z",
            "2023-06-01T12:30:00.000Z",
            "2023-06-01T12:33:00.000Z",
        ],
        [
            "2023-06-01T12:00:00+08:00",
            "2023-06-01T12:05:00+08:00",
            "2023-06-01T12:30:00+08:00",
            "2023-06-01T12:33:00+08:00",
        ],
    ],
)
def test_times_kept_as_text_overlap_too(tmp_path: Path, times: list[str]) -> None:
    database = tmp_path / "text.sqlite"
    engine = sa.create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE v (loan_id INTEGER, cd_time TEXT)")
        connection.execute(
            sa.text("INSERT INTO v VALUES (1, :a), (2, :b), (3, :c)"), dict(zip("abc", times, strict=False))
        )
    delivery = {"sql": {"view": "v", "watermark": "cd_time", "overlap_minutes": 26}}
    more: dict[str, Any] = {"location": f"sqlite:///{database}", "connection": {"connector": "sql"}}
    found, mark = poll(pull_request(tmp_path, delivery, **more))
    assert found == [1, 2, 3]
    assert poll(pull_request(tmp_path, delivery, since=mark, **more))[0] is None
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO v VALUES (4, :d)"), {"d": times[3]})
    assert poll(pull_request(tmp_path, delivery, since=mark, **more))[0] == [4]
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO v VALUES (5, :b)"), {"b": times[1]})  # late, within the overlap
    assert poll(pull_request(tmp_path, delivery, since=mark, **more))[0] == [2, 5, 3, 4]


def test_a_running_number_may_be_the_watermark(tmp_path: Path, source: Source) -> None:
    source.insert((1, NOON), (2, NOON))
    sql = {"view": source.name, "watermark": "loan_id"}
    _, mark = poll(request(tmp_path, source, sql))
    assert poll(request(tmp_path, source, sql, since=mark))[0] is None
    source.insert((3, NOON))
    assert poll(request(tmp_path, source, sql, since=mark))[0] == [3]


@pytest.mark.parametrize("kind", ["TEXT", "DATE"])
def test_a_row_that_comes_later_on_the_same_day_is_read(tmp_path: Path, kind: str) -> None:
    database = tmp_path / "days.sqlite"
    engine = sa.create_engine(f"sqlite:///{database}")

    def insert(number: int, day: str) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO v VALUES (:n, :d)"), {"n": number, "d": day})

    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE v (loan_id INTEGER, day {kind})")
    insert(1, "2023-06-01")
    delivery = {"sql": {"view": "v", "watermark": "day", "overlap_minutes": 10}}
    more: dict[str, Any] = {"location": f"sqlite:///{database}", "connection": {"connector": "sql"}}
    found, mark = poll(pull_request(tmp_path, delivery, **more))
    assert found == [1]
    assert poll(pull_request(tmp_path, delivery, since=mark, **more))[0] is None, "nothing new"
    insert(2, "2023-06-01")
    found = poll(pull_request(tmp_path, delivery, since=mark, **more))[0]
    assert found is not None
    assert 2 in found


def test_whole_decimals_may_be_the_watermark() -> None:
    tail = Tail(timedelta(0))
    tail.add([Decimal(1), Decimal("2.00")], [["1", "2"]])
    tail.add([Decimal(3)], [["3"]])
    position = tail.position(())
    assert position is not None
    assert (position.kind, position.value) == ("integer", "3")


@pytest.mark.parametrize(
    ("values", "kind", "last"),
    [([Decimal("1.5"), Decimal("2.25")], "decimal", "2.25"), ([0.1, 1e22], "float", "1e+22")],
)
def test_fractions_may_be_the_watermark(values: list[Any], kind: str, last: str) -> None:
    tail = Tail(timedelta(0))
    tail.add(values, [[str(value) for value in values]])
    position = tail.position(())
    assert position is not None
    assert (position.kind, position.value) == (kind, last)


def test_a_fraction_as_watermark_goes_on_where_it_ended(tmp_path: Path, source: Source) -> None:
    source.insert((1, NOON), (2, NOON), (4, NOON))  # 0.25, 0.50, 1.00
    sql = {"view": source.name, "watermark": "fee"}
    found, mark = poll(request(tmp_path, source, sql))
    assert found == [1, 2, 4]
    assert poll(request(tmp_path, source, sql, since=mark))[0] is None
    source.insert((5, NOON))
    found, mark = poll(request(tmp_path, source, sql, since=mark))
    assert found == [5]
    assert poll(request(tmp_path, source, sql, since=mark))[0] is None
