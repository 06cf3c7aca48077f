"""A corrections file written between two runs: the second one restates what it is about, and the figure says why.

The first is the run that all tests of this folder share; of the second the steps alone (pull, build, publish), as a
whole one would build every model anew for the changed contract.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.layers import manifest_path
from sources.contract.corrections_file import CORRECTIONS_FILE
from sources.contract.feed import Feed
from sources.contract.loading import BUILT_IN, CONTRACT_FILE, load_feeds
from sources.intake import pull
from tests.dbt import build as dbt
from tests.end_to_end.district_command import AS_OF
from warehouse.home import Home
from warehouse.ledger import Batch, Ledger
from warehouse.provenance.trace import trace
from warehouse.provenance.verify import verify
from warehouse.publish.publishing import publish
from warehouse.read import SnapshotReader
from warehouse.read.indicator import revisions

pytestmark = [
    pytest.mark.integration,
    pytest.mark.xdist_group("end_to_end"),  # one worker makes the small district once
    pytest.mark.timeout(1800),
]

FEED, MONTH, PLATFORM = "ecommerce_gmv", "202305", "CNEC0022"
MORE = 30_000  # yuan by which the platform's return was too low


def with_corrections(folder: Path, *entries: dict[str, Any]) -> Path:
    """The built-in contract of the feed, with these corrections beside it, as an installation lays it over."""
    (folder / FEED).mkdir(parents=True)
    shutil.copy2(BUILT_IN / FEED / CONTRACT_FILE, folder / FEED)
    text = yaml.safe_dump({"corrections": list(entries)}, allow_unicode=True)
    (folder / FEED / CORRECTIONS_FILE).write_text(text, encoding="utf-8")
    return folder


def run_again(home: Home, feed: Feed) -> list[Batch]:
    """The batches decided in a second run of the feed alone."""
    with Ledger.of(home) as ledger:
        decided = pull(feed, home, ledger, as_of=date.fromisoformat(AS_OF), run_id="again").batches
        ledger.export(home)
    dbt.build(home, "stg_ecommerce_gmv__ecm_return+")
    with Ledger.of(home) as ledger:
        publish(home, ledger, as_of=date.fromisoformat(AS_OF), run_id="again", manifest_path=manifest_path(home))
    return list(decided)


def test_a_corrections_file_restates_its_batch_and_the_figure_names_it(
    undisturbed: Path, copied: Callable[[Path], Path], tmp_path: Path
) -> None:
    home = Home(copied(undisturbed))
    with Ledger.of(home) as ledger:
        (original,) = (one for one in ledger.batches(entity="ecm_return") if f"_{MONTH}_" in one.file_name)
        admitted = {one.batch_id for one in ledger.batches(status="admitted")}
    files = home.raw / FEED / "ecm_return" / "*" / f"batch={original.batch_id}" / "*.parquet"
    ((delivered,),) = duckdb.execute(
        f"SELECT gmv_month FROM read_parquet('{files}') WHERE platform_code = '{PLATFORM}'"
    ).fetchall()
    before = trace(home, "ECM01", "2023-05")
    feeds = with_corrections(
        tmp_path / "feeds",
        {
            "name": "return-of-may-too-low",
            "entity": "ecm_return",
            "key": {"platform_code": PLATFORM, "period": MONTH, "version_no": "1"},
            "column": "gmv_month",
            "expect": float(delivered),
            "right": float(delivered) + MORE,
            "reason_zh": "平台漏报一笔，已书面确认",
            "reason_en": "one sale was left out; confirmed in writing",
            "status": "in_force",
            "who": "区商务委",
            "since": "2023-06-01",
        },
    )

    (restated,) = run_again(home, load_feeds([feeds])[FEED])

    with Ledger.of(home) as ledger:
        now = {one.batch_id for one in ledger.batches(status="admitted")}
        assert (admitted - now, now - admitted) == ({original.batch_id}, {restated.batch_id})
        superseded = ledger.batch(original.batch_id)
        assert superseded is not None
        assert superseded.superseded_by == restated.batch_id
        assert verify(home, ledger).findings == ()
    after = trace(home, "ECM01", "2023-05")
    assert before.value is not None
    assert after.value == pytest.approx(before.value + MORE)
    assert after.agrees
    (mended,) = after.corrections
    assert (mended.batch_id, mended.correction, mended.rows) == (restated.batch_id, "return-of-may-too-low", 1)
    assert (before.corrections, mended.who) == ((), "区商务委")
    (revised,) = (
        one
        for one in revisions(SnapshotReader(home), "ECM01", changed_only=True)
        if (one.period_type, one.area_code) == ("month", before.area_code)
    )
    assert (revised.previous_value, revised.value, revised.reason_class) == (
        before.value, after.value, "better_source"
    )  # fmt: skip
    assert restated.batch_id in revised.reason
    assert original.batch_id in revised.reason
