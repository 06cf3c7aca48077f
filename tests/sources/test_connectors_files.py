"""Folders: which files are offered, in which order, dated how; which are passed over."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fsspec
import pytest

from sources.connectors.files import address, offers
from sources.connectors.offer import PullRequest, SourceUnavailable
from tests.sources.connector_requests import ADMITTED, HELD, NOTHING, fetch, pull_request, signatures
from tests.sources.sftp_source import PASSWORD, USER, serving

pytestmark = pytest.mark.slow

DELIVERED = datetime(2023, 6, 2, 1, 30, tzinfo=UTC)
FILES = {"connector": "files"}


def deliver(folder: Path, name: str, content: str = "loan_id\n1\n", at: datetime = DELIVERED) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    os.utime(file, (at.timestamp(), at.timestamp()))
    return file


def request(
    tmp_path: Path, pattern: str = "loans_{period}_{seq}.csv", one_batch: bool = False, **more: Any
) -> PullRequest:
    (tmp_path / "drop").mkdir(exist_ok=True)
    delivery = {"mode": "delta", "file": {"pattern": pattern, "format": {"kind": "csv"}, "one_batch": one_batch}}
    more.setdefault("location", str(tmp_path / "drop"))
    more.setdefault("connection", FILES)
    return pull_request(tmp_path, delivery, **more)


def names(request: PullRequest) -> list[str]:
    return [offer.file_name for offer in offers(request)]


def test_a_file_is_offered_with_what_its_name_and_time_say(tmp_path: Path) -> None:
    deliver(tmp_path / "drop", "loans_20230601_2.csv")
    (offer,) = offers(request(tmp_path))
    assert (offer.period_start, offer.period_end, offer.batch_seq) == (date(2023, 6, 1), date(2023, 6, 1), 2)
    assert (offer.received_at, offer.mode) == (DELIVERED, "delta")
    fetched = fetch(offer)
    assert [file.file_name for file in fetched.files] == ["loans_20230601_2.csv"]
    assert fetched.files[0].path.read_text() == "loan_id\n1\n"
    assert fetched.files[0].path.stat().st_mode & 0o777 == 0o600
    assert fetched.files[0].modified_at == DELIVERED


def test_unfinished_control_and_hidden_files_are_no_deliveries(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    for name in (
        "a.csv",
        "b.csv.part",
        "c.csv.tmp",
        "a.csv.ok",
        "a.csv.md5",
        ".d.csv",
        ".cache/e.csv",
        "f.csv.filepart",
    ):
        deliver(drop, name)
    assert names(request(tmp_path, "**/*")) == ["a.csv"]


def test_sub_folders_are_read_only_when_the_pattern_says_so(tmp_path: Path) -> None:
    deliver(tmp_path / "drop", "a.csv")
    deliver(tmp_path / "drop", "2023/06/b.csv")
    assert names(request(tmp_path, "*.csv")) == ["a.csv"]
    assert sorted(names(request(tmp_path, "**/*.csv"))) == ["2023/06/b.csv", "a.csv"]
    assert names(request(tmp_path, "2023/**/*.csv")) == ["2023/06/b.csv"]


def test_offers_come_in_the_order_of_delivery(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    deliver(drop, "loans_20230602_1.csv", at=datetime(2023, 6, 3, tzinfo=UTC))
    deliver(drop, "loans_20230601_1.csv", at=datetime(2023, 6, 2, tzinfo=UTC))
    deliver(drop, "loans_20230601_2.csv", at=datetime(2023, 6, 4, tzinfo=UTC))
    found = list(offers(request(tmp_path)))
    assert [offer.file_name for offer in found] == [
        "loans_20230601_1.csv",
        "loans_20230602_1.csv",
        "loans_20230601_2.csv",
    ]
    orders = [offer.batch_order for offer in found]
    assert orders == sorted(orders, key=lambda order: order or 0)
    assert len(set(orders)) == 3


def test_a_resend_is_later_even_when_copying_lost_the_times(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    deliver(drop, "loans_20230601_10.csv", at=DELIVERED)
    deliver(drop, "loans_20230601_9.csv", at=DELIVERED.replace(hour=2))
    assert names(request(tmp_path)) == ["loans_20230601_9.csv", "loans_20230601_10.csv"]


def test_known_files_are_passed_over_until_they_change(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    deliver(drop, "loans_20230601_1.csv")
    (offer,) = offers(request(tmp_path))
    known = signatures(fetch(offer))
    assert offer.watermark(ADMITTED) is None
    assert offer.watermark(HELD) is None  # the ledger has the file: the batch itself is tried again, not the file
    assert names(request(tmp_path, known=known)) == []
    deliver(drop, "loans_20230601_1.csv", "loan_id\n1\n2\n")
    assert names(request(tmp_path, known=known)) == ["loans_20230601_1.csv"]


def test_files_that_came_to_nothing_are_remembered(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    deliver(drop, "loans_20230601_1.csv")
    deliver(drop, "loans_20230602_1.csv")
    first, second = offers(request(tmp_path))
    first_mark, second_mark = first.watermark(NOTHING), second.watermark(NOTHING)
    assert names(request(tmp_path, since=first_mark)) == ["loans_20230602_1.csv"]
    assert names(request(tmp_path, since=second_mark)) == []
    deliver(drop, "loans_20230602_1.csv", at=DELIVERED.replace(day=9))
    assert names(request(tmp_path, since=second_mark)) == ["loans_20230602_1.csv"]


def test_one_batch_takes_all_new_files(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    for day in (3, 1, 2):
        deliver(drop, f"loans_2023060{day}_1.csv", f"loan_id\n{day}\n", DELIVERED.replace(day=day))
    (offer,) = offers(request(tmp_path, one_batch=True))
    assert (offer.period_start, offer.period_end) == (date(2023, 6, 1), date(2023, 6, 3))
    assert offer.received_at == DELIVERED.replace(day=3)
    fetched = fetch(offer)
    assert [file.path.read_text() for file in fetched.files] == [f"loan_id\n{day}\n" for day in (1, 2, 3)]
    assert names(request(tmp_path, one_batch=True, known=signatures(fetched))) == []


def test_nothing_after_the_day_asked_for_is_offered(tmp_path: Path) -> None:
    for day in (29, 30):
        deliver(tmp_path / "drop", f"loans_202306{day}_1.csv")
    assert names(request(tmp_path, as_of=date(2023, 6, 29))) == ["loans_20230629_1.csv"]


def test_a_period_asks_for_its_files_only(tmp_path: Path) -> None:
    for day in range(10, 14):
        deliver(tmp_path / "drop", f"loans_202306{day}_1.csv")
    chosen = request(tmp_path, period=(date(2023, 6, 11), date(2023, 6, 12)))
    assert names(chosen) == ["loans_20230611_1.csv", "loans_20230612_1.csv"]


def test_the_day_of_delivery_dates_what_nothing_else_dates(tmp_path: Path) -> None:
    deliver(tmp_path / "drop", "state.csv", at=datetime(2023, 6, 1, 18, 0, tzinfo=UTC))  # 02:00 on the 2nd in Shanghai
    (offer,) = offers(request(tmp_path, "state.csv", undated_rows=True))
    assert offer.period_start == offer.period_end == date(2023, 6, 2)
    (offer,) = offers(request(tmp_path, "state.csv"))
    assert offer.period_start is None  # the rows' own dates say


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_run(tmp_path: Path) -> None:
    file = deliver(tmp_path / "drop", "loans_20230601_1.csv")
    (offer,) = offers(request(tmp_path))
    file.write_text("loan_id\n1\n2\n")
    with pytest.raises(SourceUnavailable, match="changed while it was read"):
        offer.fetch()
    assert list((tmp_path / "workspace").iterdir()) == []


def test_a_file_that_vanished_says_so(tmp_path: Path) -> None:
    file = deliver(tmp_path / "drop", "loans_20230601_1.csv")
    (offer,) = offers(request(tmp_path))
    file.unlink()
    with pytest.raises(SourceUnavailable, match="does not exist"):
        offer.fetch()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="nowhere"):
        list(offers(request(tmp_path, location=str(tmp_path / "nowhere"))))


def test_a_scheme_that_nothing_reads_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="gopher"):
        list(offers(request(tmp_path, location="gopher://host/drop")))


def test_any_file_system_of_fsspec_works(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe_file(f"{tmp_path}/loans_20230601_1.csv", b"loan_id\n7\n")
    (offer,) = offers(request(tmp_path, location=f"memory://{tmp_path}"))
    assert offer.file_name == "loans_20230601_1.csv"
    assert fetch(offer).files[0].path.read_bytes() == b"loan_id\n7\n"


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/data/drop", "/data/drop"),
        ("sftp://user:secret@host:2222/drop?key=1", "sftp://host:2222/drop"),
        ("s3://bucket/drop", "s3://bucket/drop"),
    ],
)
def test_addresses_carry_no_secrets(location: str, shown: str) -> None:
    assert address(location) == shown


def test_a_drop_over_sftp(tmp_path: Path) -> None:
    deliver(tmp_path / "drop", "loans_20230601_1.csv", "loan_id\n7\n")
    deliver(tmp_path / "drop", "loans_20230602_1.csv.part")
    with serving(tmp_path) as host:
        wanted = request(tmp_path, location=f"sftp://{USER}:{PASSWORD}@{host}/drop")
        (offer,) = offers(wanted)
        assert (offer.file_name, offer.received_at) == ("loans_20230601_1.csv", DELIVERED)
        assert offer.source == f"source sftp://{host}/drop"
        fetched = fetch(offer)
        assert fetched.files[0].path.read_bytes() == b"loan_id\n7\n"
        assert names(request(tmp_path, location=wanted.server.location, known=signatures(fetched))) == []


def test_a_wrong_password_is_a_problem_that_does_not_tell_it(tmp_path: Path) -> None:
    with serving(tmp_path) as host, pytest.raises(SourceUnavailable, match="credentials") as raised:
        list(offers(request(tmp_path, location=f"sftp://{USER}:falsch@{host}/drop")))
    assert "falsch" not in str(raised.value)
