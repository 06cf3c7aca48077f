"""Words of printing and downloads: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    # print
    "print.open": ("打印一页", "Print on one page"),
    "print.now": ("打印", "Print"),
    "print.back": ("返回", "Back"),
    "print.published": ("发布", "Published"),
    "print.published_text": (
        "第 {number} 次发布，快照 {snapshot}，口径第 {version} 版；打印于 {printed}",
        "publication {number}, snapshot {snapshot}, definition version {version}; printed {printed}",
    ),
    # data
    "data.title": ("下载整个快照", "The whole snapshot"),
    "data.note": ("快照 {snapshot}，文件在点击时生成", "snapshot {snapshot}; files are made on the click"),
    "data.parquet": ("Parquet（zip）", "Parquet (zip)"),
    "data.sdmx": ("SDMX-CSV 2.0（指标数值）", "SDMX-CSV 2.0 (observations)"),
    "data.sdmx_note": (
        "SDMX-CSV 一行一个数值，含单位、口径版本、状态和快照编号；年初至今与窗口期写作起始日加时长。",
        "SDMX-CSV has a line a figure with unit, definition version, status and snapshot id; year to date and windows"
        " are written as first day and duration.",
    ),
    "data.tables": ("公开数据表", "Public tables"),
    "data.tables_note": ("{count} 张，均在 Parquet 包内", "{count}, all in the Parquet zip"),
    "data.command": (
        "命令行：district export --format parquet|sdmx-csv --out 文件夹",
        "On the command line: district export --format parquet|sdmx-csv --out FOLDER",
    ),
    "column.table": ("数据表", "Table"),
    "column.meaning": ("内容", "Meaning"),
    "column.rows": ("行数", "Rows"),
    "column.columns": ("列数", "Columns"),
}
