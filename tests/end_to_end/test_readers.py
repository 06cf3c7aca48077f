"""Readers never wait and never see half a publication, whatever is rebuilt meanwhile."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.end_to_end.district_command import SMALL, district
from warehouse.home import Home
from warehouse.read import SnapshotReader
from warehouse.read.feeds import freshness
from warehouse.read.overview import overview, snapshot_info

pytestmark = [
    pytest.mark.integration,
    pytest.mark.xdist_group("end_to_end"),
    pytest.mark.timeout(1800),
]

READERS = 20
# A figure's state one day later differs, so that the rebuild ends with a switch to another snapshot.
NEXT_DAY = "2023-07-01"


def test_twenty_readers_during_a_full_rebuild(undisturbed: Path, tmp_path: Path) -> None:
    home = Home(shutil.copytree(undisturbed, tmp_path / "home", symlinks=True))
    before = SnapshotReader(home).snapshot_id
    ended = threading.Event()

    def poll() -> set[tuple[str, str, int, int]]:
        """What was seen: snapshot, its own name inside, indicators, entities; errors come out of the future."""
        seen = set()
        while True:
            last = ended.is_set()
            reader = SnapshotReader(home)
            inside = snapshot_info(reader)
            seen.add((reader.snapshot_id, inside.snapshot_id, len(overview(reader)), len(freshness(reader))))
            if last:
                return seen
            ended.wait(4)  # pages that ask again, not a load test: the rebuild is what takes the cores

    with ThreadPoolExecutor(READERS) as pool:
        polls = [pool.submit(poll) for _ in range(READERS)]
        run = district(home.root, "run", "--full", "--as-of", NEXT_DAY, *SMALL)
        ended.set()
        seen = set().union(*(future.result() for future in polls))

    assert run.returncode == 0, run.stdout + run.stderr
    after = SnapshotReader(home).snapshot_id
    assert after != before
    assert {name for name, *_ in seen} == {before, after}
    assert all(name == inside for name, inside, *_ in seen)
    assert len({(indicators, entities) for *_, indicators, entities in seen}) == 1
