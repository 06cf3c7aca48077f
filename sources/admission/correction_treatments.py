"""What corrections of known errors met in a batch, in words: a treatment an outcome and column.

Belongs here: codes and texts. Does not belong here: applying corrections (`corrections.py`), other treatments
(`treatments.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from sources.contract.feed import Entity
from warehouse.ledger.corrections import BatchCorrection, CorrectionOutcome
from warehouse.ledger.records import Treatment

_TREATMENTS: Mapping[CorrectionOutcome, tuple[Literal["repaired", "flagged"], str, str, str]] = {
    "applied": (
        "repaired",
        "provider_error_corrected",
        "「{label_zh}」的已知错误按更正文件改正：{names}",
        "known errors of {label_en} mended by the corrections file: {names}",
    ),
    "proposed": (
        "flagged",
        "provider_error_proposed",
        "「{label_zh}」有已登记、尚未生效的错误，未改动：{names}。确认后请在 corrections.yaml 把 status 改为 in_force",
        "{label_en} has errors whose correction is only proposed, left as they are: {names}. Once agreed, set the "
        "status to in_force in corrections.yaml",
    ),
    "returned": (
        "flagged",
        "provider_error_returned",
        "「{label_zh}」的已知错误在更正期满后再次出现，未改动：{names}。请与报送单位核实，必要时另立一条更正",
        "errors of {label_en} came back after the term of their correction, left as they are: {names}. Ask the "
        "provider; write a new correction where needed",
    ),
    "mended": (
        "flagged",
        "provider_error_mended",
        "报送单位已自行更正「{label_zh}」：{names}。可在 corrections.yaml 写上 until，并把 status 改为 mended",
        "the provider mended {label_en} itself: {names}. Give the correction an until in corrections.yaml and set its "
        "status to mended",
    ),
    "differs": (
        "flagged",
        "provider_error_differs",
        "「{label_zh}」既不是已知错误值、也不是更正值，按报送值采用：{names}。请核对更正文件",
        "{label_en} is neither the known wrong value nor the right one, taken as delivered: {names}. Look at the "
        "corrections file",
    ),
}


def treatments_of(entity: Entity, met: Sequence[BatchCorrection]) -> list[Treatment]:
    """One treatment an outcome and column; the texts name the corrections."""
    found: dict[tuple[CorrectionOutcome, str], list[BatchCorrection]] = {}
    for one in met:
        if one.outcome != "mended" or one.status not in ("mended", "expired"):  # that one was told, and noted
            found.setdefault((one.outcome, one.column_name), []).append(one)
    made = []
    for (outcome, column), ones in found.items():
        treatment, code, zh, en = _TREATMENTS[outcome]
        item = entity.fields[column]
        names_zh = "；".join(f"{one.correction}（{one.reason_zh}）" for one in ones)
        names_en = "; ".join(f"{one.correction} ({one.reason_en})" for one in ones)
        first = ones[0]
        place = " / ".join(str(part) for part in (first.file_name, first.sheet, first.row_number) if part is not None)
        made.append(
            Treatment(
                code,
                treatment,
                column,
                sum(one.rows for one in ones),
                place,
                zh.format(label_zh=item.label_zh, names=names_zh),
                en.format(label_en=item.label_en, names=names_en),
            )
        )
    return made
