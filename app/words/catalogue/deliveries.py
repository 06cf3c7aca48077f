"""Words of what was repaired in deliveries, and of what waits: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "treatment.title": ("修复与标记", "Repaired and flagged"),
    "treatment.note": (
        "修复 {repaired} 项、标记 {flagged} 项，未因此拒收任何行；原始文件保持原样",
        "{repaired} kinds of repairs, {flagged} remarks; no row was rejected for them, the file is as it came",
    ),
    "treatment.note_newest": (
        "各表最近一批：修复 {repaired} 项、标记 {flagged} 项；在源头改正后就不再出现",
        "newest batch of each table: {repaired} repairs, {flagged} remarks; mended at the source they are gone",
    ),
    "treatment.repaired": ("已修复", "Repaired"),
    "treatment.flagged": ("已标记", "Flagged"),
    "treatment.whole": ("整个文件或整行", "whole file or row"),
    "column.treatment": ("情形", "What was seen"),
    "waiting.title": ("等待登记的行", "Rows that wait for their register"),
    "waiting.note": (
        "所指的编号还没有登记，暂不计入指标；登记送达后自动计入",
        "their codes are not registered yet: in no figure until the register names them, then by themselves",
    ),
    "waiting.note_unresolved": (
        "{count} 个编号在登记更新后仍然没有，请核实是漏登还是误填",
        "{count} codes are still missing though the register came meanwhile: not registered, or mistyped?",
    ),
    "waiting.waiting": ("等待登记", "Waiting"),
    "waiting.unresolved": ("须核实", "To be checked"),
    "waiting.rest": (
        "另有 {count} 个编号，见下载的 waiting_row 表",
        "{count} more codes, see the table waiting_row of the download",
    ),
    "waiting.deliveries": ("等待控制文件的交付", "Deliveries that wait for their control file"),
    "waiting.deliveries_note": (
        "文件已在，控制文件未到，视为仍在上传，尚未接收",
        "the file is there, its control file is not: taken as still being written, not taken in yet",
    ),
    "column.unregistered": ("未登记的编号", "Code not registered"),
    "column.register": ("应在哪张登记表", "Register"),
    "column.data_days": ("数据日期", "Days of the data"),
    "column.waits_for": ("等待的控制文件", "Waits for"),
}
