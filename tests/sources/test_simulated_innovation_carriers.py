"""The innovation database gives the report's figures by a plain query; what is struck out does not count."""

from __future__ import annotations

import sqlite3

import pytest

from sources.simulator import simulate

_CURRENT = """
    SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY row_guid ORDER BY cd_time DESC) AS newest FROM {view}
    ) WHERE newest = 1 AND cd_operation <> 'D'
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    """The database on the report's day."""
    folder = tmp_path_factory.mktemp("departments")
    simulate(folder, feeds=["innovation_carriers"])
    return sqlite3.connect(folder / "innovation_carriers" / "innovation.sqlite")


def test_carriers(database: sqlite3.Connection) -> None:
    carriers = _CURRENT.format(view="v_cxzt_jbxx")
    counts = dict(database.execute(f"SELECT ZTLX, count(*) FROM ({carriers}) WHERE QXRQ IS NULL GROUP BY ZTLX"))
    assert counts["科技园区"] == 6
    assert counts["科技企业孵化器"] + counts["众创空间"] == 22
    assert database.execute(f"SELECT count(*) FROM ({carriers}) WHERE SFGJDXKJY = 1").fetchone() == (2,)


def test_visitors(database: sqlite3.Connection) -> None:
    visits = _CURRENT.format(view="v_tyg_jdjl")
    assert database.execute(f"SELECT count(*), sum(RS), min(RS) > 0 FROM ({visits})").fetchone() == (304, 3000, 1)
    struck_out = database.execute("SELECT count(*) FROM v_tyg_jdjl WHERE cd_operation = 'D'").fetchone()
    assert struck_out is not None
    assert struck_out[0] > 0
