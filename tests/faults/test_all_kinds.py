"""Every kind of fault is found and treated as the catalogue says, nothing else is alarmed, and corrections heal all."""

from __future__ import annotations

import pytest

from sources.simulator.faults import catalogue
from tests.faults.pulled_district import PulledTrial

pytestmark = [
    pytest.mark.xdist_group("faults"),  # one worker pulls the district once
    pytest.mark.timeout(600),  # two pulls of a hundred batches, on a machine that may be busy
]
# Read from models: see test_built.py.
FROM_MODELS = {"F21", "F30", "F35"}


def test_the_catalogue_is_whole() -> None:
    assert list(catalogue()) == [f"F{number:02d}" for number in range(1, 36)]


@pytest.mark.parametrize("kind", sorted(set(catalogue()) - FROM_MODELS))
def test_a_kind_is_accounted_for(trial: PulledTrial, kind: str) -> None:
    line = trial.accounts.lines[kind]

    assert line.agrees, (line.injected, line.found, line.clean_rows_lost, line.false_alarms, line.remarks)


def test_nothing_but_the_faults_is_alarmed(trial: PulledTrial) -> None:
    assert trial.accounts.stray_alarms == []
    assert trial.accounts.stray_losses == []
    assert trial.accounts.clean_alarms == []
