"""The `district` command: what it prints and how it ends. Running the pipeline: tests/orchestration/."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from orchestration.cli import status
from orchestration.cli.main import app
from sources.contract.loading import BUILT_IN
from tests.snapshot_deliveries import AS_OF
from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.read import SnapshotReader
from warehouse.run_lock import run_lock

pytestmark = pytest.mark.slow

STATUS_KEYS = {
    "indicator_code", "name_zh", "unit", "period_start", "period_end", "value", "numerator", "denominator", "status",
    "freshness", "target", "time_share", "progress_share",
}  # fmt: skip


def district(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def published(home: Home) -> Home:
    build_snapshot(home)
    return home


def test_status_as_json_has_the_promised_keys_and_null_for_a_missing_value(published: Home) -> None:
    result = district("status", "--json")
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert rows
    assert all(set(row) >= STATUS_KEYS for row in rows)
    values = [row["value"] for row in rows]
    assert None in values  # an indicator without a definition
    assert all(value is None or isinstance(value, int | float) for value in values)
    undefined = [row for row in rows if row["status"] == "undefined"]
    assert undefined
    assert all(row["value"] is None for row in undefined)


def test_status_names_units_periods_and_totals(published: Home) -> None:
    result = district("status")
    assert result.exit_code == 0, result.output
    assert "长宁" in result.stdout
    assert str(AS_OF) in result.stdout
    assert re.search(r"\d+ 项中 \d+ 项可评", result.stdout)


def test_status_of_another_day_counts_the_time_to_that_day(published: Home) -> None:
    shares = {}
    for day in ("2022-06-30", "2023-06-30"):
        rows = json.loads(district("status", "--json", "--as-of", day).stdout)
        shares[day] = {row["time_share"] for row in rows}
        assert {row["as_of"] for row in rows} == {day}
    # Days from 2021-01-01 to 2023-06-30 of the days to 2025-12-31: 910 of 1825.
    assert all(abs(share - 910 / 1825) < 0.001 for share in shares["2023-06-30"])
    assert max(shares["2022-06-30"]) < min(shares["2023-06-30"])


def test_english_is_spoken_when_asked_for(published: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRICT_LANG", "en")
    result = district("status")
    assert "can be judged" in result.stdout
    assert "可评" not in result.stdout


def test_status_before_the_first_publication_says_what_to_do(home: Home) -> None:
    result = district("status", "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "district run" in result.stderr


def test_feeds_lists_every_entity_before_and_after_publication(home: Home) -> None:
    before = json.loads(district("feeds", "--json").stdout)
    assert {"parking", "hospital_interconnect", "education_base", "ecommerce_gmv"} <= {row["feed"] for row in before}
    assert {row["state"] for row in before} == {None}
    build_snapshot(home)
    after = {(row["feed"], row["entity"]): row for row in json.loads(district("feeds", "--json").stdout)}
    assert after["parking", "prk_snapshot"]["state"] == "late"
    assert "逾期" in district("feeds").stdout


@pytest.mark.parametrize("feed", sorted(folder.name for folder in BUILT_IN.iterdir() if folder.is_dir()))
def test_the_contracts_of_the_district_pass_the_lint(feed: str) -> None:
    result = district("feeds", "check", str(BUILT_IN / feed))
    assert result.exit_code == 0, result.output


def test_a_mistake_in_a_contract_is_named_with_its_line(tmp_path: Path) -> None:
    text = (BUILT_IN / "parking" / "contract.odcs.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "parking" / "contract.odcs.yaml"
    wrong.parent.mkdir()
    wrong.write_text(text.replace("history, value: register", "history, value: registre", 1), encoding="utf-8")
    result = district("feeds", "check", str(wrong))
    assert result.exit_code == 2
    lines = wrong.read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines, 1) if "registre" in line)
    assert f"{wrong}:{place} " in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--feed", "no_such_feed"),
        ("run", "--as-of", "30.06.2023"),
        ("run", "--to", "2023-06-30"),
        ("run", "--from", "2023-06-30", "--to", "2023-06-01"),
        ("run", "--no-such-option"),
        ("no-such-command",),
        ("feeds", "check", "/no/such/path"),
        ("serve", "--app-port", "8501", "--dagster-port", "8501"),
        ("publish", "rollback"),
    ],
)
def test_wrong_use_ends_with_2_and_a_remedy(home: Home, arguments: tuple[str, ...]) -> None:
    result = district(*arguments)
    assert result.exit_code == 2, result.output
    assert len(result.stderr) > 10


def test_an_unknown_feed_is_answered_with_the_known_ones(home: Home) -> None:
    assert "parking" in district("run", "--feed", "no_such_feed").stderr


def test_a_busy_home_is_refused_with_its_holder(home: Home) -> None:
    with run_lock(home):
        result = district("publish", "rollback")
    assert result.exit_code == 2
    assert str(home.root) in result.stderr


def test_a_fault_of_ours_ends_with_3_and_names_the_log(published: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(status, "overview", broken)
    result = district("status")
    assert result.exit_code == 3
    log = Path(result.stderr.strip().splitlines()[-1].partition("：")[2])
    assert log.is_relative_to(published.root)
    assert "a bug" in log.read_text(encoding="utf-8")


def test_rollback_switches_readers_back_and_withdraws_what_came_after(home: Home, ledger: Ledger) -> None:
    ids = []
    for number in (1, 2):
        path = build_snapshot(home, number=number)
        ids.append(path.stem)
        ledger.add_snapshot(path.stem, as_of=AS_OF, run_id="r", code_version="c")
        ledger.set_snapshot_state(path.stem, "published")
    assert SnapshotReader(home).snapshot_id == ids[1]
    assert district("publish", "rollback", "no_such_snapshot").exit_code == 2
    assert district("publish", "rollback").exit_code == 0
    assert SnapshotReader(home).snapshot_id == ids[0]
    assert {one.snapshot_id: one.state for one in ledger.snapshots()} == {ids[0]: "published", ids[1]: "withdrawn"}
    assert district("publish", "rollback").exit_code == 2  # nothing is older


def test_verify_of_a_new_home_finds_nothing_wrong(home: Home) -> None:
    result = district("verify", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["findings"] == []


def test_verify_of_a_damaged_ledger_names_it_and_the_remedy(home: Home) -> None:
    Ledger.of(home).close()
    file = Path(home.ledger_url.removeprefix("sqlite:///"))
    file.write_bytes(b"no database" + file.read_bytes()[11:])
    result = district("verify")
    assert result.exit_code == 1, result.output
    assert "台账数据库已损坏" in result.stdout
    assert "从备份恢复台账" in result.stdout
    assert district("publish", "rollback").exit_code == 2  # other commands say so too, as no fault of ours


def test_a_taken_port_is_refused_before_anything_starts(home: Home) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = district("serve", "--app-port", str(port))
    assert result.exit_code == 2
    assert str(port) in result.stderr


def test_the_command_is_installed_and_starts_fast() -> None:
    command = Path(sys.executable).parent / "district"
    arguments = [command] if command.exists() else [sys.executable, "-m", "orchestration.cli.main"]
    shown = subprocess.run([*arguments, "--help"], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    for name in ("run", "status", "trace", "feeds", "verify", "simulate", "serve"):
        assert re.search(rf"\b{name}\b", shown.stdout)


def test_export_writes_the_snapshot_in_both_formats(published: Home, tmp_path: Path) -> None:
    result = district("export", "--out", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    snapshot_id = SnapshotReader(published).snapshot_id
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {f"{snapshot_id}_parquet.zip", f"{snapshot_id}_sdmx.csv"}
    assert (
        (tmp_path / "out" / f"{snapshot_id}_sdmx.csv").read_text(encoding="utf-8").startswith("STRUCTURE,STRUCTURE_ID")
    )


def test_export_writes_the_catalogue_where_it_is_asked_for(published: Home, tmp_path: Path) -> None:
    result = district("export", "--format", "dcat", "--format", "odcs", "--out", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    snapshot_id = SnapshotReader(published).snapshot_id
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        f"{snapshot_id}_dcat.jsonld",
        f"{snapshot_id}.odcs.yaml",
    }


def test_impact_tells_what_a_wrong_field_touches(published: Home) -> None:
    shown = district("impact", "parking.prk_lot.networked_on")
    assert shown.exit_code == 0, shown.output
    assert "停车场库联网上传率" in shown.stdout
    assert "间接" in shown.stdout
    for wrong in ("parking", "parking.prk_lot.nowhere", "nowhere.prk_lot.networked_on"):
        assert district("impact", wrong).exit_code == 2


def test_export_refuses_what_it_does_not_know(published: Home, tmp_path: Path) -> None:
    unknown_format = district("export", "--format", "xml", "--out", str(tmp_path))
    assert unknown_format.exit_code == 2
    unknown_snapshot = district("export", "s99999-20230630", "--out", str(tmp_path))
    assert unknown_snapshot.exit_code == 2
    assert list(tmp_path.glob("*.csv")) == []
