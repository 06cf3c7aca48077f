"""The MQTT connector against a real broker: nothing lost, nothing taken twice, batches of bounded size."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.connectors.mqtt import offers
from sources.connectors.mqtt_spool import Message, Spool
from sources.connectors.offer import Offer, PullRequest, SourceUnavailable
from sources.contract.feed import Feed
from sources.intake import STEPS, pull, recover
from tests.sources.connector_requests import ADMITTED, NOTHING, fetch, pull_request
from tests.sources.contract_example import contract, entity_of, load, set_property
from tests.sources.mosquitto import PASSWORD, USER, mosquitto, publish
from warehouse.home import Home
from warehouse.ledger import Ledger

pytestmark = pytest.mark.slow

TOPIC = "iot/+/loans"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    with mosquitto(tmp_path / "broker") as url:
        yield url


def connection(**more: Any) -> dict[str, Any]:
    return {"connector": "mqtt", "username": USER, "password": PASSWORD, "timeout_seconds": 20, **more}


def request(tmp_path: Path, url: str, since: str | None = None, **more: Any) -> PullRequest:
    settings = {"topic": TOPIC, "client_id": "platform", "format": {"kind": "ndjson"}} | more
    return pull_request(
        tmp_path, {"mqtt": settings}, location=url, connection=connection(), since=since
    )  # fmt: skip


def messages(offer: Offer) -> list[tuple[str, bytes]]:
    table = pq.read_table(fetch(offer).files[0].path)
    return list(zip(table["topic"].to_pylist(), table["payload"].to_pylist(), strict=True))


def take(wanted: PullRequest) -> tuple[list[list[tuple[str, bytes]]], str | None]:
    """The batches of a pull whose batches are all recorded, and the watermark to go on with."""
    batches, mark = [], wanted.since
    for offer in offers(wanted):
        fetched = offer.fetch()
        if fetched is not None:
            table = pq.read_table(fetched.files[0].path)
            batches.append(list(zip(table["topic"].to_pylist(), table["payload"].to_pylist(), strict=True)))
            offer.recorded()
        mark = offer.watermark(NOTHING if fetched is None else ADMITTED) or mark
    return batches, mark


def numbered(count: int, start: int = 0) -> list[tuple[str, bytes]]:
    return [(f"iot/{number}/loans", b"{}" + b" " * number) for number in range(start, start + count)]


@pytest.mark.service
def test_what_came_between_two_pulls_comes_once(tmp_path: Path, broker: str) -> None:
    assert take(request(tmp_path, broker)) == ([], None)  # the session begins here
    sent = numbered(90)  # more than the broker sends ahead of acknowledgements
    publish(broker, sent)

    before = datetime.now(UTC)
    (offer,) = offers(request(tmp_path, broker))
    table = pq.read_table(fetch(offer).files[0].path)
    offer.recorded()

    assert list(zip(table["topic"].to_pylist(), table["payload"].to_pylist(), strict=True)) == sent
    assert all(before <= moment <= datetime.now(UTC) for moment in table["received_at"].to_pylist())
    assert take(request(tmp_path, broker)) == ([], None)
    assert PASSWORD not in offer.source


@pytest.mark.service
def test_messages_without_a_batch_come_again_with_what_is_new(tmp_path: Path, broker: str) -> None:
    take(request(tmp_path, broker))
    publish(broker, numbered(30))
    (interrupted,) = offers(request(tmp_path, broker))
    assert len(messages(interrupted)) == 30  # and the run dies before the ledger has them

    publish(broker, numbered(5, start=30))

    assert take(request(tmp_path, broker))[0] == [numbered(35)]
    assert take(request(tmp_path, broker))[0] == []


@pytest.mark.service
def test_batches_are_bounded(tmp_path: Path, broker: str) -> None:
    take(request(tmp_path, broker))
    publish(broker, numbered(10))

    batches, _ = take(request(tmp_path, broker, max_messages=4))

    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert [message for batch in batches for message in batch] == numbered(10)


@pytest.mark.service
def test_a_kept_state_is_taken_once_until_it_changes(tmp_path: Path, broker: str) -> None:
    publish(broker, numbered(3), retain=True)
    first, mark = take(request(tmp_path, broker))
    again, mark_after = take(request(tmp_path, broker, mark))
    publish(broker, [("iot/1/loans", b'{"new": 1}')], retain=True)
    changed, _ = take(request(tmp_path, broker, mark_after))

    assert sorted(first[0]) == numbered(3)
    assert again == []
    assert changed == [[("iot/1/loans", b'{"new": 1}')]]


@pytest.mark.service
def test_without_the_right_to_the_barrier_what_came_is_kept_and_the_remedy_named(tmp_path: Path, broker: str) -> None:
    publish(broker, numbered(2), retain=True)
    wanted = pull_request(
        tmp_path,
        {"mqtt": {"topic": TOPIC, "client_id": "mute", "format": {"kind": "ndjson"}}},
        location=broker,
        connection=connection(timeout_seconds=0.5),
    )
    found = offers(wanted)

    assert sorted(messages(next(found))) == numbered(2)
    with pytest.raises(SourceUnavailable, match="mute/barrier"):
        next(found)


@pytest.mark.service
def test_a_wrong_password_and_a_closed_topic_say_so(tmp_path: Path, broker: str) -> None:
    for options, word in (({"password": "falsch"}, "(?i)authori"), ({"username": "nobody"}, "(?i)authori")):
        wanted = pull_request(
            tmp_path,
            {"mqtt": {"topic": TOPIC, "client_id": "platform", "format": {"kind": "ndjson"}}},
            location=broker,
            connection=connection(**options),
        )
        with pytest.raises(SourceUnavailable, match=word) as caught:
            take(wanted)
        assert "falsch" not in str(caught.value)


def test_an_unreachable_broker_and_an_address_of_something_else_name_the_remedy(tmp_path: Path) -> None:
    for url, word in (("mqtt://127.0.0.1:1", "network"), ("http://127.0.0.1", "mqtts://"), ("mqtt://h:x", "mqtts://")):
        with pytest.raises(SourceUnavailable, match=word):
            take(request(tmp_path, url))


def test_a_queue_is_not_asked_for_past_days(tmp_path: Path) -> None:
    wanted = pull_request(
        tmp_path,
        {"mqtt": {"topic": TOPIC, "client_id": "platform", "format": {"kind": "ndjson"}}},
        location="mqtt://127.0.0.1:1",
        connection=connection(),
        period=(date(2023, 6, 1), date(2023, 6, 1)),
    )
    assert list(offers(wanted)) == []


def test_a_message_cut_by_a_crash_is_dropped_and_the_rest_kept(tmp_path: Path) -> None:
    moment = datetime(2023, 6, 30, 1, tzinfo=UTC)
    first = Spool(tmp_path)
    first.append(Message("iot/1", moment, b"whole"))
    first.append(Message("iot/2", moment, b"cut"))
    first.close()
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1])

    second = Spool(tmp_path)
    second.append(Message("iot/3", moment, b"later"))

    table = pq.read_table(second.pack(tmp_path / "workspace"))
    assert table["topic"].to_pylist() == ["iot/1", "iot/3"]
    assert table["payload"].to_pylist() == [b"whole", b"later"]
    assert table["received_at"].to_pylist() == [moment, moment]


def loan(number: int, day: str = "2023-06-29") -> dict[str, object]:
    return {"loan_id": str(number), "loan_date": day}


def block(numbers: list[int]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([loan(number) for number in numbers]), sink)
    return sink.getvalue()


LINES = "\n".join(json.dumps(loan(number), ensure_ascii=False) for number in (1, 2)).encode()
CASES = {
    "lines of JSON, one packed": (
        {"kind": "ndjson"},
        [LINES, gzip.compress(json.dumps(loan(3)).encode()), b'{"cut'],
        1,
    ),
    "documents": (
        {"kind": "json", "records_at": "loans"},
        [json.dumps({"loans": [loan(1), loan(2)]}, indent=1).encode(), json.dumps({"loans": [loan(3)]}).encode(), b"{"],
        1,
    ),
    "blocks": ({"kind": "parquet"}, [block([1, 2]), gzip.compress(block([3])), b"PAR1 cut"], 1),
}


def loans_feed(tmp_path: Path, url: str, form: dict[str, Any]) -> Feed:
    """The example's loans as messages of the broker."""
    document = contract()
    connected = [{"property": "connection", "value": connection()}]
    document["servers"] = [{"server": "source", "location": url, "customProperties": connected}]
    settings = {"topic": TOPIC, "client_id": "platform", "format": form}
    set_property(entity_of(document), "deliveries", [{"server": "source", "mqtt": settings}])
    set_property(entity_of(document), "max_rejected_percent", 50)
    return load(tmp_path / "feeds", document)


@pytest.mark.service
@pytest.mark.parametrize("case", CASES)
def test_messages_become_rows_and_broken_ones_are_rejected(
    tmp_path: Path, broker: str, home: Home, ledger: Ledger, case: str
) -> None:
    form, payloads, broken = CASES[case]
    feed = loans_feed(tmp_path, broker, form)
    publish(broker, [(f"iot/{number}/loans", payload) for number, payload in enumerate(payloads)], retain=True)

    report = pull(feed, home, ledger, as_of=date(2023, 6, 30), run_id="r1")
    again = pull(feed, home, ledger, as_of=date(2023, 6, 30), run_id="r2")

    assert report.problems == []
    (batch,) = report.batches
    assert (batch.status, batch.rows_admitted, batch.rows_rejected) == ("admitted", 3, broken), batch.reason_en
    assert again.batches == []
    assert again.problems == []


@pytest.mark.service
@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_nothing_is_lost(
    tmp_path: Path, broker: str, home: Home, ledger: Ledger, step: str
) -> None:
    feed = loans_feed(tmp_path, broker, {"kind": "ndjson"})
    pull(feed, home, ledger, as_of=date(2023, 6, 30), run_id="subscribes")
    sent = {str(number) for number in range(40)}
    publish(broker, [(f"iot/{number}/loans", json.dumps(loan(int(number))).encode()) for number in sent])

    def killed(done: str, _batch: str) -> None:
        if done == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(feed, home, ledger, as_of=date(2023, 6, 30), run_id="killed", on_step=killed)
    recover(home, ledger)
    report = pull(feed, home, ledger, as_of=date(2023, 6, 30), run_id="after")

    assert report.problems == []
    admitted = [batch.batch_id for batch in ledger.batches(feed=feed.name, entity="lib_loan", status="admitted")]
    files = [str(path) for batch in admitted for path in home.raw.rglob(f"batch={batch}/*.parquet")]
    rows = duckdb.connect().execute("SELECT loan_id FROM read_parquet($files)", {"files": files}).fetchall()
    assert sorted(found for (found,) in rows) == sorted(sent)
    assert not any(path.is_file() for path in home.spool.rglob("*"))


def test_messages_of_a_delivery_that_the_contract_has_no_longer_are_not_forgotten(
    tmp_path: Path, home: Home, ledger: Ledger
) -> None:
    feed = loans_feed(tmp_path, "mqtt://127.0.0.1:1", {"kind": "ndjson"})
    left = Spool(home.spool / feed.name / "lib_loan" / "formerly")
    left.append(Message("iot/1/loans", datetime(2023, 6, 30, tzinfo=UTC), b"{}"))
    left.close()

    report = pull(feed, home, ledger, as_of=date(2023, 6, 30), run_id="r1")

    unreachable, forgotten = report.problems
    assert "network" in unreachable.en
    assert "formerly" in forgotten.en
    assert "restore" in forgotten.en
