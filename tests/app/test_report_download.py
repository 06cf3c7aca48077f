"""The report from the plan page, as a browser gets it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.report.editing import saved, text_of
from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.report.verifying import verify_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("query", "day"), [("", "2023-06-30"), ("?as_of=2023-04-30", "2023-04-30")])
def test_the_report_is_downloaded_and_its_numbers_hold(
    browser: Browser, app_address: str, home: Home, tmp_path: Path, query: str, day: str
) -> None:
    build_snapshot(home)  # the same publication as the app serves
    page = browser.new_page(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page.goto(f"{app_address}/plan{query}")
    button = page.get_by_role("button", name="报告（Word）")
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename == f"长宁区主要指标报告_{day}_s00001-20230630.docx"
    content = download.value.path().read_bytes()
    page.close()
    assert f"数据截至 {day}" in text_of(content)
    with Ledger.of(home) as ledger:
        result = verify_report(home, ledger, saved(content, tmp_path / "r.docx"))
    assert result.findings == []
    assert result.numbers > 200
