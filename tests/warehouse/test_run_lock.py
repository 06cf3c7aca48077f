"""One writing run at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from warehouse.home import REPOSITORY, Home
from warehouse.run_lock import HomeIsBusy, run_lock

HOLD = """
import sys
from pathlib import Path
from warehouse.home import Home
from warehouse.run_lock import run_lock
with run_lock(Home(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(home: Home) -> subprocess.Popen[str]:
    """Another process that holds the home until its input ends or it is killed."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_fails_at_once_and_names_the_first(home: Home, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(HomeIsBusy) as busy, run_lock(home):
        pytest.fail("two runs wrote to one home")
    for text in (busy.value.zh, busy.value.en):
        assert str(holder.pid) in text
        assert str(home.root) in text
    assert "开始于 20" in busy.value.zh
    assert "started 20" in busy.value.en
    holder.communicate("")
    with run_lock(home):
        assert holder.returncode == 0


def test_a_killed_run_does_not_block_the_next(home: Home, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with run_lock(home), pytest.raises(HomeIsBusy, match=str(os.getpid())), run_lock(home):
        pytest.fail("two runs wrote to one home")


def test_the_lock_is_freed_when_a_run_fails(home: Home) -> None:
    with pytest.raises(ZeroDivisionError), run_lock(home):
        _ = 1 / 0
    with run_lock(home):
        assert home.run_lock.exists()
