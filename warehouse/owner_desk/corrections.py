"""Workbooks of failing rows, their check and their sending, each in a process of its own (`district correct`).

Belongs here: starting the process, bounding it, and its answer as records. Does not belong here: what it does
(`sources/correction`): pages must not load parsers, and a workbook that brings a parser down takes no page with it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from warehouse.home import REPOSITORY, Home

# Two thousand rows of forty filled columns are about one megabyte; the rest is for what Excel adds when it saves.
MOST_UPLOAD_MEGABYTES: Final = 8
# The largest delivery (two million rows) is read in about a minute; what takes longer is stuck.
_SECONDS: Final = 180
# A check may take 1 GB (admission's own bound): two at a time leave room for pages and a run on a small machine.
_AT_A_TIME: Final = threading.BoundedSemaphore(2)
_BATCH_ID: Final = re.compile(r"b[0-9a-f]{20}")
_CHECK_KEY: Final = re.compile(r"[A-Za-z0-9_.]+")


class DeskRefused(Exception):
    """What was asked cannot be done; `zh` and `en` say why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__(f"{zh} / {en}")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a line of the workbook. `row` is the row in the delivered file."""

    line: int | None
    file_name: str
    sheet: str | None
    row: int | None
    field: str | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What would become of an uploaded workbook; `ready`: it can be sent."""

    batch_id: str
    feed: str
    entity: str
    ready: bool
    rows_corrected: int
    rows_removed: int
    rows_admitted: int
    rows_rejected_before: int
    rows_rejected: int
    problems: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    reason_zh: str | None
    reason_en: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A confirmed correction that the next pull of its feed takes in."""

    corrects: str
    file_name: str
    sent_by: str
    sent_at: datetime
    rows_corrected: int
    rows_removed: int


def workbook(home: Home, batch_id: str, *, check_key: str | None = None) -> bytes:
    """The workbook of a batch's failing rows, of one rule or of all. Raises DeskRefused."""
    if not _BATCH_ID.fullmatch(batch_id) or (check_key and not _CHECK_KEY.fullmatch(check_key)):
        raise DeskRefused(f"没有批次 {batch_id}。", f"There is no batch {batch_id}.")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "rows.xlsx"
        chosen = ["--check", check_key] if check_key else []
        _district(home, "workbook", batch_id, *chosen, "--out", str(target))
        return target.read_bytes()


def check(home: Home, content: bytes) -> Checked:
    """Check an uploaded workbook by the contract, at once; nothing is kept. Raises DeskRefused."""
    return _with_file(home, content, "check")


def send(home: Home, content: bytes, *, file_name: str, sent_by: str, vouched: bool) -> Checked:
    """Check it once more and, when it is ready, leave it for the next pull. `vouched`: a proxy gave the name."""
    source = "proxy" if vouched else "typed"
    return _with_file(home, content, "send", "--name", file_name, "--by", sent_by, "--source", source)


def waiting(home: Home, feed: str, entity: str) -> list[Waiting]:
    """Confirmed corrections of an entity that no pull has taken yet, oldest first."""
    found = []
    for file in (home.corrections / feed / entity).glob("[!.]*/sent.json"):
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue  # a pull took it this moment
        kept = {name: said[name] for name in ("corrects", "file_name", "sent_by", "rows_corrected", "rows_removed")}
        found.append(Waiting(sent_at=datetime.fromisoformat(said["sent_at"]), **kept))
    return sorted(found, key=lambda one: one.sent_at)


def _with_file(home: Home, content: bytes, command: str, *options: str) -> Checked:
    if len(content) > MOST_UPLOAD_MEGABYTES << 20:
        raise DeskRefused(
            f"文件超过 {MOST_UPLOAD_MEGABYTES} MB。请上传从本页下载的更正表。",
            f"The file is larger than {MOST_UPLOAD_MEGABYTES} MB. Upload the workbook downloaded from this page.",
        )
    with tempfile.TemporaryDirectory() as folder:  # mode 0700: corrected values may be personal
        file = Path(folder) / "upload.xlsx"
        file.write_bytes(content)
        answer = _district(home, command, str(file), *options)
    remarks = {name: tuple(Remark(**one) for one in answer[name]) for name in ("problems", "warnings")}
    return Checked(**{**answer, **remarks})


def _district(home: Home, *arguments: str) -> Mapping[str, Any]:
    """Run `district correct ... --json`; its answer. Raises DeskRefused with its words, also when it takes too long."""
    path = os.pathsep.join(part for part in (str(REPOSITORY), os.environ.get("PYTHONPATH", "")) if part)
    command = [sys.executable, "-m", "orchestration.cli.main", "correct", *arguments, "--json"]
    with _AT_A_TIME:
        try:
            ended = subprocess.run(
                command,
                env={**os.environ, "DISTRICT_HOME": str(home.root), "PYTHONPATH": path},
                capture_output=True,
                text=True,
                check=False,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise DeskRefused(
                f"预检超过 {_SECONDS} 秒仍未完成，已停止。请稍后再试；若仍如此，请联系平台工程师。",
                f"The check took longer than {_SECONDS} seconds and was stopped. Try later, or ask the engineers.",
            ) from error
    try:
        answer: Mapping[str, Any] = json.loads(ended.stdout)
    except ValueError:
        raise RuntimeError(f"{' '.join(arguments)} ended with {ended.returncode}: {ended.stderr[-2000:]}") from None
    if "refused" in answer:
        raise DeskRefused(answer["refused"]["zh"], answer["refused"]["en"])
    return answer
