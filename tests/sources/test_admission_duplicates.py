"""Rows that share a key within one batch."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.contract.settings import Delivery
from tests.sources.admission_case import admitted, entity, field, file_delivery

pytestmark = pytest.mark.slow

CSV = file_delivery()
PLAIN = entity(field("id"), field("n", "integer", maximum=9.0))
VERSIONED = entity(field("id"), field("n", "integer"), field("updated_at", "timestamp"))


def test_identical_rows_leave_one_even_when_out_of_range(tmp_path: Path) -> None:
    case = admitted(tmp_path, PLAIN, CSV, "id,n\n1,1\n1, 1\n2,10\n2,10\n1,1\n3,x\n3,x\n3,y\n")
    assert case.rows("id, n, _row") == [("1", 1, 2)]
    assert case.rejects() == [
        (3, "duplicate_row"),
        (4, "above_maximum"),
        (5, "duplicate_row"),
        (6, "duplicate_row"),
        (7, "unreadable_value"),
        (8, "duplicate_row"),
        (9, "unreadable_value"),
    ]


def test_columns_outside_the_contract_make_no_difference(tmp_path: Path) -> None:
    assert admitted(tmp_path, PLAIN, CSV, "id,n,extra\n1,1,a\n1,1,b\n").rejects() == [(3, "duplicate_row")]


def test_contradicting_rows_are_all_rejected(tmp_path: Path) -> None:
    case = admitted(tmp_path, PLAIN, CSV, "id,n\n1,1\n1,2\n2,5\n1,1\n")
    assert case.rows("id") == [("2",)]
    assert case.rejects() == [(2, "conflicting_key"), (3, "conflicting_key"), (5, "duplicate_row")]


def test_faulty_row_does_not_contradict_a_sound_one(tmp_path: Path) -> None:
    case = admitted(tmp_path, PLAIN, CSV, "id,n\n1,1\n1,77\n")
    assert case.rows("id, n") == [("1", 1)]
    assert case.rejects() == [(3, "above_maximum")]


def test_latest_change_wins_and_a_tie_is_a_contradiction(tmp_path: Path) -> None:
    first = "1,2,2023-06-01 09:00:00\n1,1,2023-06-01 08:00:00\n1,0,\n"
    second = "2,1,2023-06-01\n2,2,2023-06-01\n2,3,2023-05-01\n"
    body = f"id,n,updated_at\n{first}{second}"
    case = admitted(tmp_path, VERSIONED, CSV, body)
    assert case.rows("id, n") == [("1", 2)]
    assert case.rejects() == [
        (3, "older_version"),
        (4, "older_version"),
        (5, "conflicting_key"),
        (6, "conflicting_key"),
        (7, "older_version"),
    ]


def test_watermark_of_the_source_orders_rows_and_the_last_operation_wins_a_tie(tmp_path: Path) -> None:
    way = Delivery.model_validate(
        {"server": "db", "sql": {"view": "v", "watermark": "cd_time"}, "operation_column": "cd_operation"}
    )
    lines = [
        ("1", 5, "2023-06-01 09", "U"),
        ("1", 4, "2023-06-01 08", "I"),
        ("2", 1, "2023-06-01 08", "I"),
        ("2", 1, "2023-06-01 08", "D"),
    ]
    body = "".join(
        f'{{"id": "{key}", "n": {n}, "cd_time": "{time}:00:00", "cd_operation": "{operation}"}}\n'
        for key, n, time, operation in lines
    )
    case = admitted(tmp_path, PLAIN, way, body)
    assert case.rows("id, n, _deleted") == [("1", 5, False), ("2", 1, True)]
    assert case.rejects() == [(2, "older_version"), (3, "older_version")]


def test_keys_of_several_fields(tmp_path: Path) -> None:
    pair = entity(field("a"), field("b"), field("n"), key=("a", "b"))
    case = admitted(tmp_path, pair, CSV, "a,b,n\nx,y,1\nx,z,1\nxy,,1\nx,y,1\n")
    assert case.rejects() == [(4, "missing_value"), (5, "duplicate_row")]


ROWS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(0, 2)), max_size=40)


@settings(max_examples=12, deadline=None)
@given(ROWS)
@pytest.mark.parametrize("versioned", [False, True])
def test_what_stands_follows_the_rule_whatever_the_rows(
    tmp_path_factory: pytest.TempPathFactory, versioned: bool, lines: list[tuple[int, int, int]]
) -> None:
    of = VERSIONED if versioned else PLAIN
    lines = lines if versioned else [(key, n, 0) for key, n, _ in lines]
    body = "id,n,updated_at\n" + "".join(f"{key},{n},2023-06-0{day + 1}\n" for key, n, day in lines)
    case = admitted(tmp_path_factory.mktemp("d"), of, CSV, body)
    expected = set()
    for key in {key for key, _, _ in lines}:
        latest = max(day for other, _, day in lines if other == key)
        contents = {n for other, n, day in lines if other == key and day == latest}
        if len(contents) == 1:
            expected.add((str(key), contents.pop()))
    assert set(case.rows("id, n")) == expected
    assert case.admission.rows_read == len(lines) == case.admission.rows_admitted + case.admission.rows_rejected


def test_repeats_in_a_large_delivery_leave_the_order_of_its_rows(tmp_path: Path) -> None:
    wide = "x" * 80  # beyond the size that one thread judges, and more than one row group
    lines = "".join(f"{n - n % 100 // 99},{wide}\n" for n in range(330_000))
    case = admitted(tmp_path, entity(field("id"), field("text")), file_delivery(), f"id,text\n{lines}")
    assert case.admission.rows_rejected == 3_300
    numbers = [row for (row,) in case.rows("_row", order="file_row_number")]
    assert len(numbers) == 326_700
    assert numbers == sorted(numbers)


def test_fields_may_be_called_as_they_like(tmp_path: Path) -> None:
    """Names that the statements of admission once used themselves."""
    names = ["h", "rid", "content", "version", "sound", "place", "together", "n", "r0", "v0", "s0", "w0", "f0", "x0"]
    of = entity(*(field(name) for name in names), key=("h", "n"))
    body = "\n".join([",".join(names), *(",".join(f"{name}{line}" for name in names) for line in (1, 2, 2)), ""])
    case = admitted(tmp_path, of, file_delivery(), body)
    assert case.rows("h, content, x0") == [("h1", "content1", "x01"), ("h2", "content2", "x02")]
    assert case.rejects() == [(4, "duplicate_row")]
