"""The enterprise workbooks give the report's figures by a plain count, and their credit codes are well formed."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sources.simulator import simulate
from tests.sources.simulated_figures import sheet

pytestmark = pytest.mark.slow

REPORT_DAY = date(2023, 6, 30)
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.fixture(scope="module")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The quarterly workbooks of the plan up to the report's day, oldest first."""
    folder = tmp_path_factory.mktemp("departments")
    simulate(folder, end=REPORT_DAY, feeds=["enterprise_registry"])
    return sorted((folder / "enterprise_registry" / "lists").glob("*.xlsx"))


def table(path: Path, name: str) -> pd.DataFrame:
    """A sheet's rows without the total."""
    frame = sheet(path, name, "序号")
    return frame[frame["统一社会信用代码"].str.len() == 18]


def days(column: pd.Series[Any]) -> pd.Series[Any]:
    """Days, typed or written with slashes; empty cells are NaT."""
    return pd.to_datetime(column.replace({"": None}), format="mixed")


def there(frame: pd.DataFrame, begun: str, ended: str, day: date) -> pd.Series[bool]:
    """Rows begun by `day` and not ended by it, of enterprises that are in the district then."""
    at = pd.Timestamp(day)
    lasting = (days(frame[begun]) <= at) & ~(days(frame[ended]) <= at)
    return lasting & (days(frame["入区登记日期"]) <= at) & ~(days(frame["迁出日期"]) <= at)


def well_formed(code: str) -> bool:
    """GB 32100-2015: the 18th character makes the weighted sum a multiple of 31."""
    weighted: int = sum(_ALPHABET.index(char) * 3**i for i, char in enumerate(code[:17]))
    return bool((weighted + _ALPHABET.index(code[17])) % 31 == 0)


def high_tech(path: Path, day: date) -> int:
    """Distinct well-formed holders of a certificate valid on `day`."""
    frame = table(path, "高新技术企业")
    holders = frame[there(frame, "发证日期", "有效期至", day)]["统一社会信用代码"]
    return len({code for code in holders if well_formed(code)})


def test_high_tech_enterprises(workbooks: list[Path]) -> None:
    last = workbooks[-1]
    assert high_tech(last, REPORT_DAY) == 394
    ends = [date(2020, 12, 31), date(2021, 12, 31), date(2022, 12, 31)]
    stocks = [high_tech(last, day) for day in ends]
    assert stocks == sorted(stocks)
    assert stocks[0] < stocks[-1] < 394
    # Renewals overlap: certificates in force are more than enterprises, or the rule of counting once is not tried.
    frame = table(last, "高新技术企业")
    in_autumn = pd.Timestamp("2022-11-30")
    valid = frame[(days(frame["发证日期"]) <= in_autumn) & (days(frame["有效期至"]) > in_autumn)]
    assert len(valid) > valid["统一社会信用代码"].nunique()


def test_recognition_lists(workbooks: list[Path]) -> None:
    frame = table(workbooks[-1], "企业认定名单")
    counts = frame[there(frame, "认定日期", "退出日期", REPORT_DAY)].groupby("名单类别")["统一社会信用代码"].nunique()
    assert counts.to_dict() == {
        "金融科技龙头企业": 3,
        "创新型企业": 64,
        "人工智能关联企业": 460,
        "跨国公司地区总部": 80,
        "首席技术官联盟成员": 37,
    }


def test_one_code_is_mistyped_and_no_other(workbooks: list[Path]) -> None:
    for name, wrong in (("高新技术企业", 1), ("企业认定名单", 0)):
        codes = set(table(workbooks[-1], name)["统一社会信用代码"])
        assert sum(not well_formed(code) for code in codes) == wrong


def test_each_quarter_adds_and_none_forgets(workbooks: list[Path]) -> None:
    assert [path.stem[-10:-2] for path in workbooks][:2] == ["20210325", "20210625"]
    assert len(workbooks) == 10
    known = [set(table(path, "高新技术企业")["证书编号"]) for path in workbooks]
    assert all(earlier <= later for earlier, later in pairwise(known))
