from __future__ import annotations

import os
import subprocess
import sys

import pytest

from orchestration.writing import NICENESS, writing
from warehouse.home import Home
from warehouse.run_lock import HomeIsBusy, run_lock


def test_a_run_may_ask_again_for_the_home_that_it_holds(home: Home) -> None:
    with writing(home), writing(home):
        pass
    with run_lock(home):  # free again
        pass


def test_the_home_stays_held_after_an_inner_block(home: Home) -> None:
    with writing(home):
        with writing(home):
            pass
        with pytest.raises(HomeIsBusy), run_lock(home):
            pass


def test_another_process_is_refused_while_the_home_is_held(home: Home) -> None:
    code = (
        "from orchestration.writing import writing; from warehouse.home import Home\n"
        "with writing(Home.from_environment()): pass"
    )
    with writing(home):
        busy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert busy.returncode != 0
    assert "HomeIsBusy" in busy.stderr
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_error_inside_frees_the_home(home: Home) -> None:
    with pytest.raises(RuntimeError, match="inside"), writing(home):
        raise RuntimeError("inside")
    with run_lock(home):
        pass


@pytest.mark.parametrize(("before", "while_writing"), [(0, NICENESS), (15, 15)])
def test_readers_go_first_while_a_run_writes(home: Home, before: int, while_writing: int) -> None:
    code = (
        "import os, subprocess, sys; from orchestration.writing import writing\n"
        "from warehouse.home import Home\n"
        f"os.nice({before})\n"
        f"with writing(Home({str(home.root)!r})):\n"
        "    print(os.nice(0), flush=True)\n"
        "    subprocess.run([sys.executable, '-c', 'import os; print(os.nice(0))'], check=True)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    inherited = os.nice(0)  # of this test's own process, which may have written before
    assert [int(one) for one in said.split()] == [min(max(inherited + before, while_writing), 19)] * 2
