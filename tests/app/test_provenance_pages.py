"""From a figure on the overview to delivered rows in three clicks; signatures, revisions, what was known on a day."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.app.chromium import settled
from tests.app.reading_pages import markup, open_page, problems, text
from tests.app.serving import serve
from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.publish import publish
from warehouse.sign_off.signing import Signatory, sign, signable

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("provenance_pages")]
STEPS = (
    ("prepared", Signatory("王芳", "信息科", "已核对")),
    ("confirmed", Signatory("李强", "区建管委")),
    ("reviewed", Signatory("张敏", "区数字化办", valid_until=date(2090, 12, 31))),
)


@pytest.fixture(scope="module")
def _lived(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """82 % for June is published on 3 July and signed by three; both indicators' signatures are shown on the 5th; a
    batch makes it 90 % on the 10th; with unsigned figures withheld another batch changes nothing on the 12th."""
    home = Home(tmp_path_factory.mktemp("lived") / "home").prepare()
    with pytest.MonkeyPatch.context() as patch, Ledger.of(home) as ledger:
        small = SmallDistrict(home, ledger)

        def put_out(day: int) -> None:
            patch.setenv("DISTRICT_NOW", f"2023-07-{day:02}T02:00:00+00:00")
            small.build()
            publish(home, ledger, as_of=AS_OF, run_id=f"r{day}", manifest_path=small.manifest_path, checks=())

        small.deliver_all()
        put_out(3)
        for code in ("S14", "S15"):
            for step, by in STEPS:
                ((_, refused),) = sign(home, ledger, signable(home, ledger, code), step, by)
                assert refused is None
        put_out(5)
        small.deliver_uploads("bjune2", 49, 50, day=AS_OF - timedelta(days=1))
        put_out(10)
        patch.setenv("DISTRICT_UNSIGNED", "withhold")
        small.deliver_uploads("bjune3", 10, 50, day=AS_OF - timedelta(days=2))
        put_out(12)
    return home


@pytest.fixture
def lived(_lived: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("DISTRICT_HOME", str(_lived.root))
    return _lived


def test_signatures_are_shown_with_names_days_and_what_ended_them(lived: Home) -> None:
    shown = text(open_page("indicator", code="S14"))
    assert "三步已签全" in shown
    for part in (
        "王芳（信息科），2023-07-03 10:00",
        "李强（区建管委）",
        "张敏（区数字化办）",
        "有效期至 2090-12-31",
        "已核对",
    ):
        assert part in shown
    shown = text(open_page("indicator", code="S15"))
    assert "2023-07-10 10:00 失效：数值由 82 变为 90；依据的批次有变（新增 bjune2）" in shown
    assert "2023年6月（下一步：部门制表）" in shown
    assert "value changed from 82 to 90" in text(open_page("indicator", code="S15", lang="en"))
    listed = text(open_page("overview", supporting="1"))
    assert "已签全 1 项，其余为初步数" in listed
    assert "签署失效" in listed


def test_an_earlier_day_shows_what_was_said_then(lived: Home) -> None:
    shown = open_page("indicator", code="S15", known_on="2023-07-06")
    assert not problems(shown)
    assert "您在看 2023-07-06 当日所见" in text(shown)
    assert "82.0 %" in text(shown)
    assert "三步已签全" in text(shown)
    assert "known_on=2023-07-06" in markup(shown)  # links stay on that day
    assert "首次发布于 2023-07-03" in text(open_page("overview", known_on="2020-01-01"))
    triangle = markup(open_page("indicator", code="S15"))
    assert "修订三角" in triangle
    assert 'title="来源更新 · 新增批次 bjune2"' in triangle
    assert "known_on=2023-07-03" in triangle


def test_the_evidence_recomputes_and_masks(lived: Home) -> None:
    address = {"code": "S15", "kind": "month", "start": "2023-05-01", "end": "2023-05-31"}
    page = open_page("evidence", **address)
    assert not problems(page)
    assert "code=S15&amp;period=2023-05-31&amp;period_type=month" in markup(page), "the way back"
    shown = text(page)
    assert shown.count("80.0 %") == 2
    assert "一致" in shown
    assert "不一致" not in shown
    assert "第 1–50 行，共 100 行" in shown
    assert "***" in shown
    assert "0f3a" not in shown
    assert "第 51–100 行" in text(open_page("evidence", **address, first="50"))
    assert "第 1–50 行" in text(open_page("evidence", **address, first="99999")), "behind the last one"
    # A withheld figure rests on the batches of the publication that brought it, not on the newest ones.
    shown = text(open_page("evidence", **address | {"start": "2023-06-01", "end": "2023-06-30"}))
    assert "90 / 100" in shown
    assert "不一致" not in shown
    assert "bjune3" not in shown
    assert "90 / 100" in text(open_page("evidence", code="S15")), "the newest figure"
    for wrong in ({}, address | {"end": "2023-05-30"}, address | {"code": "X99"}, address | {"start": "May"}):
        page = open_page("evidence", **wrong)
        assert not problems(page)
        assert "没有这个数值" in text(page)


@pytest.fixture
def served(lived: Home) -> Iterator[str]:
    with serve(lived) as address:
        yield address


@pytest.mark.browser
def test_three_clicks_lead_from_the_overview_to_a_batch_s_rows(browser: Browser, lived: Home, served: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)

    page.goto(f"{served}/?supporting=1")
    settled(page, "text=数字生活")
    page.get_by_role("link", name="停车场库联网上传率").last.click()  # 1
    settled(page, "h1:has-text('停车场库联网上传率')")
    page.get_by_role("link", name="逐行证据与复算", exact=True).click()  # 2: recomputed, batches, rows of the first
    settled(page, "text=bjune.xlsx：第 1–50 行")
    assert urllib.parse.urlsplit(page.url).path == "/evidence"
    sha256 = page.locator("td:has(> code)").first.get_attribute("title")
    assert sha256 is not None
    assert (lived.landing / sha256[:2] / sha256).is_file()  # the delivered bytes
    page.get_by_role("link", name="看行", exact=True).click()  # 3: the rows of another batch
    settled(page, "text=bjune2.xlsx：第 1–50 行")
    page.wait_for_function("document.querySelectorAll('.dm-rows tbody tr').length === 50")
    page.close()
