"""The owner's morning in a browser: a failing row found, corrected in a workbook, sent; the leader's figure changes, as
a rehearsal of the run has said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.app.chromium import settled
from tests.app.conftest import browser  # noqa: F401  # the same browser as the tests of pages use
from tests.app.serving import serve
from tests.end_to_end.district_command import AS_OF, district
from tests.sources.filled_workbook import fill, lines
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify
from warehouse.publish.preview import difference

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.integration,
    pytest.mark.xdist_group("end_to_end"),  # one worker makes the small district once
    pytest.mark.timeout(1800),  # a whole run in a process of its own
]

ITEM = "剩余泊位应在 0 与总泊位之间"
FIGURE = "indicator?code=PRK02"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:  # noqa: F811
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(120_000)  # the check is a process of its own, on a machine that tests share
    yield opened
    context.close()


def _figure(page: Page, address: str) -> str:
    """Numerator and denominator of the indicator as the leader's page shows them."""
    page.goto(f"{address}/{FIGURE}")
    settled(page)
    found = re.search(r"[\d,]+ / [\d,]+", page.locator(".dm-answer").inner_text())
    assert found, page.locator(".dm-answer").inner_text()
    return found[0]


def test_an_owner_corrects_a_row_and_the_leaders_figure_changes(
    undisturbed: Path, copied: Callable[[Path], Path], page: Page, tmp_path: Path
) -> None:
    home = Home(copied(undisturbed))
    with serve(home) as address:
        before = _figure(page, address)
        page.goto(f"{address}/owner?department=construction_commission")
        settled(page)
        page.get_by_role("link", name=ITEM).click()
        page.wait_for_selector(f"h1:has-text('{ITEM}')")
        page.wait_for_selector("text=prk_snapshot_20230630.zip")

        with page.expect_download() as download:
            page.get_by_role("button", name="下载更正表（Excel）").click()
        workbook = tmp_path / download.value.suggested_filename
        download.value.save_as(workbook)
        assert workbook.name == "更正_prk_snapshot_20230630.xlsx"
        failing = lines(workbook)
        assert {line["_reason"] for line in failing.values()} == {ITEM}

        wrong = fill(workbook, {row: {"free_spaces": "-2"} for row in failing}, tmp_path / "wrong.xlsx")
        page.locator('input[type="file"]').set_input_files(wrong)
        page.wait_for_selector(f"text=还有 {len(failing)} 处需要更正")

        fill(workbook, {row: {"free_spaces": "0"} for row in failing})
        page.locator('input[type="file"]').set_input_files(workbook)
        page.wait_for_selector("text=预检通过，可以提交")
        page.locator('[data-testid="stForm"]').filter(has_text="确认提交更正").get_by_role("textbox").fill("李敏")
        page.get_by_role("button", name="确认提交更正").click()
        page.wait_for_selector("text=更正已提交")
        assert _figure(page, address) == before, "nothing changes before a run"

        published = home.current_snapshot.resolve()
        rehearsed = district(home.root, "rehearse", "--json", "--feed", "parking", "--as-of", AS_OF)
        assert rehearsed.returncode == 0, rehearsed.stdout + rehearsed.stderr
        assert _figure(page, address) == before, "a rehearsal changes nothing"
        assert not list(home.root.glob("rehearsal-*"))

        ended = district(home.root, "run", "--feed", "parking", "--as-of", AS_OF)
        assert ended.returncode == 0, ended.stdout + ended.stderr

        effect = asdict(difference(published, home.current_snapshot.resolve()))
        assert {change["indicator_code"] for change in effect["figures"]} >= {"PRK02"}
        assert json.loads(rehearsed.stdout)["difference"] == json.loads(json.dumps(effect, default=str))

        valid, _, received = before.replace(",", "").partition(" / ")
        assert _figure(page, address) == f"{int(valid) + len(failing):,} / {int(received):,}"
        page.wait_for_selector("text=差错更正")  # why it was revised
    with Ledger.of(home) as ledger:
        (correction,) = ledger.owner_corrections()
        original = ledger.batch(correction.corrects)
        assert original is not None
        assert (original.status, original.superseded_by, correction.sent_by) == (
            "superseded", correction.batch_id, "李敏"
        )  # fmt: skip
        assert verify(home, ledger).findings == ()
    traced = district(home.root, "trace", "PRK02", "--json")
    assert '"agrees": true' in traced.stdout, traced.stdout + traced.stderr
