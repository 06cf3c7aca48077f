"""The home folder, the clock and the district."""

from __future__ import annotations

import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from warehouse import clock
from warehouse.district import DistrictError, district
from warehouse.home import REPOSITORY, Home

DISTRICT = """
vars:
  district: {code: "310105", name_zh: 长宁区, name_en: Changning, zone: Asia/Shanghai,
             plan_start: 2021-01-01, plan_end: 2025-12-31}
"""


def test_the_home_is_in_the_repository_unless_the_environment_names_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISTRICT_HOME", raising=False)
    monkeypatch.delenv("DISTRICT_OPS_URL", raising=False)
    assert Home.from_environment().root == REPOSITORY / "warehouse" / "home"
    assert (REPOSITORY / "pyproject.toml").is_file()
    monkeypatch.setenv("DISTRICT_HOME", "/data/district")
    assert Home.from_environment().ledger_url == "sqlite:////data/district/ledger.sqlite"


def test_paths_are_absolute_whatever_is_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    home = Home(Path("relative/home"))
    assert home.root == tmp_path / "relative" / "home"
    assert home.raw.is_absolute()
    assert str(tmp_path) in home.ledger_url
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Home(Path("~/district")).root == tmp_path / "district"


def test_a_password_in_the_store_address_is_not_shown() -> None:
    home = Home(Path("/data"), "postgresql+psycopg://district:secret@db/ops")
    assert home.ledger_url.endswith("secret@db/ops")
    assert "secret" not in repr(home)


def test_prepare_makes_every_folder_and_restricts_what_holds_personal_data(home: Home) -> None:
    home.rejects.chmod(0o755)
    assert home.prepare() == home
    for folder in (home.raw, home.workspace, home.ledger_views, home.published, home.dagster, home.dbt_target):
        assert folder.is_dir()
    for folder in (home.landing, home.held, home.rejects, home.failed_rows, home.keys):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_the_clock_is_utc_and_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISTRICT_NOW", raising=False)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    monkeypatch.setenv("DISTRICT_NOW", "2023-06-30T23:30:00+08:00")
    assert clock.now() == datetime(2023, 6, 30, 15, 30, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    monkeypatch.setenv("DISTRICT_NOW", "2023-06-30T20:00:00")
    assert clock.now() == datetime(2023, 6, 30, 20, tzinfo=UTC)
    assert clock.today("Asia/Shanghai") == date(2023, 7, 1)
    assert clock.today("UTC") == date(2023, 6, 30)


def test_a_wrong_clock_setting_says_how_to_write_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRICT_NOW", "yesterday")
    with pytest.raises(ValueError, match=r"不是 ISO 8601 时间.*2023-06-30T23:59:59\+08:00.*not an ISO 8601 time"):
        clock.now()


def test_the_district_of_this_repository_has_its_plan() -> None:
    here = district()
    assert len(here.code) == 6
    assert here.plan_start < here.plan_end
    assert here.time_zone.key == here.zone


def test_the_district_is_read_from_the_project_file(tmp_path: Path) -> None:
    file = tmp_path / "dbt_project.yml"
    file.write_text(DISTRICT, encoding="utf-8")
    read = district(file)
    assert (read.code, read.name_zh, read.zone) == ("310105", "长宁区", "Asia/Shanghai")
    assert (read.plan_start, read.plan_end) == (date(2021, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("vars: {}", "vars.district"),
        (DISTRICT.replace("name_zh: 长宁区, ", ""), "vars.district.name_zh"),
        (DISTRICT.replace("2021-01-01", "soon"), "vars.district.plan_start"),
        (DISTRICT.replace("2025-12-31", "2020-12-31"), "plan_end"),
        (DISTRICT.replace("Asia/Shanghai", "Asia/Nowhere"), "vars.district.zone"),
        (DISTRICT.replace("{", "[", 1), "cannot be read"),
    ],
)
def test_a_wrong_district_names_the_file_and_the_place(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "dbt_project.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DistrictError) as error:
        district(file)
    assert place in str(error.value)
    assert str(file) in str(error.value)
