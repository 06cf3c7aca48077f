"""Control files beside deliveries: what is not whole waits, what is not what its sender declares is held."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sources.contract.feed import Feed
from sources.contract.problem import ContractError
from sources.intake import PullReport, pull
from tests.sources.contract_example import contract, entity_of, load, set_property
from tests.sources.deliveries_example import DELIVERED, deliver, loans, raw_rows
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify

pytestmark = pytest.mark.slow

NAME = "loans_20230601_1.csv"
LATER = DELIVERED + timedelta(minutes=5)
# The deadline of the day is the morning after, 06:00 in Shanghai.
CALENDAR = {"cadence": "daily", "due_days": 1, "due_time": "18:00", "reason": "test"}


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "feeds" / "library" / "drop"
    folder.mkdir(parents=True)
    return folder


def feed_with(drop: Path, control: dict[str, Any], *, one_batch: bool = False) -> Feed:
    document = contract()
    file = {"pattern": "loans_{period}_{seq}.csv", "format": {"kind": "csv"}, "control_file": control}
    entity = entity_of(document)
    set_property(entity, "deliveries", [{"server": "drop", "file": file | {"one_batch": one_batch}}])
    set_property(entity, "calendar", CALENDAR)
    return load(drop.parents[1], document)


def digest(content: str, algorithm: str = "md5") -> str:
    return hashlib.new(algorithm, content.encode()).hexdigest()


def reasons(report: PullReport) -> list[str]:
    return [f"{batch.reason_zh} {batch.reason_en}" for batch in report.batches if batch.status == "held"]


MD5 = {"name": "{name}.md5", "declares": "checksum"}


def test_a_delivery_waits_until_its_control_file_is_there(
    home: Home, ledger: Ledger, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRICT_NOW", "2023-06-02T09:40:00+08:00")
    feed = feed_with(drop, {"name": "{stem}.ok"})
    deliver(drop, NAME, loans(1))

    early = pull(feed, home, ledger, run_id="r1")

    assert (early.batches, early.problems) == ([], [])
    assert [(one.file_name, one.waits_for) for one in early.waiting] == [(NAME, "loans_20230601_1.ok")]
    assert ledger.waiting("library") == early.waiting

    deliver(drop, "loans_20230601_1.ok", "", at=LATER)
    whole = pull(feed, home, ledger, run_id="r2")

    assert [batch.status for batch in whole.batches] == ["admitted"]
    assert (whole.waiting, ledger.waiting()) == ([], [])
    assert ledger.batches()[0].received_at == LATER  # it was whole then
    assert pull(feed, home, ledger, run_id="r3") == PullReport("library")


def test_past_the_deadline_a_missing_control_file_is_a_problem(
    home: Home, ledger: Ledger, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRICT_NOW", "2023-06-02T18:01:00+08:00")
    feed = feed_with(drop, {"name": "{stem}.ok"})
    deliver(drop, NAME, loans(1))

    late = pull(feed, home, ledger, run_id="r1")

    (problem,) = late.problems
    assert NAME in problem.zh
    assert "loans_20230601_1.ok 一直没有到" in problem.zh
    assert "has not come" in problem.en
    # A resend that began just now is not late, whatever the deadline of its old period was.
    deliver(drop, NAME, loans(1, 2), at=datetime(2023, 6, 2, 10, 0, tzinfo=UTC))
    assert pull(feed, home, ledger, run_id="r2").problems == []


@pytest.mark.parametrize(
    "text",
    [
        "{md5}",
        "{md5}  " + NAME + "\n",
        "{md5} *./" + NAME,
        "MD5 (" + NAME + ") = {md5}",
        "\ufeff{md5}\r\n",
        "{sha256}  x",
    ],
)
def test_checksums_as_the_usual_programs_write_them(home: Home, ledger: Ledger, drop: Path, text: str) -> None:
    content = loans(1)
    deliver(drop, NAME, content)
    deliver(drop, NAME + ".md5", text.format(md5=digest(content).upper(), sha256=digest(content, "sha256")))

    report = pull(feed_with(drop, MD5), home, ledger, run_id="r1")

    assert ([batch.status for batch in report.batches], report.problems) == (["admitted"], [])
    assert str(ledger.batches()[0].checksum_declared).partition(":")[2] in (digest(content), digest(content, "sha256"))


def test_another_checksum_holds_the_batch_until_it_is_mended(home: Home, ledger: Ledger, drop: Path) -> None:
    feed, content = feed_with(drop, MD5), loans(1, 2)
    deliver(drop, NAME, content)
    deliver(drop, NAME + ".md5", digest("something else"))

    (reason,) = reasons(pull(feed, home, ledger, run_id="r1"))

    assert all(part in reason for part in (NAME, digest(content), digest("something else"), "请整份重传", "again"))
    assert raw_rows(home) == []
    assert pull(feed, home, ledger, run_id="r2").batches == []  # nothing new

    deliver(drop, NAME + ".md5", digest(content), at=LATER)  # the control file alone was wrong
    mended = pull(feed, home, ledger, run_id="r3")

    assert [batch.status for batch in mended.batches] == ["admitted"]
    assert len(raw_rows(home)) == 2
    assert verify(home, ledger).findings == ()
    # The same bytes and checksum under another name are a replay still.
    deliver(drop, "loans_20230601_2.csv", content, at=LATER)
    deliver(drop, "loans_20230601_2.csv.md5", digest(content), at=LATER)
    assert pull(feed, home, ledger, run_id="r4").batches == []


def test_declared_rows_are_compared(home: Home, ledger: Ledger, drop: Path) -> None:
    control = {"name": "{stem}.ctl", "declares": "pattern", "pattern": "^rows=(?P<rows>[0-9]+)$"}
    for day, declared in ((1, 2), (2, 3)):
        deliver(drop, f"loans_2023060{day}_1.csv", loans(1, 2, day=day))
        deliver(drop, f"loans_2023060{day}_1.ctl", f"feed=loans\nrows={declared}\n")

    report = pull(feed_with(drop, control), home, ledger, run_id="r1")

    assert [batch.status for batch in report.batches] == ["admitted", "held"]
    assert "声明 3 行，实际读到 2 行" in reasons(report)[0]


def test_a_control_file_without_what_was_agreed_is_named(home: Home, ledger: Ledger, drop: Path) -> None:
    deliver(drop, NAME, loans(1))
    deliver(drop, NAME + ".md5", "ok")

    report = pull(feed_with(drop, MD5), home, ledger, run_id="r1")

    (problem,) = report.problems
    assert report.batches == []
    assert NAME + ".md5" in problem.zh
    assert "write it again" in problem.en


def test_one_list_names_many_deliveries(home: Home, ledger: Ledger, drop: Path) -> None:
    feed = feed_with(drop, {"name": "SHA256SUMS", "declares": "checksum"}, one_batch=True)
    contents = {f"loans_2023060{day}_1.csv": loans(day, day=day) for day in (1, 2, 3)}
    for name, content in contents.items():
        deliver(drop, name, content)
    lines = [f"{digest(content, 'sha256')}  {name}" for name, content in contents.items()]
    deliver(drop, "SHA256SUMS", "\n".join(lines[:2]), at=LATER)

    report = pull(feed, home, ledger, run_id="r1")

    assert [batch.rows_admitted for batch in report.batches] == [2]
    assert [one.file_name for one in report.waiting] == ["loans_20230603_1.csv"]

    deliver(drop, "SHA256SUMS", "\n".join(lines), at=LATER + timedelta(minutes=5))
    assert [batch.rows_admitted for batch in pull(feed, home, ledger, run_id="r2").batches] == [1]


@pytest.mark.parametrize(
    "control",
    [
        {"name": "{name}"},
        {"name": "{period}.ok"},
        {"name": "{stem}.ok", "declares": "pattern"},
        {"name": "{stem}.ok", "pattern": "(?P<rows>.)"},
        {"name": "{stem}.ok", "declares": "pattern", "pattern": "([0-9]+)"},
    ],
)
def test_settings_that_say_nothing_are_refused(drop: Path, control: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match="control_file"):
        feed_with(drop, control)
