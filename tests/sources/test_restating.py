"""A corrections file that changes restates exactly the batches whose rows it changes, and nothing twice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sources.contract.corrections_file import CORRECTIONS_FILE
from sources.contract.loading import load_feeds
from sources.intake import pull
from tests.sources.contract_example import contract, write_contract
from tests.sources.deliveries_example import deliver, loans
from tests.sources.test_corrections import FEE, write_corrections
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify

pytestmark = pytest.mark.slow


class Library:
    """The example's drop folder, pulled with whatever corrections file lies there."""

    def __init__(self, home: Home, ledger: Ledger, feeds: Path) -> None:
        self.home, self.ledger, self.feeds = home, ledger, feeds
        write_contract(feeds, contract())

    def pull(self) -> list[str]:
        """Statuses of the batches decided."""
        report = pull(load_feeds([self.feeds])["library"], self.home, self.ledger, run_id="run")
        assert report.problems == []
        return [batch.status for batch in report.batches]

    def corrections(self, *entries: dict[str, Any]) -> None:
        write_corrections(self.feeds, *entries)

    def fees(self) -> dict[str, Decimal]:
        """Fee by loan in the rows of admitted batches."""
        import duckdb

        admitted = {batch.batch_id for batch in self.ledger.batches(status="admitted")}
        rows = duckdb.execute(
            f"SELECT loan_id, fee, _batch_id FROM read_parquet('{self.home.raw}/library/lib_loan/*/*/*.parquet')"
        ).fetchall()
        return {loan: fee for loan, fee, batch in rows if batch in admitted}

    def changed(self) -> int:
        """How often a day's admitted rows have changed."""
        return len(self.ledger.partition_changes())


def test_a_correction_restates_the_batch_with_the_error_and_its_withdrawal_takes_it_back(
    home: Home, ledger: Ledger, tmp_path: Path
) -> None:
    library = Library(home, ledger, tmp_path)
    deliver(tmp_path / "library" / "drop", "loans_20230601_1.csv", loans(1, 2))
    deliver(tmp_path / "library" / "drop", "loans_20230603_1.csv", loans(3, day=3))
    assert library.pull() == ["admitted", "admitted"]

    library.corrections(FEE)
    assert library.pull() == ["admitted"]
    assert library.fees() == {"L1": Decimal("1.50"), "L2": Decimal("2.25"), "L3": Decimal("1.50")}
    assert [batch.status for batch in ledger.batches()].count("superseded") == 1
    assert library.pull() == []

    library.corrections(FEE | {"right": 3})
    assert library.pull() == ["admitted"]
    assert library.fees()["L2"] == Decimal("3.00")

    (tmp_path / "library" / CORRECTIONS_FILE).unlink()
    assert library.pull() == ["admitted"]
    assert library.fees() == {"L1": Decimal("1.50"), "L2": Decimal("1.50"), "L3": Decimal("1.50")}
    assert library.pull() == []
    assert verify(home, ledger).findings == ()


def test_what_concerns_no_delivered_row_restates_nothing(home: Home, ledger: Ledger, tmp_path: Path) -> None:
    library = Library(home, ledger, tmp_path)
    deliver(tmp_path / "library" / "drop", "loans_20230601_1.csv", loans(1, 2))
    library.pull()
    for entry in (
        FEE | {"key": {"loan_id": "L9"}},
        FEE | {"expect": 7},
        FEE | {"status": "proposed"},
        FEE | {"since": "2023-06-03"},  # it was received on the second
        FEE | {"file": "other_*.csv"},
    ):
        library.corrections(entry)
        assert library.pull() == [], entry


def test_a_row_that_was_rejected_for_the_known_error_comes_in(home: Home, ledger: Ledger, tmp_path: Path) -> None:
    library = Library(home, ledger, tmp_path)
    text = loans(*range(1, 300)).replace("L2,2023-06-01,1.50", "L2,2023-06-01,-8", 1)
    deliver(tmp_path / "library" / "drop", "loans_20230601_1.csv", text)
    assert library.pull() == ["admitted"]
    assert "L2" not in library.fees()
    library.corrections(FEE | {"expect": -8})
    assert library.pull() == ["admitted"]
    assert library.fees()["L2"] == Decimal("2.25")
    assert len(library.fees()) == 299
