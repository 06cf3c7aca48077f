"""One writing run at a time in a home.

Belongs here: the lock and who holds it. Does not belong here: what a run does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.home import Home


class HomeIsBusy(RuntimeError):
    """Another run writes to this home. `zh` and `en` name it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


# A process sees at once that its run has died, but first ends the call of a library that it is in.
_LEFT_SECONDS = 30


def lock_of_process(home: Home, number: int) -> AbstractContextManager[object]:
    """Held by a process that works for the run holding the home, from before it touches the home to its end."""
    return FileLock(home.root / _name_of_process(str(number)))


def _name_of_process(number: str) -> str:
    return f"run.process-{number}.lock"


def is_held(home: Home) -> bool:
    """Whether a run holds the home now."""
    if not _holder(home).exists():  # so that a look takes the lock from nobody who is about to
        return False
    try:
        with FileLock(home.run_lock).acquire(timeout=0):
            return False  # its holder was killed
    except Timeout:
        return True


def _holder(home: Home) -> Path:
    return home.run_lock.with_suffix(".holder.json")


@contextmanager
def run_lock(home: Home) -> Iterator[None]:
    """Hold the home for writing; raises HomeIsBusy at once when another run holds it.

    The operating system frees the lock when its holder dies, so a killed run never blocks the next one; processes that
    worked for it end by themselves, and are waited for. Who holds it is written beside the lock, for the message alone.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    holder = _holder(home)
    try:
        with FileLock(home.run_lock).acquire(timeout=0):
            for left in home.root.glob(_name_of_process("*")):
                with FileLock(left).acquire(timeout=_LEFT_SECONDS):
                    pass
            started_at = datetime.now(UTC).isoformat(timespec="seconds")
            holder.write_text(json.dumps({"pid": os.getpid(), "started_at": started_at}), encoding="utf-8")
            try:
                yield
            finally:
                holder.unlink(missing_ok=True)
    except Timeout:
        try:
            known = json.loads(holder.read_text(encoding="utf-8"))
            pid, since = known["pid"], known["started_at"]
        except (OSError, ValueError, KeyError):  # the holder has locked but not written its name yet
            pid, since = "?", "?"
        raise HomeIsBusy(
            f"数据目录 {home.root} 正被另一次运行占用（进程 {pid}，开始于 {since}）。"
            "请等它结束，或确认后结束该进程再重试。",
            f"The home {home.root} is being written by another run (process {pid}, started {since}). "
            "Wait until it ends, or end that process, then run again.",
        ) from None
