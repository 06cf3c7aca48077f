"""Every kind of fault is found and treated as the catalogue says, nothing else is alarmed, and corrections heal all."""

from __future__ import annotations

import pyarrow.parquet
import pytest

from sources.simulator.faults import catalogue
from tests.faults.pulled_district import PulledTrial
from warehouse.ledger import Ledger

pytestmark = [
    pytest.mark.slow,
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


def test_the_shifted_row_is_the_one_that_is_rejected(trial: PulledTrial) -> None:
    (shifted,) = (one for one in trial.manifest.injections if one.fault == "F15")
    with Ledger.of(trial.faulty) as ledger:
        (batch,) = (one for one in ledger.batches(entity=shifted.entity) if one.file_name == shifted.file)
    path = trial.faulty.rejects / batch.feed / batch.entity / f"{batch.batch_id}.parquet"
    rejects = pyarrow.parquet.read_table(path).to_pylist()

    found = [f"{row['_sheet']} {row['_row']}" for row in rejects if row["reason_code"] == "too_many_columns"]
    assert found == list(shifted.places)


def test_nothing_but_the_faults_is_alarmed(trial: PulledTrial) -> None:
    assert trial.accounts.stray_alarms == []
    assert trial.accounts.stray_losses == []
    assert trial.accounts.clean_alarms == []
