"""What speaks against a batch as a whole, said so that its sender can mend it.

Belongs here: the rules that hold a batch, in their order, and their words. Does not belong here: what is wrong with one
row (`findings.py`), running checks (`checking.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from sources.admission.duplicates import HARMLESS
from sources.admission.outcome import Admission
from sources.admission.rejects import Rejects
from sources.contract.feed import Entity, Field
from sources.reading.json_paths import top_level
from sources.reading.relation import Reading, UnreadableDelivery
from warehouse.checks.outcome import CheckOutcome
from warehouse.ledger.records import BatchMode

# A reason in Chinese and English.
Reason = tuple[str, str]
# The reasons that most rows have; all are in the rejects file.
_REASONS_SHOWN = 3


def held(reason: Reason, known: Admission) -> Admission:
    """`known`, held for `reason`."""
    return replace(known, status="held", reason_zh=reason[0], reason_en=reason[1])


def reason_to_hold(
    connection: duckdb.DuckDBPyConnection,
    entity: Entity,
    mode: BatchMode,
    files: str,
    known: Admission,
    reading: Reading,
    rejects: Rejects,
    in_files: int,
) -> Reason | None:
    """The first thing that speaks against the batch before its checks; None when nothing does.

    `in_files` are the rows found in the files before any filter, which is what a delivery declares.
    """
    declared = known.rows_declared
    if declared is not None and declared != in_files:
        return (
            f"文件 {files}：声明 {declared} 行，实际读到 {in_files} 行，可能被截断或漏页。请整份重报。",
            f"File {files}: {declared} rows declared, {in_files} found; it may be cut short or lack a page. "
            "Send it whole.",
        )
    drifted = _missing_keys(connection, entity, known, reading, rejects)
    if drifted is not None:
        return _header_drift(*drifted, files)
    if known.rows_read == 0 and mode == "full":
        return (
            f"文件 {files}：全量报送却没有任何数据行。若确实清空，请书面说明；否则请重新导出后报送。",
            f"File {files}: a full delivery without any row. Export it again and send it; if all is gone indeed, "
            "say so.",
        )
    # One is an accident even in a small file.
    if rejects.unsplit > max(1, known.rows_read * entity.max_broken_percent / 100):
        return _field_shift(entity, known, rejects, files)
    if rejects.at_fault > known.rows_read * entity.max_rejected_percent / 100:
        return _too_many_rejects(entity, known, rejects, files)
    return None


def _missing_keys(
    connection: duckdb.DuckDBPyConnection, entity: Entity, known: Admission, reading: Reading, rejects: Rejects
) -> tuple[list[Field], list[str]] | None:
    """Required fields that no row of a format without header has under any known name, and the keys there are."""
    if all(scan.closed for scan in reading.scans):
        return None
    empty = [name for name, count in rejects.missing_fields.items() if count == known.rows_read]
    if not empty or reading.keys is None:
        return None
    present = reading.keys(connection)
    absent = [
        item
        for name in empty
        if (item := entity.fields[name]).source_names
        and not {top_level(name) for name in item.source_names} & {*present}
    ]
    return (absent, present) if absent else None


def _header_drift(absent: Sequence[Field], present: Sequence[str], files: str) -> Reason:
    wanted = "、".join(f"{item.label_zh}（{'/'.join(item.source_names)}）" for item in absent)
    wanted_en = ", ".join(f"{item.label_en} ({'/'.join(item.source_names)})" for item in absent)
    return (
        f"文件 {files} 的字段与合同不符：每一行都没有必需的 {wanted}。文件里的字段：{'、'.join(present)}。"
        "请按合同的字段名重报；若字段已改名，请在合同里登记（synonyms）。",
        f"The keys of file {files} do not fit the contract: no row has the required {wanted_en}. Keys of the file: "
        f"{', '.join(present)}. Send it with the contract's names, or add the new ones to the contract (synonyms).",
    )


def _field_shift(entity: Entity, known: Admission, rejects: Rejects, files: str) -> Reason:
    share = 100 * rejects.unsplit / known.rows_read
    return (
        f"文件 {files}：第 {rejects.first_unsplit} 行等 {rejects.unsplit} 行（{share:.1f}%）的列数与表头不符，"
        f"超过上限 {entity.max_broken_percent:g}%，其余行的值也可能错列。多为字段内的逗号或换行未加双引号；"
        "请改用标准 CSV 导出后整份重报。",
        f"File {files}: row {rejects.first_unsplit} and others, {rejects.unsplit} in all ({share:.1f} %), do not have "
        f"the columns of the header, more than the limit of {entity.max_broken_percent:g} %; values of other rows may "
        "stand in the wrong column too. Mostly a comma or line break inside a value lacks double quotes: export as "
        "standard CSV and send it whole.",
    )


def _too_many_rejects(entity: Entity, known: Admission, rejects: Rejects, files: str) -> Reason:
    share = 100 * rejects.at_fault / known.rows_read
    limit = entity.max_rejected_percent
    worst = [reason for reason in rejects.reasons if reason.reason_code not in HARMLESS][:_REASONS_SHOWN]
    zh = "；".join(f"{reason.reason_zh}（{reason.rows} 行）" for reason in worst)
    en = "; ".join(f"{reason.reason_en} ({reason.rows} rows)" for reason in worst)
    return (
        f"文件 {files}：{known.rows_read} 行中 {rejects.at_fault} 行（{share:.1f}%）不合格，超过上限 {limit:g}%：{zh}。"
        "请更正后整份重报。",
        f"File {files}: {rejects.at_fault} of {known.rows_read} rows ({share:.1f} %) rejected, more than the limit of "
        f"{limit:g} %: {en}. Correct it and send it whole.",
    )


def failed_checks(files: str, checks: Sequence[CheckOutcome]) -> Reason | None:
    """The blocking checks that did not pass, with what they measured; None when all passed."""
    failed = [check for check in checks if check.blocks]
    if not failed:
        return None
    zh = "；".join(_measured(check, check.spec.name_zh) for check in failed)
    en = "; ".join(_measured(check, check.spec.name_en) for check in failed)
    return (
        f"文件 {files}：检查未通过：{zh}。请更正后重报。",
        f"File {files}: checks failed: {en}. Correct it and send again.",
    )


def _measured(check: CheckOutcome, name: str) -> str:
    measured = "" if check.measured is None else f" {check.measured:g}"
    return f"{name}{measured}{f' ({check.threshold})' if check.threshold else ''}"


def unreadable_by_duckdb(reading: Reading, error: duckdb.Error) -> UnreadableDelivery:
    """What DuckDB said, unless it may quote delivered values: only errors about names and types are shown."""
    files = "、".join(dict.fromkeys(source.file_name for source in reading.sources))
    if isinstance(error, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException):
        said = str(error).splitlines()[0]
        return UnreadableDelivery(
            f"文件 {files}：合同里的表达式无法执行：{said}。请修改合同的 expressions、where 或 row_rules。",
            f"File {files}: an expression of the contract cannot be run: {said}. "
            "Mend its expressions, where or row_rules.",
        )
    kind = type(error).__name__
    return UnreadableDelivery(
        f"文件 {files} 读取失败（{kind}）：内容损坏或与合同的格式不符。请核对格式后重新导出并整份报送。",
        f"File {files} cannot be read ({kind}): damaged, or not in the contract's format. "
        "Look at the format, export it again and send it whole.",
    )
