"""What waits for a department: which items, in which order, what is due next, which counts are told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.snapshot_fixture import build_snapshot
from warehouse.calendar import next_due
from warehouse.home import Home
from warehouse.read import SnapshotReader, owner_queue


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> SnapshotReader:
    home = Home(tmp_path_factory.mktemp("home"))
    build_snapshot(home)
    return SnapshotReader(home)


def test_held_batches_failing_checks_rejects_and_overdue_deliveries_wait(reader: SnapshotReader) -> None:
    items = {(one.kind, one.entity): one for one in owner_queue.queue(reader)}
    held = items["batch", "prk_event"]
    assert (held.subject, held.key, held.state) == ("batch/bprk_event03", "bprk_event03", "held")
    assert held.meaning_zh.startswith("文件不完整")
    assert ("check", "prk_event") not in items, "checks of a held batch are told with the batch"
    assert items["check", "hsp_report"].state == "WARN"
    assert items["check", "ecm_return"].state == "NOT_EVALUATED"
    rejected = items["reject", "prk_snapshot"]
    assert (rejected.subject, rejected.rows, rejected.batches) == ("reject/out_of_range", 5, 1)
    overdue = {row.entity for row in owner_queue.entities(reader) if row.state in ("late", "missing")}
    assert overdue == {one.entity for kind, one in ((key[0], value) for key, value in items.items()) if kind == "due"}
    assert overdue


def test_the_queue_is_ordered_by_harm_and_then_by_deadline(reader: SnapshotReader) -> None:
    items = owner_queue.queue(reader)
    keys = [(-one.headline, -one.supporting, -one.operational, one.due_at or datetime(9999, 1, 1)) for one in items]
    assert keys == sorted(keys)
    assert len({key[:2] for key in keys}) > 1, "the fixture tells tiers apart"
    known = {(row.feed, row.entity): row for row in owner_queue.entities(reader)}
    for one in items:
        assert one.headline + one.supporting + one.operational <= len(known[one.feed, one.entity].indicators)


def test_a_department_sees_its_own(reader: SnapshotReader) -> None:
    own = owner_queue.entities(reader, department="construction_commission")
    assert {row.feed for row in own} == {"parking"}
    assert {one.feed for one in owner_queue.queue(reader, department="construction_commission")} == {"parking"}
    by_entity = {row.entity: row for row in own}
    assert (by_entity["prk_event"].held, by_entity["prk_snapshot"].rejected) == (1, 5)
    assert owner_queue.queue(reader, department="nobody") == []


def test_batches_of_a_rule_say_how_many_rows_can_be_corrected(reader: SnapshotReader) -> None:
    (batch,) = owner_queue.batches_of(reader, "parking", "prk_snapshot", check_key="reject.out_of_range")
    assert (batch.batch_id, batch.rows, batch.placed) == ("bprk_snapshot03", 5, 5)
    assert owner_queue.batches_of(reader, "parking", "prk_snapshot", check_key="reject.other") == []


@pytest.mark.parametrize(
    ("count", "personal", "shown"),
    [
        (None, True, (None, False)),
        (0, True, (0, False)),
        (1, True, (5, True)),
        (4, True, (5, True)),
        (5, True, (5, False)),
        (4, False, (4, False)),
    ],
)
def test_small_numbers_of_persons_are_not_told(count: int | None, personal: bool, shown: tuple[int, bool]) -> None:
    assert owner_queue.shown_count(count, personal=personal) == shown


MONTHLY = {"cadence": "monthly", "due_working_days": 5, "due_time": "18:00"}


@pytest.mark.parametrize(
    ("calendar", "moment", "expected"),
    [
        (MONTHLY, datetime(2023, 6, 30, 15, tzinfo=UTC), (date(2023, 6, 30), datetime(2023, 7, 7, 10, tzinfo=UTC))),
        (MONTHLY, datetime(2023, 7, 7, 10, tzinfo=UTC), (date(2023, 7, 31), datetime(2023, 8, 7, 10, tzinfo=UTC))),
        (
            MONTHLY | {"exempt_months": [1]},
            datetime(2024, 1, 31, 12, tzinfo=UTC),
            (date(2024, 2, 29), datetime(2024, 3, 7, 10, tzinfo=UTC)),
        ),
        (
            {"cadence": "daily", "due_days": 1, "due_time": "06:00"},
            datetime(2023, 6, 30, 15, tzinfo=UTC),
            (date(2023, 6, 30), datetime(2023, 6, 30, 22, tzinfo=UTC)),
        ),
        ({"cadence": "irregular"}, datetime(2023, 6, 30, tzinfo=UTC), None),
        ({"cadence": "monthly"}, datetime(2023, 6, 30, tzinfo=UTC), None),
        ({}, datetime(2023, 6, 30, tzinfo=UTC), None),
    ],
)
def test_what_is_due_next(calendar: dict[str, Any], moment: datetime, expected: tuple[date, datetime] | None) -> None:
    found = next_due(calendar, moment, "Asia/Shanghai")
    assert (None if found is None else (found[0].end, found[1])) == expected
