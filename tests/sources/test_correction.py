"""An owner's correction: the workbook of failing rows, its check at once, the batch that takes the place of the old."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sources.contract.feed import Feed
from sources.correction.corrected_batch import NotCorrectable
from sources.correction.inbox import waiting
from sources.correction.precheck import Precheck, make_workbook, precheck, send
from sources.intake import pull
from sources.reading.relation import UnreadableDelivery
from tests.sources.contract_example import contract, entity_of, load, set_property
from tests.sources.deliveries_example import DELIVERED, HEADER, deliver, raw_rows
from tests.sources.filled_workbook import cells, fill, lines
from warehouse.home import Home
from warehouse.ledger import Batch, Ledger
from warehouse.provenance.verify import verify

pytestmark = pytest.mark.slow

GOOD = "L{0},2023-06-01,1.50,图书,reader{0}"


@dataclass
class Desk:
    """A feed whose deliveries are pulled, and its owner's desk."""

    home: Home
    ledger: Ledger
    feed: Feed
    drop: Path
    folder: Path

    def pull(self) -> list[str]:
        report = pull(self.feed, self.home, self.ledger, run_id="run")
        assert report.problems == []
        return [batch.status for batch in report.batches]

    def batch(self, name: str) -> Batch:
        return next(batch for batch in self.ledger.batches() if batch.file_name == name)

    def workbook(self, batch: Batch) -> Path:
        target = self.folder / f"{batch.batch_id}.xlsx"
        make_workbook(self.home, self.ledger, batch.batch_id, target, feeds={"library": self.feed})
        return target

    def check(self, workbook: Path) -> Precheck:
        return precheck(self.home, self.ledger, workbook, feeds={"library": self.feed})

    def send(self, workbook: Path, by: str = "王芳") -> Precheck:
        return send(
            self.home,
            self.ledger,
            workbook,
            file_name=workbook.name,
            sent_by=by,
            sender_source="typed",
            feeds={"library": self.feed},
        )

    def bytes_of_everything(self) -> dict[str, str]:
        """Every file of the home but the write-ahead files that reading SQLite touches."""
        return {
            str(path.relative_to(self.home.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.home.root.rglob("*"))
            if path.is_file() and not path.name.startswith("ledger.sqlite-")
        }


MakeDesk = Callable[..., Desk]


@pytest.fixture
def desk(home: Home, ledger: Ledger, tmp_path: Path) -> MakeDesk:
    def make(change: Callable[[dict[str, Any]], Any] | None = None) -> Desk:
        document = contract()
        set_property(entity_of(document), "max_rejected_percent", 50)
        if change:
            change(document)
        drop = tmp_path / "feeds" / "library" / "drop"
        drop.mkdir(parents=True)
        return Desk(home, ledger, load(tmp_path / "feeds", document), drop, tmp_path)

    return make


def csv(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


ONE_BAD = csv(GOOD.format(1), "L2,2023-06-01,一元五,图书,reader2", GOOD.format(3))


def test_a_rejected_row_is_corrected_and_enters_in_the_place_of_its_delivery(desk: MakeDesk) -> None:
    here = desk()
    deliver(here.drop, "loans_20230601_1.csv", ONE_BAD)
    assert here.pull() == ["admitted"]
    original = here.batch("loans_20230601_1.csv")
    workbook = here.workbook(original)
    (row,) = lines(workbook).values()
    assert (row["_file_name"], row["_row"], row["loan_id"], row["fee"]) == ("loans_20230601_1.csv", "3", "L2", "一元五")
    assert row["_reason"] == "「费用」不是数值；请更正"

    fill(workbook, {3: {"fee": "1.50", "_note": "笔误"}})
    before = here.bytes_of_everything()
    checked = here.check(workbook)
    assert here.bytes_of_everything() == before, "a check writes nothing"
    assert (checked.ready, checked.rows_corrected, checked.rows_admitted, checked.rows_rejected) == (True, 1, 3, 0)
    assert (checked.problems, checked.rows_rejected_before) == ((), 1)

    assert here.send(workbook).ready
    assert [sent.sent_by for sent in waiting(here.home, "library", "lib_loan")] == ["王芳"]
    assert here.pull() == ["admitted"]
    assert here.pull() == [], "taken in once"
    correction = here.batch(workbook.name)
    assert here.batch("loans_20230601_1.csv").superseded_by == correction.batch_id
    assert correction.supersedes == (original.batch_id,)
    assert (correction.period_start, correction.delivery_key) == (original.period_start, original.delivery_key)
    (record,) = here.ledger.owner_corrections(corrects=original.batch_id)
    assert (record.batch_id, record.sent_by, record.rows_corrected) == (correction.batch_id, "王芳", 1)
    now = [row for row in raw_rows(here.home) if row["_batch_id"] == correction.batch_id]
    assert [(row["loan_id"], str(row["fee"]), row["_row"]) for row in now] == [
        ("L1", "1.50", 2), ("L2", "1.50", 3), ("L3", "1.50", 4)
    ]  # fmt: skip
    old = {row["loan_id"]: row["reader_hash"] for row in raw_rows(here.home) if row["_batch_id"] == original.batch_id}
    assert {row["loan_id"]: row["reader_hash"] for row in now if row["loan_id"] in old} == old, "readers kept as sent"
    landed = here.home.landing / here.ledger.files(correction.batch_id)[-1].sha256[:2]
    assert (landed / here.ledger.files(correction.batch_id)[-1].sha256).read_bytes() == workbook.read_bytes()
    assert verify(here.home, here.ledger).findings == ()


def test_protected_values_are_not_shown_and_stay_as_delivered(desk: MakeDesk) -> None:
    here = desk()
    deliver(here.drop, "loans_20230601_1.csv", ONE_BAD)
    here.pull()
    workbook = here.workbook(here.batch("loans_20230601_1.csv"))
    assert lines(workbook)[3]["reader_hash"] == "***"
    assert b"reader2" not in workbook.read_bytes()
    assert "reader2" not in str(cells(workbook))
    untouched = here.check(fill(workbook, {3: {"fee": "2"}}, here.folder / "kept.xlsx"))
    assert (untouched.ready, untouched.rows_corrected) == (True, 1)
    replaced = fill(workbook, {3: {"fee": "2", "reader_hash": "reader1"}}, here.folder / "replaced.xlsx")
    here.send(replaced)
    here.pull()
    now = {row["loan_id"]: row for row in raw_rows(here.home) if row["_batch_id"] == here.batch(replaced.name).batch_id}
    assert now["L2"]["reader_hash"] == now["L1"]["reader_hash"]


WRONG: tuple[tuple[dict[str, str], str | None, str], ...] = (
    ({"fee": "一元六"}, "fee", "不是数值"),
    ({"fee": "-3"}, "fee", "小于下限"),
    ({"fee": "2", "kind": "光盘"}, "kind", "不在代码表内"),
    ({"fee": "2", "loan_id": "L9"}, "loan_id", "主键「借阅号」不能改动"),
    ({"_remove": "是"}, None, "须填写更正说明"),
    ({}, None, "没有任何更正"),
    ({"_row": "77"}, None, "没有第 77 行"),
)


def test_what_is_still_wrong_is_told_row_by_row(desk: MakeDesk) -> None:
    here = desk()
    deliver(here.drop, "loans_20230601_1.csv", ONE_BAD)
    here.pull()
    made = here.workbook(here.batch("loans_20230601_1.csv"))
    for change, field, said in WRONG:
        workbook = fill(made, {3: change}, here.folder / "wrong.xlsx")
        checked = here.check(workbook)
        assert not checked.ready, said
        (problem,) = checked.problems
        assert said in problem.zh
        assert (problem.field, problem.line) == (field, 3 if change else None), said
    assert here.send(workbook).ready is False
    assert list(waiting(here.home, "library", "lib_loan")) == [], "what is not ready is not taken"


def test_a_batch_held_for_its_rows_enters_whole_once_they_are_corrected(desk: MakeDesk) -> None:
    here = desk(lambda document: set_property(entity_of(document), "max_rejected_percent", 5))
    deliver(here.drop, "loans_20230601_1.csv", ONE_BAD)
    assert here.pull() == ["held"]
    held = here.batch("loans_20230601_1.csv")
    workbook = fill(here.workbook(held), {3: {"fee": "1.5"}})
    assert here.send(workbook).rows_admitted == 3
    assert here.pull() == ["admitted"]
    assert [row["loan_id"] for row in raw_rows(here.home)] == ["L1", "L2", "L3"]
    settled = here.batch("loans_20230601_1.csv")
    assert (settled.status, settled.superseded_by) == ("held", here.batch(workbook.name).batch_id)
    with pytest.raises(NotCorrectable, match="取代"):
        here.workbook(settled)
    assert verify(here.home, here.ledger).findings == ()
    changed = load(here.folder / "feeds", contract() | {"version": "2.0.0"})
    here.feed = changed
    assert here.pull() == [], "a changed contract does not bring the settled batch back"


def test_a_row_that_is_none_can_be_left_out_and_a_wrong_key_corrected(desk: MakeDesk) -> None:
    here = desk()
    deliver(
        here.drop,
        "loans_20230601_1.csv",
        csv(GOOD.format(1), "1E+05,2023-06-01,1.50,图书,r", "不详,,3.00,,", GOOD.format(4), GOOD.format(5)),
    )
    here.pull()
    workbook = here.workbook(here.batch("loans_20230601_1.csv"))
    assert sorted(lines(workbook)) == [3, 4]
    fill(workbook, {3: {"loan_id": "L100000"}, 4: {"_remove": "是", "_note": "不是借阅"}})
    checked = here.send(workbook)
    assert (checked.ready, checked.rows_corrected, checked.rows_removed, checked.rows_rejected) == (True, 1, 1, 0)
    here.pull()
    batch = here.batch(workbook.name)
    kept = [row["loan_id"] for row in raw_rows(here.home) if row["_batch_id"] == batch.batch_id]
    assert kept == ["L1", "L100000", "L4", "L5"]
    assert (batch.rows_read, batch.rows_rejected) == (4, 0)


def test_a_correction_can_be_corrected(desk: MakeDesk) -> None:
    here = desk()
    deliver(here.drop, "loans_20230601_1.csv", csv(GOOD.format(1), "L2,x,一元五,图书,r", GOOD.format(3)))
    here.pull()
    first = fill(here.workbook(here.batch("loans_20230601_1.csv")), {3: {"fee": "7"}}, here.folder / "first.xlsx")
    assert not here.check(first).ready, "its day is still missing"
    fill(first, {3: {"loan_date": "2023-06-01"}})
    assert here.send(first).ready
    here.pull()
    deliver(here.drop, "loans_20230602_1.csv", csv("L8,2023-06-02,1,图书,r"), at=DELIVERED.replace(day=3))
    here.pull()
    with pytest.raises(NotCorrectable, match="没有可以逐行更正的行"):
        here.workbook(here.batch("first.xlsx"))


def test_two_workbooks_of_one_batch_both_take_effect(desk: MakeDesk) -> None:
    here = desk()
    two_bad = csv(GOOD.format(1), "L2,2023-06-01,一元五,图书,r", "L3,2023-06-01,两元,图书,r", GOOD.format(4))
    deliver(here.drop, "loans_20230601_1.csv", two_bad)
    here.pull()
    original = here.batch("loans_20230601_1.csv")
    made = here.workbook(original)
    first = fill(made, {3: {"fee": "1.5"}}, here.folder / "first.xlsx")
    second = fill(made, {4: {"fee": "2"}}, here.folder / "second.xlsx")
    assert here.send(first).ready
    assert here.send(second).ready
    here.pull()
    assert here.pull() == [], "taken in once"
    last = here.batch("second.xlsx")
    assert (last.status, last.rows_admitted, last.rows_rejected) == ("admitted", 4, 0)
    assert here.batch("first.xlsx").superseded_by == last.batch_id
    assert here.ledger.correction_depth(last.batch_id) == 2
    now = [row for row in raw_rows(here.home) if row["_batch_id"] == last.batch_id]
    assert [(row["loan_id"], str(row["fee"])) for row in now][1:3] == [("L2", "1.50"), ("L3", "2.00")]
    assert verify(here.home, here.ledger).findings == ()


def test_a_newer_delivery_stands_against_a_correction_that_comes_too_late(desk: MakeDesk) -> None:
    full = {
        "server": "drop",
        "mode": "full",
        "file": {"pattern": "loans_{period}_{seq}.csv", "format": {"kind": "csv"}},
    }
    here = desk(lambda document: set_property(entity_of(document), "deliveries", [full]))
    deliver(here.drop, "loans_20230601_1.csv", ONE_BAD)
    here.pull()
    workbook = fill(here.workbook(here.batch("loans_20230601_1.csv")), {3: {"fee": "9"}})
    here.send(workbook)
    deliver(here.drop, "loans_20230601_2.csv", csv(GOOD.format(1), GOOD.format(2)), at=DELIVERED.replace(day=5))
    assert here.pull() == ["admitted", "superseded"]
    assert here.batch("loans_20230601_2.csv").status == "admitted"
    assert here.batch(workbook.name).superseded_by == here.batch("loans_20230601_2.csv").batch_id


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 half a zip"])
def test_any_other_file_is_refused_in_words(desk: MakeDesk, content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "upload.xlsx"
    file.write_bytes(content)
    with pytest.raises(UnreadableDelivery) as refused:
        desk().check(file)
    assert "重新" in refused.value.zh


def test_a_whole_file_at_fault_offers_no_rows(desk: MakeDesk) -> None:
    here = desk()
    deliver(here.drop, "loans_20230601_1.csv", "a,b\n1,2\n")
    assert here.pull() == ["held"]
    with pytest.raises((NotCorrectable, UnreadableDelivery)):
        here.workbook(here.batch("loans_20230601_1.csv"))
