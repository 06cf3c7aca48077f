"""A run with nothing to do imports neither Dagster nor dbt; whatever is to be done is seen."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from orchestration import runs
from orchestration.event_log import KeptOpenEventLog
from orchestration.instance import prepare_instance
from sources.contract.feed import Feed
from sources.intake import pull, with_news
from tests.orchestration.tiny_feed import counts, deliver
from warehouse.home import Home
from warehouse.ledger import Ledger

pytestmark = pytest.mark.slow

DAY = date(2023, 6, 30)


def news(feed: Feed, home: Home) -> list[str]:
    with Ledger.of(home) as ledger:
        return with_news(feed, home, ledger, as_of=DAY, run_id="r")


def take_in(feed: Feed, home: Home) -> None:
    with Ledger.of(home) as ledger:
        pull(feed, home, ledger, as_of=DAY, run_id="r")


def test_only_entities_with_something_to_do_have_news(home: Home, tiny: Feed, drop: Path) -> None:
    home.prepare()
    assert news(tiny, home) == []
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10, 12))
    assert news(tiny, home) == ["count"]
    with Ledger.of(home) as ledger:
        assert ledger.batches() == []  # looking decides nothing
    assert not any(home.landing.iterdir())
    take_in(tiny, home)
    assert news(tiny, home) == []
    deliver(drop, "crossing_20230609.csv", "crossing", "c0", "c1")
    assert news(tiny, home) == ["crossing"]


def test_a_held_batch_is_news_once_its_contract_has_changed(home: Home, tiny: Feed, drop: Path) -> None:
    home.prepare()
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10))  # one row: two are the least
    take_in(tiny, home)
    assert news(tiny, home) == []
    assert news(replace(tiny, contract_sha256="0" * 64), home) == ["count"]


def test_an_unreachable_source_is_news_because_somebody_has_to_be_told(home: Home, tiny: Feed, drop: Path) -> None:
    home.prepare()
    shutil.rmtree(drop)
    assert news(tiny, home) == ["count", "crossing"]


def test_a_quiet_run_is_recorded_and_runs_no_job(
    dagster_home: Home, tiny: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_built_already", lambda *_: True)
    monkeypatch.setitem(sys.modules, "orchestration.dagster_jobs", None)  # importing it is an error
    report = runs.run_district(dagster_home, {"tiny": tiny}, as_of=DAY)
    assert (report.exit_code, report.built, list(report.batches)) == (0, False, [])
    with Ledger.of(dagster_home) as ledger:
        (run,) = ledger.runs()
    assert (run.outcome, run.exit_code) == ("fine", 0)


def test_after_a_killed_run_dagsters_records_are_closed(
    dagster_home: Home, instance: dg.DagsterInstance, tiny: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_built_already", lambda *_: True)
    with Ledger.of(dagster_home) as ledger:
        ledger.start_run("killed", as_of=DAY)  # and never finished

    @dg.job
    def empty() -> None: ...

    killed = instance.create_run_for_job(
        empty, tags={"district/command": "run"}, status=dg.DagsterRunStatus.STARTED
    ).run_id
    runs.run_district(dagster_home, {"tiny": tiny}, as_of=DAY)
    found = instance.get_run_by_id(killed)
    assert found is not None
    assert found.status is dg.DagsterRunStatus.FAILURE


def test_dagster_writes_its_own_files_through_connections_kept_open(home: Home, dagster_home: Home) -> None:
    prepare_instance(home)

    @dg.asset
    def one() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"rows": 3})

    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, KeptOpenEventLog)
        ours = [dg.materialize([one], instance=instance).run_id for _ in range(3)]
    # Another process reads the same files with Dagster's own storage.
    (home.dagster / "dagster.yaml").write_text("telemetry: {enabled: false}\n", "utf-8")
    with dg.DagsterInstance.get() as plain:
        assert not isinstance(plain.event_log_storage, KeptOpenEventLog)
        newest = plain.get_latest_materialization_event(one.key)
        assert newest is not None
        assert newest.run_id == ours[-1]
        assert {run.run_id for run in plain.get_runs()} == set(ours)
