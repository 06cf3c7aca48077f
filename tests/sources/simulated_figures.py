"""The report's figures computed straight from simulated department files, by other means than the platform's.

Belongs here: one plain computation a figure, on the delivered bytes. Does not belong here: anything of the pipeline.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from python_calamine import CalamineWorkbook

REPORT_DAY = date(2023, 6, 30)


def sheet(path: Path, name: str, first_label: str) -> pd.DataFrame:
    """The table of a sheet below the row that starts with `first_label`; total and note rows are left out."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).to_python()
    head = next(i for i, row in enumerate(rows) if row[0] == first_label)
    frame = pd.DataFrame(rows[head + 1 :], columns=rows[head])
    return frame[frame[frame.columns[1]].astype(str).str.len().gt(0) & ~frame[frame.columns[1]].isin(["合计"])]


def _latest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern))


def _days(column: pd.Series[Any]) -> pd.Series[Any]:
    return pd.to_datetime(
        column.replace({"": None, "/": None, "长期": None, "-": None}), errors="coerce", format="mixed"
    )


def _held(column: pd.Series[Any], day: date) -> pd.Series[bool]:
    return _days(column) <= pd.Timestamp(day)


def parking_stocks(departments: Path, day: date = REPORT_DAY) -> dict[str, float]:
    """S14, S16, S17 on `day` from the latest register."""
    lots = sheet(_latest(departments / "parking" / "register", "*.xlsx"), "停车场登记", "序号")
    there = ~_held(lots["注销日期"], day)
    return {
        "S14": int((_held(lots["联网日期"], day) & there).sum()),
        "S16": int((_held(lots["统一支付开通日期"], day) & there).sum()),
        "S17": int((_held(lots["错峰预约开通日期"], day) & there).sum()),
    }


def upload_rate(departments: Path, month: date) -> float:
    """S15 of a month: intervals with a valid upload in time / intervals expected in opening hours, percent."""
    lots = sheet(_latest(departments / "parking" / "register", "*.xlsx"), "停车场登记", "序号")
    lots = lots.assign(
        registered=_days(lots["备案日期"]), gone=_days(lots["注销日期"]),
        opens=lots["营业开始"].replace({"": "00:00"}), closes=lots["营业结束"].replace({"": "24:00"}),
    ).rename(columns={"停车场编号（备案号）": "code"})[["code", "registered", "gone", "opens", "closes"]]  # fmt: skip
    con = duckdb.connect()
    con.register("lots", lots)
    files = sorted(str(path) for path in (departments / "parking" / "platform" / "snapshots").glob(f"{month:%Y-%m}-*"))
    row = con.execute(
        """
        WITH uploads AS (
            SELECT parkId AS code, (uploadTime + 8 * 3600000) // 86400000 AS day,
                   (uploadTime + 8 * 3600000) % 86400000 // 900000 AS slot
            FROM read_parquet($files)
            WHERE remainSpace BETWEEN 0 AND totalSpace AND receiveTime - uploadTime <= 600000
        ), days AS (
            SELECT date_diff('day', DATE '1970-01-01', $start) + offset_ AS day FROM range($count) r(offset_)
        ), expected AS (
            SELECT l.code, d.day, s.slot
            FROM lots l, days d, range(96) s(slot)
            WHERE date_diff('day', DATE '1970-01-01', l.registered::DATE) <= d.day
              AND (l.gone IS NULL OR date_diff('day', DATE '1970-01-01', l.gone::DATE) > d.day)
              AND s.slot * 15 >= split_part(l.opens, ':', 1)::INT * 60 + split_part(l.opens, ':', 2)::INT
              AND s.slot * 15 < split_part(l.closes, ':', 1)::INT * 60 + split_part(l.closes, ':', 2)::INT
        )
        SELECT 100.0 * count(*) FILTER (u.code IS NOT NULL) / count(*)
        FROM expected e LEFT JOIN (SELECT DISTINCT * FROM uploads) u USING (code, day, slot)
        """,
        {"files": files, "start": month, "count": len(files)},
    ).fetchone()
    assert row is not None
    return float(row[0])


def hospital_stocks(departments: Path, day: date = REPORT_DAY) -> dict[str, float]:
    """L01, S11, S12, S13 on `day` from the front-end database."""
    con = sqlite3.connect(departments / "hospital_interconnect" / "hospital.sqlite")
    orgs = pd.read_sql("SELECT * FROM v_jg_jbxx", con).drop_duplicates("YLJGDM", keep="last")
    sites = pd.read_sql("SELECT * FROM v_sf_wd", con).drop_duplicates("WDDM", keep="last")
    con.close()
    open_ = ~_held(orgs["TYRQ"], day)
    owned = (orgs["SFQS"] == 1) & open_
    both = owned & _held(orgs["BGJRRQ"], day) & _held(orgs["YXJRRQ"], day)
    return {
        "L01": int(((orgs["HLWYYXK"] == 1) & _held(orgs["XKRQ"], day) & open_).sum()),
        "S11": 100.0 * int(both.sum()) / int(owned.sum()),
        "S12": int(((orgs["JGJB"] == "3") & _held(orgs["JJDJRQ"], day)).sum()),
        "S13": int(sites[_held(sites["KSRQ"], day) & ~_held(sites["CXRQ"], day)]["JZDM"].nunique()),
    }


def roster(departments: Path, member: str) -> pd.DataFrame:
    """The state of a roster member after all archives: the last full one and the changes since."""
    state = pd.DataFrame()
    keys = ["sourcedId"]
    for path in sorted((departments / "education_base" / "oneroster").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            modes = dict(
                line.split(",") for line in archive.read("manifest.csv").decode().replace('"', "").splitlines()
            )
            mode = modes[f"file.{member}"]
            if mode == "absent":
                continue
            rows = pd.read_csv(io.BytesIO(archive.read(f"{member}.csv")), dtype=str, keep_default_na=False)
        state = rows if mode == "bulk" else pd.concat([state, rows])
        state = state.drop_duplicates(keys, keep="last")
    return state[state["status"] != "tobedeleted"]


def education_stocks(departments: Path, day: date = REPORT_DAY) -> dict[str, float]:
    """L02, S06, S07 on `day` from the archives; S08, S09 from the catalogue; S10 from the log."""
    orgs = roster(departments, "orgs")
    running = orgs["metadata.operatingStatus"] == "open"
    users = roster(departments, "users")
    counted = users[users["role"].isin(["student", "teacher", "administrator"]) & (users["enabledUser"] == "true")]
    apps = sheet(_latest(departments / "education_base" / "apps", "*.xlsx"), "应用目录", "序号")
    online = apps[_held(apps["上线日期"], day) & ~_held(apps["下线日期"], day)]
    used = set()
    for path in (departments / "education_base" / "usage").glob("*.ndjson"):
        with path.open(encoding="utf-8") as lines:
            used |= {json.loads(line)["edApp"] for line in lines}
    low_code = set(apps[apps["应用类型"] == "低代码应用"]["应用编号"])
    return {
        "L02": int((running & _held(orgs["metadata.benchmarkDate"], day)).sum()),
        "S06": int((running & _held(orgs["metadata.baseOnboardDate"], day)).sum()),
        "S07": int(counted["sourcedId"].nunique()),
        "S08": int((online["应用类型"] == "原生应用").sum()),
        "S09": int((online["应用类型"] == "三方应用").sum()),
        "S10": len(used & low_code),
    }


def commerce_figures(departments: Path, year: int = 2022) -> dict[str, float]:
    """S21, S22 of a calendar year from the last workbook of every month."""
    folder = departments / "ecommerce_gmv" / "returns"
    months = [f"{year}{month:02d}" for month in range(2, 13)]
    returns = pd.concat([
        sheet(_latest(folder, f"gmv_returns_{month}_*.xlsx"), "交易额月报", "序号") for month in months
    ])  # fmt: skip
    city = pd.concat([sheet(_latest(folder, f"city_total_{month}_*.xlsx"), "全市交易额", "报告期") for month in months])
    # Whole fen, so that the platform on the boundary is neither above nor below it by rounding.
    returns["fen"] = (returns["本月平台交易额"].astype(float) * 1_000_000).round().astype("int64")
    by_platform = returns.groupby("平台代码")["fen"].sum()
    return {
        "S21": int((by_platform >= 100_000_000 * 100).sum()),
        "S22": 100.0 * by_platform.sum() / 100 / (city["全市电子商务交易额"].astype(float).sum() * 100_000_000),
    }
