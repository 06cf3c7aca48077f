"""Words of the table of known errors: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "known_error.title": ("已知报送错误的更正", "Corrections of known errors"),
    "known_error.note": (
        "{rows} 行按更正文件改正；原始文件保持原样",
        "{rows} rows mended by the corrections file; the delivered file is as it came",
    ),
    "known_error.none_applied": ("没有改动任何行", "no row was changed"),
    "known_error.applied": ("已更正", "Mended"),
    "known_error.proposed": ("待生效，未改动", "Proposed, not changed"),
    "known_error.returned": ("期满后再现，未改动", "Back after its term, not changed"),
    "known_error.mended": ("报送单位已改正", "Right as delivered"),
    "known_error.differs": ("报送了另一个值，未改动", "A third value, not changed"),
    "known_error.since": ("自 {day} 收到的交付起", "received from {day} on"),
    "known_error.empty": ("（空）", "(empty)"),
    "column.known_error": ("更正与理由", "Correction and reason"),
    "column.wrong_value": ("已知错误值", "Known wrong value"),
    "column.right_value": ("正确值", "Right value"),
    "column.rows_concerned": ("行数", "Rows"),
    "column.first_place": ("首例位置", "First place"),
    "column.recorded_by": ("登记人与适用期", "Recorded by, for deliveries"),
}
