"""Cases, windows, elements and the catalogue give the report's figures, computed straight from the delivered rows.

By other means than the platform's: SQL on the front-end databases, pandas on the workbooks.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sources.simulator import simulate
from tests.sources.simulated_figures import sheet

pytestmark = pytest.mark.slow

FEEDS = ["government_services", "city_operations", "data_catalogue"]
END = date(2023, 6, 30)
# Shares of a fifth of the cases still come out to two decimals.
SCALE = 0.2


@pytest.fixture(scope="module", params=[310105, 20230630])
def departments(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("departments")
    simulate(folder, seed=request.param, end=END, scale=SCALE, feeds=FEEDS)
    return folder


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def on_or_before(column: pd.Series[Any], day: date = END) -> pd.Series[bool]:
    return pd.to_datetime(column.replace({"": None})) <= pd.Timestamp(day)


LATEST_CASES = """
    SELECT SLSJ, SBLY IN ('1', '2') AS online, PDCS FROM (
        SELECT *, row_number() OVER (PARTITION BY BJBH ORDER BY cd_time DESC) AS nth FROM v_bj_xx
    ) WHERE nth = 1 AND cd_operation <> 'D' AND SLSJ IS NOT NULL AND BJZT <> '作废' AND SFCS = 0
        AND (BJSJ IS NULL OR BJSJ >= SLSJ)
"""


def test_the_online_share_rises_to_that_of_the_report(departments: Path) -> None:
    cases = rows(departments / "government_services" / "services.sqlite", LATEST_CASES)
    window = [online for accepted, online, _ in cases if accepted < "2023-07-01"]
    by_year = {
        year: [online for accepted, online, _ in cases if accepted.startswith(year)] for year in ("2021", "2022")
    }

    assert round(100 * sum(window) / len(window), 2) == 91.89
    assert sum(by_year["2021"]) / len(by_year["2021"]) < sum(by_year["2022"]) / len(by_year["2022"]) < 0.9189 + 0.02
    june = [(online, visits) for accepted, online, visits in cases if accepted.startswith("2023-06")]
    assert round(100 * sum(bool(online) and visits == 0 for online, visits in june) / len(june), 2) == 86.67


def test_windows_bundles_services_and_visits(departments: Path) -> None:
    folder = departments / "government_services" / "registers"
    windows = sheet(folder / "hall_windows_20230625_1.xlsx", "窗口登记", "序号")
    in_use = windows[~on_or_before(windows["停用日期"])]
    bundles = sheet(folder / "online_services_20230625_1.xlsx", "一件事", "序号")
    services = sheet(folder / "online_services_20230625_1.xlsx", "旗舰店服务", "序号")
    visits = sheet(folder / "store_visits_202212_1.xlsx", "访问量", "月份")

    assert on_or_before(in_use["综合窗口起始日期"]).all()
    assert (bundles["层级"].eq("区级") & ~on_or_before(bundles["下线日期"])).sum() == 41
    assert (~on_or_before(services["下线日期"])).sum() == 70
    assert round(visits["访问量"].iloc[:12].sum(), 2) == 750.00


def test_elements_in_touch_and_scenarios(departments: Path) -> None:
    folder = departments / "city_operations"
    elements = sheet(folder / "registers" / "city_elements_20230625_1.xlsx", "要素清单", "序号")
    listed = elements[~on_or_before(elements["移出日期"])]
    beats = pd.read_csv(folder / "heartbeats" / "element_heartbeat_20230630.csv", encoding="gb18030")
    silence = (pd.Timestamp(END) - pd.to_datetime(beats["最近数据时间"]).dt.normalize()).dt.days
    live = listed.merge(beats.assign(silence=silence), on="要素编号").query("silence <= 允许断更天数")
    scenarios = sheet(folder / "registers" / "city_scenarios_20230625_1.xlsx", "应用场景", "序号")

    assert 100 * len(live) / len(listed) == 97.0
    assert (~on_or_before(scenarios["下线日期"])).sum() == 26


def test_resources_shared(departments: Path) -> None:
    found = rows(
        departments / "data_catalogue" / "catalogue.sqlite",
        """
        SELECT GJRQ IS NOT NULL FROM (
            SELECT *, row_number() OVER (PARTITION BY ZYBM ORDER BY cd_time DESC) AS nth FROM v_sjzy_ml
        ) WHERE nth = 1 AND cd_operation <> 'D' AND GXLX IN ('1', '2') AND CXRQ IS NULL
        """,
    )

    assert round(100 * sum(mounted for (mounted,) in found) / len(found), 1) == 93.8


@pytest.mark.parametrize(
    ("database", "view"),
    [("government_services/services.sqlite", "v_bj_xx"), ("data_catalogue/catalogue.sqlite", "v_sjzy_ml")],
)
def test_a_later_end_keeps_the_rows_that_were_there(tmp_path: Path, database: str, view: str) -> None:
    folder = tmp_path / "departments"
    simulate(folder, start=date(2023, 6, 1), end=date(2023, 6, 20), scale=0.05, feeds=FEEDS)
    before = rows(folder / database, f"SELECT * FROM {view}")
    simulate(folder, start=date(2023, 6, 1), end=END, scale=0.05, feeds=FEEDS)
    after = rows(folder / database, f"SELECT * FROM {view}")

    assert before == after[: len(before)]
    assert len(after) > len(before)
