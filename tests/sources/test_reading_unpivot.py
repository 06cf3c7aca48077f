"""Wide tables taken apart: months, stations and indicators as columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.sources.admission_case import admitted, entity, field, file_delivery
from tests.sources.test_reading_excel import workbook

WIDE = entity(
    field("day", source_names=("日期",)),
    field("station", source_names=("站点",)),
    field("value", "number", source_names=("浓度",)),
    field("note", source_names=("备注",)),
    key=("day", "station"),
)


def unpivot(
    kind: str = "csv", columns: tuple[str, ...] = ("*",), more: dict[str, Any] | None = None, **form: Any
) -> Any:
    settings = {"columns": columns, "name": "站点", "value": "浓度", **(more or {})}
    return file_delivery(kind, way={"unpivot": settings}, **form)


def test_each_cell_is_a_row_of_its_line(tmp_path: Path) -> None:
    body = "日期,A站,B站,备注\n1,1,2,x\n\n2,3,,\n3,bad,5,y\n4,4,5,6,7\n5,8,9,\n"
    case = admitted(tmp_path, WIDE, unpivot(), body)
    assert case.rows("day, station, value, note, _row", "_row, station") == [
        ("1", "A站", 1, "x", 2), ("1", "B站", 2, "x", 2),
        ("2", "A站", 3, None, 4),
        ("3", "B站", 5, "y", 5),
        ("5", "A站", 8, None, 7), ("5", "B站", 9, None, 7),
    ]  # fmt: skip
    assert case.rejects() == [(5, "unreadable_value"), (6, "too_many_columns")]
    [empty] = [note for note in case.admission.treatments if note.code == "empty_cell"]
    assert empty.rows == 1


def test_empty_cells_may_be_rows(tmp_path: Path) -> None:
    case = admitted(tmp_path, WIDE, unpivot(more={"keep_empty": True}), "日期,A站,B站\n1,1,\n")
    assert case.rows("station, value", "station") == [("A站", 1), ("B站", None)]


def test_globs_name_the_columns_and_the_others_are_remarked_on(tmp_path: Path) -> None:
    case = admitted(tmp_path, WIDE, unpivot(columns=("?站",)), "日期,A站,B站,湿度\n1,1,2,50\n")
    assert case.rows("station", "station") == [("A站",), ("B站",)]
    assert [note.code for note in case.admission.treatments] == ["extra_column"]


def test_files_with_other_columns_in_one_batch(tmp_path: Path) -> None:
    case = admitted(tmp_path, WIDE, unpivot(), "日期,A站\n1,1\n", "日期,C站,D站\n2,3,4\n")
    assert case.rows("_file, station, value, _row", "_file, station") == [
        (0, "A站", 1, 2),
        (1, "C站", 3, 2),
        (1, "D站", 4, 2),
    ]


def test_a_gb18030_file_deep_in(tmp_path: Path) -> None:
    lines = [f"{n},1,2," for n in range(9000)]
    lines[4500] = "4500,1,2,程家桥"
    body = "\n".join(["日期,A,B,备注", *lines, ""])
    ascii_head = body.replace("日期", "day").replace("备注", "note")
    names = {"day": ("day",), "station": ("s",), "note": ("note",)}
    of = entity(*(field(n, source_names=s) for n, s in names.items()), field("v", "integer"), key=("day", "station"))
    way = file_delivery(way={"unpivot": {"columns": ["*"], "name": "s", "value": "v"}})
    case = admitted(tmp_path, of, way, ascii_head.encode("gb18030"))
    assert case.admission.rows_admitted == 18_000
    assert case.rows("note, _row", "_row")[9000] == ("程家桥", 4502)


def test_none_of_the_columns_is_a_held_delivery(tmp_path: Path) -> None:
    case = admitted(tmp_path, WIDE, unpivot(columns=("20??",)), "日期,A站\n1,1\n")
    assert "no column for unpivot (20??)" in (case.admission.reason_en or "")
    assert "没有 unpivot 要拆的列" in (case.admission.reason_zh or "")


def test_a_deep_header_gives_joined_labels(tmp_path: Path) -> None:
    rows = [
        ["年鉴"],
        ["日期", "2022年", None, "2023年", None],
        [None, "一季度", "二季度", "一季度", "二季度"],
        ["GDP", 1, 2, 3, 4],
    ]
    body = workbook([[*row, *[None] * (5 - len(row))] for row in rows], merged=[(1, 1, 1, 2), (1, 3, 1, 4)])
    case = admitted(tmp_path, WIDE, unpivot("excel", columns=("20*",)), body)
    assert case.rows("day, station, value, _row", "value") == [
        ("GDP", "2022年/一季度", 1, 4),
        ("GDP", "2022年/二季度", 2, 4),
        ("GDP", "2023年/一季度", 3, 4),
        ("GDP", "2023年/二季度", 4, 4),
    ]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    file = tmp_path / "wide.parquet"
    pq.write_table(
        pa.table(
            {"日期": ["1"], "A": [1.5], "B": [None]},
            schema=pa.schema([("日期", pa.string()), ("A", pa.float64()), ("B", pa.float64())]),
        ),
        file,
    )
    case = admitted(tmp_path, WIDE, unpivot("parquet"), file.read_bytes())
    assert case.rows("station, value") == [("A", 1.5)]


def test_columns_keep_the_unit_that_the_sheet_states(tmp_path: Path) -> None:
    of = entity(
        field("day", source_names=("日期",)),
        field("station", source_names=("站点",)),
        field("value", "number", unit="元", source_names=("浓度",)),
        key=("day", "station"),
    )
    noted = workbook([["年报", None, None], [None, None, "单位：万元"], ["日期", "餐饮", "零售"], ["1", 2, 3]])
    assert admitted(tmp_path / "a", of, unpivot("excel"), noted).rows("station, value", "station") == [
        ("零售", 30_000), ("餐饮", 20_000),
    ]  # fmt: skip
    labelled = "日期,餐饮（万元）,零售（元）,住宿\n1,2,3,4\n"
    assert admitted(tmp_path / "b", of, unpivot(), labelled).rows("value, _row", "value") == [
        (3, 2), (4, 2), (20_000, 2),
    ]  # fmt: skip


def test_many_blank_lines_are_left_out_and_rows_keep_their_places(tmp_path: Path) -> None:
    lines = "".join(f"{n},{n}\n{chr(10) * (n % 3)}" for n in range(30_000))
    case = admitted(tmp_path, WIDE, unpivot(), f"日期,A站\n{lines}")
    places, row = [], 2
    for n in range(30_000):
        places.append(row)
        row += 1 + n % 3
    assert [at for (at,) in case.rows("_row", "_row")] == places
