"""Files of the repository that follow from code or contracts: written by a command, compared by a test.

Belongs here: writing and comparing. Does not belong here: any content.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def write_or_check(arguments: Sequence[str] | None, *, module: str, target: Path, render: Callable[[], str]) -> int:
    """Write what `render` gives to `target`; with `--check` only compare, exit code 1 and a message when it differs."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=f"write {target.name}")
    parser.add_argument("--check", action="store_true", help="compare only; exit code 1 when the file is out of date")
    options = parser.parse_args(arguments)
    text = render()
    if not options.check:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return 0
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(
        f"{target.name} 与其来源不一致；请运行 python -m {module}"
        f" / {target.name} is out of date; run python -m {module}\n"
    )
    return 1
