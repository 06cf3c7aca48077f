from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from orchestration.feeds import raw_assets, raw_key
from orchestration.jobs import PULL, pull_jobs
from orchestration.outcome import outcome_asset
from orchestration.progress import step_logger
from orchestration.resources import HomeResource
from orchestration.run_tags import RunTags
from sources.contract.feed import Feed
from sources.contract.loading import load_feeds
from sources.intake import pull as pull_here
from tests.orchestration.tiny_feed import counts, deliver
from warehouse.home import Home
from warehouse.ledger import Ledger

pytestmark = pytest.mark.slow

Pull = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def pull(instance: dg.DagsterInstance, tiny: Feed) -> Pull:
    """Runs the pull job of the tiny feed in process."""
    definitions = dg.Definitions(
        assets=[*raw_assets({"tiny": tiny}), outcome_asset(["tiny"])],
        jobs=pull_jobs(),
        resources={"home": HomeResource(), "pulling": pull_here},
        loggers={"console": step_logger},
    )

    def execute(**arguments: object) -> dg.ExecuteInProcessResult:
        return definitions.resolve_job_def(PULL).execute_in_process(
            instance=instance, run_config={"loggers": {"console": {}}}, raise_on_error=False, **arguments
        )

    return execute


def days_with_data(instance: dg.DagsterInstance, key: dg.AssetKey) -> set[str]:
    return {day for day in instance.get_materialized_partitions(key) if day}


def the_check(result: dg.ExecuteInProcessResult) -> dg.AssetCheckEvaluation:
    (evaluation,) = result.get_asset_check_evaluations()
    return evaluation


def test_every_feed_of_the_district_is_an_asset_per_entity() -> None:
    feeds = load_feeds([])
    specs = {spec.key: spec for assets in raw_assets(feeds) for spec in assets.specs}
    assert set(specs) == {raw_key(feed.name, entity) for feed in feeds.values() for entity in feed.entities}
    for feed in feeds.values():
        for entity in feed.entities.values():
            spec = specs[raw_key(feed.name, entity.name)]
            assert spec.group_name == feed.name
            assert f"team:{feed.department_code}" in spec.owners
            assert entity.label_zh in (spec.description or "")
            assert entity.label_en in (spec.description or "")
            assert "parquet" in spec.kinds
            columns = {column.name for column in spec.metadata["dagster/column_schema"].columns}
            assert set(entity.fields) < columns


def test_every_check_of_a_contract_is_an_asset_check_that_says_whose_and_why() -> None:
    feeds = load_feeds([])
    specs = {spec.key: spec for assets in raw_assets(feeds) for spec in assets.check_specs}
    expected = {
        dg.AssetCheckKey(raw_key(feed.name, entity.name), check.key): (feed, check)
        for feed in feeds.values()
        for entity in feed.entities.values()
        for check in entity.checks
    }
    assert expected
    assert set(specs) == set(expected)
    for key, (feed, check) in expected.items():
        metadata = specs[key].metadata or {}
        assert check.name_zh in (specs[key].description or "")
        assert metadata["dimension"] == check.dimension
        assert metadata["severity"] == check.severity
        assert metadata["owner"] == feed.owner
        assert not specs[key].blocking  # the gate is admission


def test_a_delivery_is_admitted_and_its_days_are_marked(
    pull: Pull, drop: Path, instance: dg.DagsterInstance, home: Home
) -> None:
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10, 12))
    result = pull()
    assert result.success
    assert days_with_data(instance, raw_key("tiny", "count")) == {"2023-06-09"}
    with Ledger.of(home) as ledger:
        (batch,) = ledger.batches(feed="tiny")
    assert (batch.status, batch.rows_admitted) == ("admitted", 2)
    evaluation = the_check(result)
    assert evaluation.passed
    assert evaluation.metadata["measured"].value == 2
    assert evaluation.metadata["owner"].value == "测试科"
    assert evaluation.metadata["dimension"].value == "完整性"


def test_a_failed_check_is_shown_with_its_value_and_the_step_stays_green(pull: Pull, drop: Path, home: Home) -> None:
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10))
    result = pull()
    assert result.success  # so that other feeds go on; `run_outcome` turns the run red
    evaluation = the_check(result)
    assert not evaluation.passed
    assert evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert evaluation.metadata["measured"].value == 1
    with Ledger.of(home) as ledger:
        assert [batch.status for batch in ledger.batches(feed="tiny")] == ["held"]


def test_a_run_of_dagsters_own_is_in_the_ledger_so_that_its_problems_are_told(
    pull: Pull, drop: Path, home: Home
) -> None:
    pull()
    drop.rmdir()
    pull(tags=RunTags("r-of-the-command", date(2023, 6, 10)).to_dagster())
    result = pull()
    with Ledger.of(home) as ledger:
        first, last = ledger.runs()
        assert (first.outcome, last.outcome) == ("fine", "blocked")
        assert last.run_id == result.run_id
        assert list(last.feeds or ()) == ["tiny"]
        assert ledger.last_pulls()("tiny") == last.run_id
        assert ledger.problems(last.run_id)


def test_without_a_new_batch_the_last_known_result_is_shown(pull: Pull, drop: Path) -> None:
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10))
    pull()
    again = the_check(pull())
    assert not again.passed
    assert again.metadata["from_this_run"].value is False


def test_a_check_that_never_ran_shows_nothing(pull: Pull, drop: Path) -> None:
    result = pull()
    assert result.success
    assert result.get_asset_check_evaluations() == []


def test_the_worst_batch_of_a_run_speaks_for_the_check(pull: Pull, drop: Path) -> None:
    deliver(drop, "count_20230608.csv", *counts("2023-06-08", 10), at="2023-06-09T08:00:00+08:00")
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10, 11))
    assert not the_check(pull()).passed


def test_one_entity_of_a_feed_can_be_pulled(pull: Pull, drop: Path, home: Home) -> None:
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10, 12))
    deliver(drop, "crossing_20230609.csv", "crossing", "c0", "c1")
    assert pull(asset_selection=[raw_key("tiny", "crossing")]).success
    with Ledger.of(home) as ledger:
        assert {batch.entity for batch in ledger.batches(feed="tiny")} == {"crossing"}


def test_deliveries_of_periods_after_the_as_of_day_wait(pull: Pull, drop: Path, home: Home) -> None:
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10, 12))
    deliver(drop, "count_20230611.csv", *counts("2023-06-11", 10, 12), at="2023-06-12T08:00:00+08:00")
    pull(tags=RunTags("r1", date(2023, 6, 10)).to_dagster())
    with Ledger.of(home) as ledger:
        (batch,) = ledger.batches(feed="tiny")
    assert batch.file_name.endswith("count_20230609.csv")
    assert batch.run_id == "r1"


def test_a_range_of_partitions_is_one_run_marking_each_day(
    pull: Pull, drop: Path, instance: dg.DagsterInstance
) -> None:
    deliver(drop, "count_20230609.csv", *counts("2023-06-09", 10, 12))
    days = {"dagster/asset_partition_range_start": "2023-06-08", "dagster/asset_partition_range_end": "2023-06-09"}
    assert pull(tags=days).success
    assert days_with_data(instance, raw_key("tiny", "count")) == {"2023-06-08", "2023-06-09"}


def test_run_tags_come_back_as_they_went() -> None:
    tags = RunTags("r1", date(2023, 6, 30), (date(2023, 6, 1), date(2023, 6, 3)), ("parking", "tiny"))
    assert RunTags.from_dagster(tags.to_dagster(), run_id="other", today=date(2024, 1, 1)) == tags
    assert RunTags.from_dagster({}, run_id="r2", today=date(2024, 1, 1)) == RunTags("r2", date(2024, 1, 1))
