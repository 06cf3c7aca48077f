"""The sensing platform and the 5G tests give the report's figures; the platform's broker gives its reports once."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.contract.loading import load_feeds
from sources.intake import pull
from sources.simulator import simulate
from sources.simulator.departments.iot_nodes import serve
from tests.sources.mosquitto import PASSWORD, USER, mosquitto, publish
from warehouse.home import Home
from warehouse.ledger import Ledger

pytestmark = pytest.mark.slow

SMALL = 0.02
REPORT_DAY = date(2023, 6, 30)


def heard_of(departments: Path) -> int:
    """Devices in service on the report's day with a heartbeat in its 24 hours, from the delivered bytes."""
    folder = departments / "iot_nodes"
    reports = pq.read_table(folder / "gateways" / "20230630.parquet")["payload"].to_pylist()
    beats = pa.concat_tables(pq.read_table(io.BytesIO(payload)) for payload in reports)
    register = pq.read_table(folder / "register" / "iot_device_20230630_1.parquet")
    with duckdb.connect() as connection:
        connection.register("beats", beats)
        connection.register("register", register)
        found = connection.execute("""
            SELECT count(DISTINCT device_id) FROM register JOIN beats USING (device_id)
            WHERE installed_on <= '2023-06-30' AND (removed_on IS NULL OR removed_on > '2023-06-30')
              AND epoch(heartbeat_at) >= epoch(TIMESTAMPTZ '2023-06-30 00:00:00+08')
              AND epoch(heartbeat_at) < epoch(TIMESTAMPTZ '2023-07-01 00:00:00+08')
        """).fetchone()
    assert found is not None
    return int(found[0])


def test_sensing_nodes_in_full(tmp_path: Path) -> None:
    simulate(tmp_path, start=REPORT_DAY, feeds=["iot_nodes"])

    assert heard_of(tmp_path) == 600_000


def test_the_platform_counts_what_the_gateways_report_and_its_history_rises(tmp_path: Path) -> None:
    simulate(tmp_path, scale=SMALL, feeds=["iot_nodes"])

    counts = pd.concat(pd.read_csv(path) for path in sorted((tmp_path / "iot_nodes" / "counts").glob("*.csv")))
    months = counts.groupby("统计月份")[["在用设备数", "在线设备数"]].sum()
    assert list(months.index[[0, -1]]) == ["2021-01-01", "2023-06-01"]
    assert len(months) == 30
    assert (counts["在线设备数"] <= counts["在用设备数"]).all()
    assert months["在线设备数"].is_monotonic_increasing
    # No jump: no month brings more than a twentieth of the final stock.
    assert months["在线设备数"].diff().max() <= 600_000 * SMALL / 20
    assert months["在线设备数"].iloc[-1] == heard_of(tmp_path) == 600_000 * SMALL


@pytest.mark.parametrize("seed", [310105, 7])
def test_coverage_figure_and_its_history(tmp_path: Path, seed: int) -> None:
    simulate(tmp_path, seed=seed, feeds=["network_coverage"])

    shares = []
    for path in sorted((tmp_path / "network_coverage" / "tests").glob("*.csv")):
        cells = pd.read_csv(path, encoding="gb18030", na_values="-")
        valid = cells[(cells["采样点数"] >= 5) & cells["RSRP(dBm)"].notna() & cells["SINR(dB)"].notna()]
        good = valid[(valid["RSRP(dBm)"] >= -105) & (valid["SINR(dB)"] >= -3)]
        shares.append(100 * len(good) / len(valid))
        assert cells["街镇代码"].nunique() == 10
    assert len(shares) == 11
    assert shares == sorted(shares)
    assert shares[-1] == 95.0


def test_the_broker_of_the_platform_gives_its_reports_once(
    tmp_path: Path, home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(tmp_path / "departments", start=REPORT_DAY, scale=SMALL, feeds=["iot_nodes"])
    feed = load_feeds([])["iot_nodes"]

    reports = []
    for run in ("first", "again"):
        with serve(tmp_path / "departments" / "iot_nodes") as addresses:  # a broker that was restarted in between
            monkeypatch.setenv("DISTRICT_IOT_BROKER", addresses["DISTRICT_IOT_BROKER"])
            reports.append(pull(feed, home, ledger, entities=["iot_heartbeat"], as_of=REPORT_DAY, run_id=run))

    first, again = reports
    assert (first.problems, again.problems) == ([], [])
    (batch,) = first.batches
    assert (batch.status, batch.rows_admitted, batch.dt_min, batch.dt_max) == (
        "admitted",
        12_000,
        REPORT_DAY,
        REPORT_DAY,
    )
    assert again.batches == []
    assert not any(path.is_file() for path in home.spool.rglob("*"))


@pytest.mark.service
def test_a_real_broker_keeps_the_reports_between_two_pulls(
    tmp_path: Path, home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(tmp_path / "departments", start=REPORT_DAY, scale=SMALL, feeds=["iot_nodes"])
    reports = pq.read_table(tmp_path / "departments" / "iot_nodes" / "gateways" / "20230630.parquet")
    messages = list(zip(reports["topic"].to_pylist(), reports["payload"].to_pylist(), strict=True))
    feed = load_feeds([])["iot_nodes"]
    monkeypatch.setenv("DISTRICT_IOT_USER", USER)
    monkeypatch.setenv("DISTRICT_IOT_PASSWORD", PASSWORD)
    with mosquitto(tmp_path / "broker") as url:
        monkeypatch.setenv("DISTRICT_IOT_BROKER", url)
        pull(feed, home, ledger, entities=["iot_heartbeat"], as_of=REPORT_DAY, run_id="subscribes")
        publish(url, messages)
        publish(url, messages[:3])  # a gateway that did not hear the broker's answer sends again
        report = pull(feed, home, ledger, entities=["iot_heartbeat"], as_of=REPORT_DAY, run_id="takes")

    assert report.problems == []
    (batch,) = report.batches
    assert (batch.status, batch.rows_admitted) == ("admitted", 12_000), batch.reason_en
    assert batch.rows_read == batch.rows_admitted + batch.rows_rejected  # the repeated rows, each counted once
