"""Feeds pulled in processes of their own: the same as in this one, and nothing goes on once the run is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
import stamina

from orchestration.pull_processes import PullFailed, PullProcesses, deliveries_a_year
from sources.contract.feed import Feed
from sources.contract.loading import load_feeds
from sources.intake import pull
from tests.orchestration.tiny_feed import counts, deliver, write_tiny_feed
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.run_lock import HomeIsBusy, lock_of_process, run_lock

pytestmark = pytest.mark.slow

DAY = date(2023, 6, 30)
NAMES = ("north", "south", "west")


@pytest.fixture
def feeds(tmp_path: Path) -> Mapping[str, Feed]:
    folder = tmp_path / "feeds"
    for name in NAMES:
        write_tiny_feed(folder, tmp_path / name, name)
        deliver(tmp_path / name, "count_20230609.csv", *counts("2023-06-09", 10, 12))
        deliver(tmp_path / name, "count_20230610.csv", *counts("2023-06-10", 7))  # one row is too few: held
        deliver(tmp_path / name, "crossing_20230609.csv", "crossing", "c0", "c1")
    return {name: feed for name, feed in load_feeds([folder]).items() if name in NAMES}


def is_alive(pid: int) -> bool:
    """Whether the process works: one that nobody has waited for yet ('Z') does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wanted(feeds: Mapping[str, Feed]) -> dict[str, list[str]]:
    return {name: list(feed.entities) for name, feed in feeds.items()}


def test_processes_decide_what_one_process_decides(home: Home, tmp_path: Path, feeds: Mapping[str, Feed]) -> None:
    home.prepare()
    told: dict[str, list[str]] = {}
    with Ledger.of(home) as ledger, PullProcesses(home, feeds, wanted(feeds), at_once=2) as pulling:
        reports = {
            name: pulling(
                feed,
                home,
                ledger,
                as_of=DAY,
                run_id="r",
                on_step=lambda step, _, name=name: told.setdefault(name, []).append(step),  # type: ignore[misc]
            )
            for name, feed in feeds.items()
        }
        decided = {(batch.feed, batch.file_name): batch.status for batch in ledger.batches()}
    other = Home(tmp_path / "other").prepare()
    with Ledger.of(other) as ledger:
        for name, feed in feeds.items():
            alone = pull(feed, other, ledger, as_of=DAY, run_id="r")
            assert reports[name].batches == alone.batches
            assert told[name].count("decided") == 3
        assert decided == {(batch.feed, batch.file_name): batch.status for batch in ledger.batches()}
    assert sorted(decided.values()) == ["admitted"] * 6 + ["held"] * 3


def test_a_process_that_is_killed_is_a_fault_of_its_feed_and_the_others_go_on(
    home: Home, tmp_path: Path, feeds: Mapping[str, Feed]
) -> None:
    home.prepare()
    os.mkfifo(tmp_path / "north" / "count_20230611.csv")  # reading it waits for ever
    with Ledger.of(home) as ledger, PullProcesses(home, feeds, wanted(feeds), at_once=2) as pulling:
        assert len(pulling(feeds["south"], home, ledger, as_of=DAY, run_id="r").batches) == 3
        (stuck,) = [worker for worker in pulling.workers if worker.feed == "north"]
        stuck.process.kill()
        with pytest.raises(PullFailed, match="killed"):
            pulling(feeds["north"], home, ledger, as_of=DAY, run_id="r")
        assert len(pulling(feeds["west"], home, ledger, as_of=DAY, run_id="r").batches) == 3


_STARTED = """
import sys
from pathlib import Path
from orchestration.pull_processes import PullProcesses
from sources.contract.loading import load_feeds
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.run_lock import run_lock

if __name__ == "__main__":
    home = Home(Path(sys.argv[1])).prepare()
    feeds = {name: feed for name, feed in load_feeds([Path(sys.argv[2])]).items() if name in ("north", "south")}
    wanted = {name: list(feed.entities) for name, feed in feeds.items()}
    with run_lock(home), Ledger.of(home) as ledger, PullProcesses(home, feeds, wanted, at_once=2) as pulling:
        pulling(feeds["south"], home, ledger, run_id="r")
        print(*(worker.process.pid for worker in pulling.workers), flush=True)
        sys.stdin.read()
"""


def test_processes_end_with_their_run_and_the_next_run_waits_for_them(
    home: Home, tmp_path: Path, feeds: Mapping[str, Feed]
) -> None:
    script = tmp_path / "started.py"
    script.write_text(_STARTED, encoding="utf-8")
    run = subprocess.Popen(
        [sys.executable, script, home.root, tmp_path / "feeds"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert run.stdout is not None
    processes = [int(pid) for pid in run.stdout.readline().split()]
    assert len(processes) == 2
    assert all(map(is_alive, processes))
    with pytest.raises(HomeIsBusy), run_lock(home):
        pass
    run.kill()
    run.wait()
    with run_lock(home):  # waits for the locks of the processes
        for number in (0, 1):
            with lock_of_process(home, number):
                pass
    # A lock is let go a moment before its process is gone.
    for attempt in stamina.retry_context(on=AssertionError, timeout=30):
        with attempt:
            assert not any(map(is_alive, processes))


def test_the_feeds_that_deliver_most_often_come_first() -> None:
    ranked = sorted(load_feeds([]).values(), key=lambda feed: -deliveries_a_year(feed))
    assert [feed.name for feed in ranked[:3]] == ["parking", "hospital_interconnect", "education_base"]
