from __future__ import annotations

import dagster as dg
import pytest

from orchestration import build_state
from orchestration.publish import snapshot_asset
from orchestration.resources import HomeResource
from warehouse.home import Home


def _databases(home: Home) -> None:
    """What a finished build leaves behind, as far as its state looks at it."""
    home.build_database.touch()
    (home.published / "s1.duckdb").touch()
    home.current_snapshot.symlink_to("s1.duckdb")


def _clean(home: Home) -> None:
    _databases(home)
    build_state.begin(home, "r1", "code")
    build_state.finish(home, "r1", "code", decision="7", change=5, as_of="2023-06-30")


def test_a_new_home_is_built_from_nothing(home: Home) -> None:
    assert build_state.begin(home, "r1", "code").full_refresh
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
    assert build_state.begin(home, "r2", "code").full_refresh


def test_new_data_on_a_clean_build_is_built_incrementally_by_all_layers(home: Home) -> None:
    _clean(home)
    assert not build_state.begin(home, "r2", "code").full_refresh
    assert not build_state.begin(home, "r2", "code").full_refresh


def test_a_killed_build_makes_the_next_one_start_from_nothing_in_all_layers(home: Home) -> None:
    _clean(home)
    build_state.begin(home, "killed", "code")
    assert not build_state.is_current(home, "code", decision="7", as_of="2023-06-30")
    assert build_state.begin(home, "r3", "code").full_refresh
    assert build_state.begin(home, "r3", "code").full_refresh


def test_changed_code_makes_the_build_start_from_nothing(home: Home) -> None:
    _clean(home)
    assert build_state.begin(home, "r2", "other code").full_refresh


def test_an_unreadable_mark_counts_as_dirty(home: Home) -> None:
    _clean(home)
    (home.build / "state.json").write_text('{"state": "cle', encoding="utf-8")
    assert build_state.read(home) is None
    assert build_state.begin(home, "r2", "code").full_refresh


def test_the_fingerprint_follows_from_the_contracts_whatever_their_order() -> None:
    assert build_state.build_fingerprint(["a", "b"]) == build_state.build_fingerprint(["b", "a"])
    assert build_state.build_fingerprint(["a", "b"]) != build_state.build_fingerprint(["a", "c"])


@pytest.mark.slow
def test_a_snapshot_alone_is_not_made_of_another_runs_unfinished_build(
    dagster_home: Home, instance: dg.DagsterInstance
) -> None:
    build_state.begin(dagster_home, "r-killed", "code")
    made = dg.materialize(
        [snapshot_asset([], {})], resources={"home": HomeResource()}, instance=instance, raise_on_error=False
    )
    (failure,) = made.get_step_failure_events()
    assert "上一次构建没有完成" in failure.step_failure_data.error_display_string
    state = build_state.read(dagster_home)
    assert state is not None
    assert (state.state, state.run_id) == ("building", "r-killed"), "and it stays marked"
