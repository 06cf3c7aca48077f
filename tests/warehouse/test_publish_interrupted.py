"""Publishing that is killed at any moment, and publications that are undone."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse.home import REPOSITORY, Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify
from warehouse.publish import PublishReport, publish, repair, rollback
from warehouse.publish.compare import differences
from warehouse.publish.recovery import UnknownPublication
from warehouse.publish.switch import current_snapshot_id, snapshot_path
from warehouse.read import SnapshotReader
from warehouse.read.indicator import revisions, series
from warehouse.read.publications import publications

pytestmark = pytest.mark.slow

JUNE_29 = date(2023, 6, 29)
STEPS = ("repaired", "checked", "built", "placed", "recorded", "switched", "published")


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def first_and_second(home: Home, ledger: Ledger) -> SmallDistrict:
    """One publication, and deliveries and marts for a second."""
    small = SmallDistrict(home, ledger)
    small.deliver_all()
    small.build()
    go(small, "run1")
    small.deliver_uploads("bjune2", 49, 50, day=JUNE_29)
    small.build()
    return small


def go(small: SmallDistrict, run: str, *, killed_at: str | None = None) -> PublishReport:
    def at_step(name: str) -> None:
        if name == killed_at:
            raise Killed

    return publish(
        small.home, small.ledger, as_of=AS_OF, run_id=run, manifest_path=small.manifest_path, checks=(), at_step=at_step
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second snapshot of a home that nobody disturbed."""
    home = Home(tmp_path_factory.mktemp("undisturbed")).prepare()
    with Ledger.of(home) as ledger:
        report = go(first_and_second(home, ledger), "quiet")
    return snapshot_path(home, report.snapshot_id)


@pytest.mark.parametrize("step", STEPS)
def test_after_an_interruption_readers_see_a_whole_snapshot_and_the_next_run_completes_it(
    home: Home, ledger: Ledger, step: str, undisturbed: Path
) -> None:
    small = first_and_second(home, ledger)
    with pytest.raises(Killed):
        go(small, "run2", killed_at=step)
    seen = series(SnapshotReader(home), "S15")[-1].value
    assert seen == (90.0 if step in ("switched", "published") else 82.0)
    report = go(small, "run3")
    # From the moment that the ledger has the publication, the next run finds it made.
    assert report.published == (step not in ("recorded", "switched", "published"))
    assert report.number == 2
    assert differences(snapshot_path(home, report.snapshot_id), undisturbed) == []
    assert [(r.value, r.previous_value) for r in ledger.revisions("S15") if r.period_end == AS_OF] == [
        (82.0, None),
        (90.0, 82.0),
    ]
    assert verify(home, ledger).findings == ()
    assert not list(home.workspace.glob("publishing-*"))


@pytest.mark.parametrize("step", ["built", "placed", "recorded", "switched"])
def test_a_process_that_is_killed_leaves_the_same(home: Home, ledger: Ledger, step: str, undisturbed: Path) -> None:
    """Nothing is cleaned up here: the process ends inside `publish`, as with kill -9."""
    small = first_and_second(home, ledger)
    program = f"""
import os
from datetime import date
from pathlib import Path
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.publish import publish

def at_step(name):
    if name == {step!r}:
        os._exit(9)

home = Home(Path({str(home.root)!r}))
publish(home, Ledger.of(home), as_of=date({AS_OF.year}, {AS_OF.month}, {AS_OF.day}), run_id="killed",
        manifest_path=Path({str(small.manifest_path)!r}), checks=(), at_step=at_step)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=os.environ | {"PYTHONPATH": str(REPOSITORY)}, check=False
    )
    assert ended.returncode == 9
    report = go(small, "after")
    assert differences(snapshot_path(home, report.snapshot_id), undisturbed) == []
    assert verify(home, ledger).findings == ()


def test_repair_points_readers_where_the_ledger_says(home: Home, ledger: Ledger) -> None:
    small = first_and_second(home, ledger)
    report = go(small, "run2")
    home.current_snapshot.unlink()
    current = repair(home, ledger)
    assert current is not None
    assert current.snapshot_id == report.snapshot_id == current_snapshot_id(home)
    assert repair(home, ledger) == current


def test_rollback_shows_the_earlier_figures_and_keeps_the_history(home: Home, ledger: Ledger) -> None:
    small = first_and_second(home, ledger)
    first = current_snapshot_id(home)
    assert first is not None
    second = go(small, "run2")
    target = rollback(home, first, ledger=ledger, reason="六月补报有误")
    assert target.snapshot_id == first
    assert series(SnapshotReader(home), "S15")[-1].value == 82.0
    assert [(s.number, s.state) for s in ledger.snapshots()] == [(1, "published"), (2, "withdrawn")]
    assert snapshot_path(home, second.snapshot_id).is_file()
    said = [(r.value, r.reason_class) for r in ledger.revisions("S15") if r.period_end == AS_OF]
    assert said == [(82.0, "first_publication"), (90.0, "better_source"), (82.0, "error_correction")]
    assert "六月补报有误" in ledger.revisions("S15")[-1].reason
    assert verify(home, ledger).findings == ()

    third = go(small, "run3")
    assert (third.number, third.revised_figures) == (3, 1)
    assert series(SnapshotReader(home), "S15")[-1].value == 90.0
    assert [r.value for r in revisions(SnapshotReader(home), "S15") if r.period_end == AS_OF] == [
        90.0,
        82.0,
        90.0,
        82.0,
    ]
    assert [(p.number, p.state) for p in publications(SnapshotReader(home))] == [
        (3, "published"),
        (2, "withdrawn"),
        (1, "published"),
    ]
    assert verify(home, ledger).findings == ()


def test_rollback_finds_the_ledger_by_itself_and_refuses_what_is_not_there(home: Home, ledger: Ledger) -> None:
    small = first_and_second(home, ledger)
    first = current_snapshot_id(home)
    assert first is not None
    go(small, "run2")
    with pytest.raises(UnknownPublication, match="s00009"):
        rollback(home, "s00009-20230630")
    assert rollback(home, first).snapshot_id == first
    assert rollback(home, first).snapshot_id == first  # again: no effect
    assert len([r for r in ledger.revisions("S15") if r.reason_class == "error_correction"]) == 1


def test_a_rollback_that_is_interrupted_is_completed(
    home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = first_and_second(home, ledger)
    first = current_snapshot_id(home)
    assert first is not None
    go(small, "run2")

    def killed(*arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("warehouse.publish.recovery.switch_to", killed)
        with pytest.raises(Killed):
            rollback(home, first, ledger=ledger)
    assert current_snapshot_id(home) != first
    repair(home, ledger)
    assert current_snapshot_id(home) == first
    assert verify(home, ledger).findings == ()
