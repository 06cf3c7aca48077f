"""What counts as found, as lost and as a false alarm, on reports made by hand."""

from __future__ import annotations

import pytest

from sources.simulator.fault_accounting import Accounts, Observation, RowLoss, account
from sources.simulator.faults import FaultManifest, Injection, Trace

_PLACE = ("education_base", "edu_usage_event", "usage_20230615.ndjson")
_REJECTED = Observation("reject", "unknown_code", *_PLACE, 3)
_BLEMISH = Observation("reject", "duplicate_row", *_PLACE, 2)
_INJECTION = Injection("F22", *_PLACE[:2], _PLACE[2], "20230615", 3, (Trace("reject", "unknown_code"),), damaged=3)
_MANIFEST = FaultManifest(1, (_INJECTION,), {"F22": "rejected"})
_LOSS = RowLoss(*_PLACE, 3)


def tried(
    clean: list[Observation], faulty: list[Observation], losses: list[RowLoss], manifest: FaultManifest = _MANIFEST
) -> Accounts:
    return account(manifest, clean, faulty, losses, kinds=["F22"])


def test_what_was_injected_and_found_agrees_whatever_blemishes_both_homes_have() -> None:
    found = tried([_BLEMISH], [_BLEMISH, _REJECTED], [_LOSS])

    line = found.lines["F22"]
    assert (line.injected, line.found, line.clean_rows_lost, line.false_alarms) == (3, 3, 0, 0)
    assert found.agrees


@pytest.mark.parametrize(
    ("faulty", "losses", "numbers"),
    [
        ([], [_LOSS], (3, 0, 0, 0)),  # nothing reported
        ([Observation("reject", "unknown_code", *_PLACE, 2)], [_LOSS], (3, 2, 0, 0)),  # one row slipped through
        ([Observation("reject", "below_minimum", *_PLACE, 3)], [_LOSS], (3, 0, 0, 1)),  # for the wrong reason
        ([Observation("reject", "unknown_code", *_PLACE[:2], "usage_1.ndjson", 3)], [_LOSS], (3, 0, 0, 0)),  # elsewhere
        ([_REJECTED, Observation("held", "held", *_PLACE, 1, "cut short")], [_LOSS], (3, 3, 0, 1)),  # and held besides
        ([_REJECTED], [RowLoss(*_PLACE, 5)], (3, 3, 2, 0)),  # two good rows went with them
    ],
)  # fmt: skip
def test_a_difference_is_told(
    faulty: list[Observation], losses: list[RowLoss], numbers: tuple[int, int, int, int]
) -> None:
    found = tried([], faulty, losses)

    line = found.lines["F22"]
    assert (line.injected, line.found, line.clean_rows_lost, line.false_alarms) == numbers
    assert not found.agrees


def test_a_kind_that_was_not_injected_is_not_accounted_for() -> None:
    found = tried([], [], [], FaultManifest(1, (), {}))

    assert not found.agrees
    assert found.lines["F22"].injected == 0


@pytest.mark.parametrize("kind", ["held", "check", "problem", "timeliness", "published"])
def test_an_alarm_on_the_clean_deliveries_is_a_false_one(kind: str) -> None:
    alarm = Observation(kind, "any", *_PLACE, 1)

    found = tried([alarm], [alarm, _REJECTED], [_LOSS])

    assert found.clean_alarms == [alarm]
    assert not found.agrees


def test_what_happens_to_a_delivery_without_fault_is_told_apart() -> None:
    elsewhere = ("parking", "prk_lot", "parking_lots_20230625_1.xlsx")
    stray = Observation("reject", "missing_value", *elsewhere, 1)

    found = tried([], [_REJECTED, stray], [_LOSS, RowLoss(*elsewhere, 1)])

    assert found.stray_alarms == [stray]
    assert found.stray_losses == [RowLoss(*elsewhere, 1)]
    assert found.lines["F22"].agrees
    assert not found.agrees


def test_a_held_delivery_leaves_its_period_missing_and_that_is_no_second_alarm() -> None:
    held = Injection("F14", *_PLACE[:2], _PLACE[2], "20230615", 1, (Trace("held", "cut short"),), damaged=200)
    reports = [
        Observation("held", "held", *_PLACE, 1, "the file is Cut short"),
        Observation("timeliness", "missing", *_PLACE[:2], "2023-06-15", 1),
        Observation("reject", "broken_json", *_PLACE, 1),
    ]

    found = account(FaultManifest(1, (held,), {"F14": "held"}), [], reports, [RowLoss(*_PLACE, 200)], kinds=["F14"])

    assert found.agrees
