"""The report as PDF, by LibreOffice where it is installed.

Belongs here: finding and calling LibreOffice. Does not belong here: installing it (docs/report.md says how).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_PROGRAMS: Final = ("soffice", "libreoffice")
_PATIENCE: Final = 180  # seconds: a cold start on a busy machine takes some ten, more is a hang


class NoConverter(RuntimeError):
    """LibreOffice is not there or did not do it. `zh` and `en` say what to do."""

    def __init__(self, docx: Path, why_zh: str, why_en: str) -> None:
        self.zh = f"{why_zh}，未生成 PDF；报告在 {docx}，可在 Word 中另存为 PDF。"
        self.en = f"{why_en}; no PDF was made. The report is {docx}; Word can save it as PDF."
        super().__init__(f"{self.zh} / {self.en}")


def installed() -> str | None:
    """The program, or None."""
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), None)


def convert(docx: Path) -> Path:
    """Write the PDF beside the document (a file that is there is replaced); raises NoConverter."""
    program = installed()
    if program is None:
        raise NoConverter(
            docx,
            "本机没有 LibreOffice（Debian：apt install libreoffice-writer-nogui fonts-noto-cjk）",
            "LibreOffice is not installed (Debian: apt install libreoffice-writer-nogui fonts-noto-cjk)",
        )
    with tempfile.TemporaryDirectory() as profile:
        # A profile of its own: an office that somebody has open would take the call over.
        command = [
            program,
            f"-env:UserInstallation={Path(profile).as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            profile,
            str(docx.resolve()),
        ]
        environment = os.environ | {"HOME": profile}
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=_PATIENCE, check=False
            )
            said = (done.stderr or done.stdout).strip()
        except subprocess.TimeoutExpired:
            said = f"> {_PATIENCE} s"
        made = Path(profile) / f"{docx.stem}.pdf"
        if not made.is_file():
            raise NoConverter(docx, f"LibreOffice 转换失败（{said}）", f"LibreOffice failed ({said})")
        target = docx.with_suffix(".pdf")
        part = target.with_name(f"{target.name}.part")
        shutil.copyfile(made, part)
        part.replace(target)
    return target
