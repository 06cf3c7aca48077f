from __future__ import annotations

from collections.abc import Collection
from datetime import date

import dagster as dg
import pytest

from orchestration import build_state
from orchestration.build_state import Seen
from orchestration.changed_models import Changes
from orchestration.publish import snapshot_asset
from orchestration.resources import HomeResource
from orchestration.run_tags import RunTags
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.publish.report import PublishReport

SEEN = Seen("7", 5, "2023-06-30")
LATER = Seen("8", 6, "2023-07-01")
A, B = dg.AssetKey("a"), dg.AssetKey("b")
REPORT = PublishReport("s00001-20230630", 1, date(2023, 6, 30), True, 0, 0, 0, (), (), ())


def _databases(home: Home) -> None:
    """What a finished build leaves behind, as far as its state looks at it."""
    home.build_database.touch()
    (home.published / "s1.duckdb").touch()
    home.current_snapshot.symlink_to("s1.duckdb")


def _clean(home: Home) -> None:
    _databases(home)
    build_state.begin(home, "r1", "code", SEEN)
    build_state.finish(home, "r1", "code", SEEN)


def test_a_new_home_is_built_from_nothing(home: Home) -> None:
    assert build_state.begin(home, "r1", "code", SEEN).full_refresh
    assert not build_state.is_current(home, "code", decision="7", as_of="2023-06-30")


def test_a_clean_build_is_current_until_something_it_depends_on_changes(home: Home) -> None:
    _clean(home)
    assert build_state.is_current(home, "code", decision="7", as_of="2023-06-30")
    assert not build_state.is_current(home, "other code", decision="7", as_of="2023-06-30")
    assert not build_state.is_current(home, "code", decision="8", as_of="2023-06-30")
    assert not build_state.is_current(home, "code", decision="7", as_of="2023-07-01")


def test_a_build_is_not_current_without_its_database_or_snapshot(home: Home) -> None:
    _clean(home)
    home.current_snapshot.unlink()
    assert not build_state.is_current(home, "code", decision="7", as_of="2023-06-30")
    (home.current_snapshot).symlink_to("s1.duckdb")
    home.build_database.unlink()
    assert not build_state.is_current(home, "code", decision="7", as_of="2023-06-30")
    assert build_state.begin(home, "r2", "code", SEEN).full_refresh


def test_new_data_on_a_clean_build_is_built_incrementally_by_all_layers(home: Home) -> None:
    _clean(home)
    assert not build_state.begin(home, "r2", "code", SEEN).full_refresh
    assert not build_state.begin(home, "r2", "code", SEEN).full_refresh


def test_a_killed_build_makes_the_next_one_start_from_nothing_in_all_layers(home: Home) -> None:
    _clean(home)
    build_state.begin(home, "killed", "code", SEEN)
    assert not build_state.is_current(home, "code", decision="7", as_of="2023-06-30")
    assert build_state.begin(home, "r3", "code", SEEN).full_refresh
    assert build_state.begin(home, "r3", "code", SEEN).full_refresh


def test_changed_code_makes_the_build_start_from_nothing(home: Home) -> None:
    _clean(home)
    assert build_state.begin(home, "r2", "other code", SEEN).full_refresh


def test_an_unreadable_mark_counts_as_dirty(home: Home) -> None:
    _clean(home)
    (home.build / "state.json").write_text('{"state": "cle', encoding="utf-8")
    assert build_state.read(home) is None
    assert build_state.begin(home, "r2", "code", SEEN).full_refresh


def test_the_fingerprint_follows_from_the_contracts_whatever_their_order() -> None:
    assert build_state.build_fingerprint(["a", "b"]) == build_state.build_fingerprint(["b", "a"])
    assert build_state.build_fingerprint(["a", "b"]) != build_state.build_fingerprint(["a", "c"])


def test_a_build_follows_what_changed_between_the_last_one_and_its_own_begin(home: Home, ledger: Ledger) -> None:
    _clean(home)
    begun = build_state.begin(home, "r2", "code", LATER)
    assert (begun.seen, begun.since) == (LATER, SEEN)
    assert build_state.begin(home, "r2", "code", Seen("9", 7, "2023-07-01")) == begun, "the first step's answer"
    assert build_state.changes_to_build(ledger, begun, date(2023, 7, 1)) == Changes(set(), another_day=True)
    ended = build_state.finish(home, "r2", "code", LATER)
    assert build_state.changes_to_build(ledger, ended, date(2023, 7, 1)) == Changes(set(), another_day=False)


def _snapshot(
    instance: dg.DagsterInstance, due: Collection[dg.AssetKey], run_id: str = "r2"
) -> tuple[bool, str, list[Changes | None]]:
    """Materialize `published/snapshot` alone: whether it went well, the error, the changes that were asked about."""
    asked: list[Changes | None] = []

    def keys_of_models(changes: Changes | None) -> Collection[dg.AssetKey]:
        asked.append(changes)
        return due

    made = dg.materialize(
        [snapshot_asset([], {}, keys_of_models)],
        resources={"home": HomeResource()},
        instance=instance,
        raise_on_error=False,
        tags=RunTags(run_id, date(2023, 6, 30)).to_dagster(),
    )
    errors = [event.step_failure_data.error_display_string for event in made.get_step_failure_events()]
    return made.success, "".join(errors), asked


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """Publishing that does nothing but remember the day that it was called for."""
    days: list[date] = []

    def publish(*_: object, as_of: date, **__: object) -> PublishReport:
        days.append(as_of)
        return REPORT

    monkeypatch.setattr("orchestration.publish.publish", publish)
    monkeypatch.setattr("orchestration.publish.published_checks", list)  # whose results publishing would have left
    return days


FINGERPRINT = build_state.build_fingerprint([])


@pytest.mark.slow
def test_a_snapshot_alone_is_not_made_of_another_runs_unfinished_build(
    dagster_home: Home, instance: dg.DagsterInstance, published: list[date]
) -> None:
    build_state.begin(dagster_home, "r-killed", FINGERPRINT, SEEN)
    success, error, _ = _snapshot(instance, [])
    assert (success, published) == (False, [])
    assert "没有完整的计算结果" in error
    state = build_state.read(dagster_home)
    assert state is not None
    assert (state.state, state.run_id) == ("building", "r-killed"), "and it stays marked"


@pytest.mark.slow
@pytest.mark.parametrize("built", [["a"], ["a", "b"]])
def test_a_run_that_built_a_part_of_what_changed_publishes_nothing(
    dagster_home: Home, instance: dg.DagsterInstance, published: list[date], built: list[str]
) -> None:
    _databases(dagster_home)
    build_state.finish(dagster_home, "r1", FINGERPRINT, SEEN)
    build_state.begin(dagster_home, "r2", FINGERPRINT, LATER)
    build_state.add_built(dagster_home, "r2", built)
    success, error, asked = _snapshot(instance, [A, B])
    state = build_state.read(dagster_home)
    assert state is not None
    assert asked == [Changes(set(), another_day=True)]
    if built == ["a"]:
        assert (success, published, state.state) == (False, [], "building")
        assert "还有 1 个没有计算" in error
    else:
        assert (success, published, state.state) == (True, [date(2023, 7, 1)], "clean")
        assert state.seen == LATER, "what it saw when it began"


@pytest.mark.slow
@pytest.mark.parametrize("waiting", [True, False])
def test_publishing_alone_leaves_what_waits_for_a_build(
    dagster_home: Home, instance: dg.DagsterInstance, published: list[date], waiting: bool
) -> None:
    _databases(dagster_home)
    build_state.finish(dagster_home, "r1", FINGERPRINT, SEEN)
    assert _snapshot(instance, [A] if waiting else [])[0]
    state = build_state.read(dagster_home)
    assert published == [date(2023, 6, 30)], "the day of the build"
    assert state is not None
    assert (state.run_id, state.seen.decision) == (("r1", "7") if waiting else ("r2", "0"))
