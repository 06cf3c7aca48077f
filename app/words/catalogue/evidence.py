"""Words of the page with the evidence of a figure: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "page.evidence": ("证据", "Evidence"),
    "evidence.open": ("逐行证据与复算", "Evidence row by row, recomputed"),
    "evidence.title": ("证据：{name}", "Evidence: {name}"),
    "evidence.none": ("没有这个数值", "No such figure"),
    "evidence.none_text": (
        "地址中没有指明已发布的数值。请从指标页选择数据期，再点“逐行证据与复算”。",
        "The address names no published figure. Choose a period on an indicator's page, then follow its evidence.",
    ),
    "evidence.published": ("已发布", "Published"),
    "evidence.recomputed": ("由原始行复算", "Recomputed from raw rows"),
    "evidence.agrees": ("一致", "agrees"),
    "evidence.differs": ("不一致", "DIFFERS"),
    "evidence.no_proof": ("该指标没有复算语句", "the definition has no proof"),
    "evidence.differs_title": ("复算与发布不一致", "The recomputed figure differs"),
    "evidence.differs_text": (
        "请告知平台运维：台账或原始文件可能被改动，运行 district verify 可查明。",
        "Tell the operators: the ledger or raw files may have been changed; district verify finds out.",
    ),
    "evidence.version": ("口径版本", "Definition version"),
    "evidence.model": ("计算模型", "Model"),
    "evidence.code": ("程序版本", "Code version"),
    "evidence.publication": ("发布", "Publication"),
    "evidence.parts": ("{numerator} / {denominator}", "{numerator} / {denominator}"),
    "evidence.batches": ("计入的批次", "Batches that count"),
    "evidence.batches_note": ("{batches} 个批次，{rows} 行", "{batches} batches, {rows} rows"),
    "evidence.see_rows": ("看行", "see rows"),
    "evidence.rows": ("计入的行", "Rows that count"),
    "evidence.rows_note": (
        "{file}：第 {first}–{last} 行，共 {total} 行；未公开的字段以 *** 代替",
        "{file}: {first}–{last} of {total} rows; fields that may not be shown read ***",
    ),
    "evidence.no_rows": ("该批次没有计入本数值的行", "No row of this batch counts for the figure"),
    "evidence.not_kept": ("行已不在原始层", "the row is no longer kept"),
    "evidence.rejected": ("拒收行", "rejected row"),
    "evidence.earlier": ("上一页", "previous"),
    "evidence.later": ("下一页", "next"),
    "evidence.only": (
        "另有 {count} 个批次被读取，但没有行计入。",
        "{count} more batches were read, but none of their rows counts.",
    ),
    "evidence.yes": ("是", "yes"),
    "evidence.no": ("否", "no"),
    "evidence.working": ("正在由原始行复算…", "Recomputing from raw rows…"),
    "column.row_number": ("行号", "Row"),
    "column.counted": ("计入行", "Rows that count"),
}
