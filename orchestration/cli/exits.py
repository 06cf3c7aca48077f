"""How the command ends: exit codes, and what becomes of errors.

Belongs here: turning exceptions into a message and a code. Does not belong here: printing results.
"""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from orchestration.cli.console import remarks
from orchestration.cli.language import say
from warehouse import clock
from warehouse.home import Home

FINE = 0
BLOCKED = 1
"""A blocking check failed, a batch is held, a source was unreachable, or a figure does not agree with its rows."""
WRONG_USE = 2
FAULT = 3
"""A fault of ours: the message names the log file."""
INTERRUPTED = 130
"""Ctrl-C or SIGTERM, as shells count it."""


def refuse(zh: str, en: str) -> NoReturn:
    """End because the command was used in a way that cannot work; the text says how to mend it."""
    remarks().print(say(zh, en))
    raise typer.Exit(WRONG_USE)


class DistrictGroup(TyperGroup):
    """Runs a command; what it raises becomes a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """As typer does, with our exit codes."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, TyperException):  # wrong use ends with 2 by itself
            raise
        except KeyboardInterrupt:
            remarks().print(
                say("已中断；下次运行会修复未完成的部分", "interrupted; the next run repairs what is unfinished")
            )
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            expected = _expected(error)
            if expected:
                refuse(*expected)
            log = _write_log(error)
            remarks().print(
                say(
                    f"程序出错（不是数据问题）：{type(error).__name__}: {error}\n详细记录：{log}",
                    f"A fault of ours, not of the data: {type(error).__name__}: {error}\nDetails: {log}",
                )
            )
            raise typer.Exit(FAULT) from error


def _expected(error: Exception) -> tuple[str, str] | None:
    """Errors that the reader can mend carry their text in both languages; None for a fault of ours."""
    problems = getattr(error, "problems", None)  # a ContractError carries all mistakes of all contracts
    if problems:
        return "\n".join(one.text_zh for one in problems), "\n".join(one.text_en for one in problems)
    zh, en = getattr(error, "zh", None), getattr(error, "en", None)
    return (zh, en) if isinstance(zh, str) and isinstance(en, str) else None


def _write_log(error: Exception) -> Path:
    folder = Home.from_environment().root / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"district-{clock.now():%Y%m%dT%H%M%S}.log"
    log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return log
