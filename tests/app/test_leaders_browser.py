"""The leaders' pages in a real browser: one screen, one sheet of paper, a wall that turns by itself, files, a day."""

from __future__ import annotations

import csv
import io
import re
import urllib.parse
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from python_calamine import CalamineWorkbook

from tests.app.chromium import settled
from tests.app.serving import serve
from tests.app.snapshots import EIGHTEEN, build_partly
from warehouse.home import Home

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 1440, 900
BASE, WALL = 16.0, 1.6  # pixels, times


@pytest.fixture(scope="module")
def eighteen(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("eighteen") / "home")
    build_partly(home, change=EIGHTEEN)
    return home


@pytest.fixture(scope="module")
def address(eighteen: Home) -> Iterator[str]:
    with serve(eighteen) as served:
        yield served


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, accept_downloads=True)
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    yield opened
    context.close()


def _go(page: Page, address: str) -> None:
    page.goto(address)
    settled(page)


def test_the_overview_is_one_screen(page: Page, address: str) -> None:
    _go(page, address)
    assert page.locator("table.dm-overview tbody tr").count() == 18
    assert page.locator("table.dm-overview").count() == 4
    bottoms = page.evaluate(
        "[...document.querySelectorAll('.dm-columns .dm-block')].map(block => block.getBoundingClientRect().bottom)"
    )
    assert len(bottoms) == 6  # four domains, what changed, what needs attention
    assert max(bottoms) <= HEIGHT


@pytest.mark.parametrize("code", ["S15", "S14", "N01", "E01", "HSP01"])
def test_an_indicator_prints_on_one_page_of_a4(page: Page, address: str, code: str) -> None:
    _go(page, f"{address}/indicator?code={code}&print=1")
    page.wait_for_timeout(500)  # charts are drawn after the script has ended
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    boxes = {tuple(float(side) for side in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", paper)}
    [(_, _, width, height)] = boxes
    assert (width, height) == (pytest.approx(595, abs=1), pytest.approx(842, abs=1))  # A4 in points


def test_the_print_link_leads_to_the_sheet_and_prints(page: Page, address: str) -> None:
    _go(page, f"{address}/indicator?code=S15")
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("link", name="打印一页").click()
    page.wait_for_url("**/indicator?code=S15&print=1")
    page.get_by_role("link", name="打印", exact=True).click()
    page.wait_for_function("window.printed === true")


def test_the_wall_turns_by_itself_and_is_large(page: Page, address: str) -> None:
    _go(page, f"{address}/wall?seconds=3")
    size = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    assert size == pytest.approx(BASE * WALL)
    assert page.locator('[data-testid="stHeader"]').is_hidden()
    seen = []
    for _ in range(4):
        now = page.locator(".dm-wall nav .chosen").inner_text()
        seen.append(now)
        assert page.evaluate("document.querySelector('.dm-wall').getBoundingClientRect().bottom") <= HEIGHT
        page.wait_for_function(
            "shown => document.querySelector('.dm-wall nav .chosen')?.textContent !== shown", arg=now
        )
    assert len(set(seen)) == 4


def test_the_wall_waits_for_a_snapshot_and_finds_it(page: Page, eighteen: Home, address: str) -> None:
    current, aside = eighteen.current_snapshot, eighteen.published / "aside"
    _go(page, f"{address}/wall?seconds=3")
    current.rename(aside)
    try:
        page.wait_for_selector("text=尚未发布数据")
    finally:
        aside.rename(current)
    page.wait_for_selector(".dm-wall nav .chosen")


def test_a_day_is_chosen_and_stands_in_the_address(page: Page, address: str) -> None:
    _go(page, address)
    page.locator('[data-testid="stDateInput"] [role="spinbutton"]').first.click()
    page.keyboard.type("20230331")
    page.locator("h1").click()  # the day is taken when the field is left
    page.wait_for_url("**/?as_of=2023-03-31")
    page.wait_for_selector("text=按 2023-03-31 评判")
    page.reload()
    page.wait_for_selector("text=按 2023-03-31 评判")
    page.get_by_role("link", name="公共停车场库联网数").first.click()
    page.wait_for_url("**/indicator?code=S14&as_of=2023-03-31")
    page.wait_for_selector("text=最近一期截至 2023-03-31，为 114个")


def test_tables_are_downloaded_with_version_status_and_snapshot(page: Page, address: str) -> None:
    _go(page, f"{address}/indicator?code=S14")
    page.get_by_role("button", name="下载").click()
    with page.expect_download() as csv_download:
        page.get_by_role("button", name="CSV：各期数值").click()
    name = csv_download.value.suggested_filename
    assert name == "指标_S14_各期数值_2023-06-30_s00002-partly.csv"
    rows = list(csv.DictReader(io.StringIO(csv_download.value.path().read_bytes().decode("utf-8-sig"))))
    assert [row["现值"] for row in rows][-1] == "120.0"
    assert {(row["口径版本"], row["状态"], row["快照编号"]) for row in rows} == {("1", "快于预期", "s00002-partly")}
    with page.expect_download() as excel_download:
        page.get_by_role("button", name="Excel").click()
    book = CalamineWorkbook.from_path(excel_download.value.path())
    assert {"指标一览", "各期数值", "同比", "按街镇", "推算路径", "来源批次", "发布与修订", "时效", "检查"} <= set(
        book.sheet_names
    )


@pytest.mark.parametrize(("button", "begins"), [("Parquet（zip）", b"PK"), ("SDMX-CSV 2.0（指标数值）", b"STRUCTURE,")])
def test_the_whole_snapshot_is_downloaded(page: Page, address: str, button: str, begins: bytes) -> None:
    _go(page, f"{address}/data")
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    assert download.value.path().read_bytes().startswith(begins)
    assert urllib.parse.unquote(download.value.suggested_filename).startswith("s00002-partly")
