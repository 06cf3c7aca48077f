"""Killed at any step of the walk, a run started again ends with the same ledger and the same files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sources.contract.feed import Feed
from sources.contract.loading import load_feeds
from sources.intake import STEPS, pull, recover
from tests.sources.contract_example import contract, entity_of, load, set_property
from tests.sources.deliveries_example import deliver, loans, state
from warehouse.home import REPOSITORY, Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify

pytestmark = pytest.mark.slow


class Killed(BaseException):
    """The process ends here, as far as the walk can tell."""


def deliveries(folder: Path) -> Feed:
    """Three files of full deliveries, of which one is held and one replaces another."""
    document = contract()
    settings = {"pattern": "loans_{period}_{seq}.csv", "format": {"kind": "csv"}}
    set_property(entity_of(document), "deliveries", [{"server": "drop", "mode": "full", "file": settings}])
    feed = load(folder, document)
    drop = folder / "library" / "drop"
    deliver(drop, "loans_20230601_1.csv", loans(1, 2))
    deliver(drop, "loans_20230601_2.csv", loans(3, 4))
    deliver(drop, "loans_20230602_1.csv", loans())
    return feed


@pytest.fixture(scope="module", autouse=True)
def one_pseudonym_key() -> Iterator[None]:
    """Homes make keys of their own, and then no two of them agree."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISTRICT_PSEUDONYM_KEY", "a key for tests that is long enough")
        yield


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of deliveries, and what a home holds after a run that nothing disturbs."""
    folder = tmp_path_factory.mktemp("deliveries")
    feed = deliveries(folder)
    home = Home(tmp_path_factory.mktemp("undisturbed")).prepare()
    with Ledger.of(home) as ledger:
        statuses = [batch.status for batch in pull(feed, home, ledger, run_id="r").batches]
        assert statuses == ["admitted", "held", "admitted"]
    return folder, state(home)


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    """Without problems and runs (an interrupted run may note more of itself) and seals (they hash moments).

    Nor with the order of decisions: a second run takes up what the first one landed by rank, not by file.
    """
    kept = json.loads(json.dumps(found, default=repr))
    for table in ("pull_problem", "run", "seal"):
        kept["ledger"].pop(table)
    for change in kept["ledger"]["partition_change"]:
        change.pop("seq")
    for batch in kept["ledger"]["batch"]:
        batch.pop("decision_seq")
    return dict(kept)


@pytest.mark.parametrize("delivery", [1, 2, 3])
@pytest.mark.parametrize("step", STEPS)
def test_interrupted_at_any_step_a_second_run_ends_the_same(
    home: Home, ledger: Ledger, undisturbed: tuple[Path, dict[str, Any]], step: str, delivery: int
) -> None:
    folder, expected = undisturbed
    feed = load_feeds([folder])["library"]
    seen = 0

    def kill(done: str, batch: str) -> None:
        nonlocal seen
        seen += done == step
        if done == step and seen == delivery:
            raise Killed

    with pytest.raises(Killed):
        pull(feed, home, ledger, run_id="r", on_step=kill)
    recover(home, ledger)
    report = pull(feed, home, ledger, run_id="r")
    assert report.problems == []
    assert comparable(state(home)) == comparable(expected)
    assert verify(home, ledger).findings == ()


@pytest.mark.parametrize("step", ["recorded", "placed"])
def test_killed_for_good_a_second_process_ends_the_same(
    home: Home, ledger: Ledger, undisturbed: tuple[Path, dict[str, Any]], step: str
) -> None:
    folder, expected = undisturbed
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from sources.contract.loading import load_feeds\n"
        "from sources.intake import pull\n"
        "from warehouse.home import Home\n"
        "from warehouse.ledger import Ledger\n"
        "home = Home.from_environment()\n"
        "feed = load_feeds([Path(sys.argv[1])])['library']\n"
        "kill = lambda step, batch: os.kill(os.getpid(), signal.SIGKILL) if step == sys.argv[2] else None\n"
        "pull(feed, home, Ledger.of(home), run_id='r', on_step=kill)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, str(folder), step],
        cwd=REPOSITORY,
        env=os.environ | {"DISTRICT_HOME": str(home.root)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    recover(home, ledger)
    pull(load_feeds([folder])["library"], home, ledger, run_id="r")
    assert comparable(state(home)) == comparable(expected)
    assert verify(home, ledger).findings == ()


def test_interrupted_while_a_held_batch_is_decided_anew(home: Home, ledger: Ledger, tmp_path: Path) -> None:
    document = contract()
    feed = load(tmp_path, document)
    deliver(tmp_path / "library" / "drop", "loans_20230601_1.csv", loans(1, kind="光盘"))
    assert [batch.status for batch in pull(feed, home, ledger, run_id="r").batches] == ["held"]
    kind = next(item for item in entity_of(document)["properties"] if item["name"] == "kind")
    kind["enum"].append({"value": "disc", "label": "光盘"})
    wider = load(tmp_path, document)
    for step in ("admitted", "placed"):

        def kill(done: str, batch: str, step: str = step) -> None:
            if done == step:
                raise Killed

        with pytest.raises(Killed):
            pull(wider, home, ledger, run_id="r", on_step=kill)
        recover(home, ledger)
        assert not list(home.raw.rglob("*.parquet"))  # still held: nothing of it may be read
    assert [batch.status for batch in pull(wider, home, ledger, run_id="r").batches] == ["admitted"]
    assert len(list(home.raw.rglob("*.parquet"))) == 1
    assert list(home.held.iterdir()) == []
