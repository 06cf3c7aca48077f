"""Sign-off of figures: what is signed, in which order, what ends a signature, and what waits for one."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration import build_state
from orchestration.cli.main import app
from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse import clock
from warehouse.home import Home
from warehouse.ledger import Ledger, SignedFacts
from warehouse.publish import publish
from warehouse.publish.report import PublishReport, Reason
from warehouse.read import SnapshotReader
from warehouse.read.indicator import series
from warehouse.read.sign_offs import awaiting, sign_states
from warehouse.sign_off.facts import digest, restated
from warehouse.sign_off.signing import Signable, Signatory, sign, signable
from warehouse.sign_off.steps import SignOffRefused

pytestmark = pytest.mark.slow

PEOPLE = (("prepared", "王芳"), ("confirmed", "李强"), ("reviewed", "张敏"))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home published on 3 July: 82 % in June, 80 % in May, six lots. Tests work on copies."""
    home = Home(tmp_path_factory.mktemp("first") / "home").prepare()
    with pytest.MonkeyPatch.context() as patch, Ledger.of(home) as ledger:
        patch.setenv("DISTRICT_NOW", "2023-07-03T02:00:00+00:00")
        district = SmallDistrict(home, ledger)
        district.deliver_all()
        district.build()
        put_out(district)
    return home.root


@pytest.fixture
def small(first: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallDistrict]:
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-03T03:00:00+00:00")
    shutil.copytree(first, home.root, symlinks=True, dirs_exist_ok=True)
    with Ledger.of(home) as ledger:
        yield SmallDistrict(home, ledger)


def put_out(small: SmallDistrict, run: str = "run1", **reasons: Reason) -> PublishReport:
    return publish(
        small.home,
        small.ledger,
        as_of=AS_OF,
        run_id=run,
        manifest_path=small.manifest_path,
        reasons=reasons,
        checks=(),
    )


def newest(small: SmallDistrict, code: str = "S15") -> Signable:
    (found,) = signable(small.home, small.ledger, code)
    return found


def sign_all(small: SmallDistrict, code: str = "S15", people: tuple[tuple[str, str], ...] = PEOPLE) -> None:
    for step, name in people:
        ((_, refused),) = sign(small.home, small.ledger, [newest(small, code)], step, Signatory(name, "统计科"))
        assert refused is None, refused


def refusal(small: SmallDistrict, step: str, name: str) -> str:
    ((_, refused),) = sign(small.home, small.ledger, [newest(small)], step, Signatory(name))
    return "" if refused is None else refused.en


def published(small: SmallDistrict, table: str, condition: str = "true") -> list[dict[str, object]]:
    return SnapshotReader(small.home).rows(f"SELECT * FROM {table} WHERE {condition} ORDER BY ALL")


def correct(small: SmallDistrict) -> None:
    """A batch came late: June becomes 90 %."""
    small.deliver_uploads("bjune2", 49, 50, day=AS_OF - timedelta(days=1))
    small.build()


def test_steps_have_an_order_and_more_than_one_person(small: SmallDistrict, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "has to be prepared" in refusal(small, "confirmed", "李强")
    assert refusal(small, "prepared", "王芳") == ""
    assert "already" in refusal(small, "prepared", "李强")
    assert refusal(small, "confirmed", "王芳") == ""
    assert "at least 2 different people" in refusal(small, "reviewed", "王芳")
    monkeypatch.setenv("DISTRICT_SIGN_OFF_PERSONS", "3")
    assert "at least 3 different people" in refusal(small, "reviewed", "张敏")
    monkeypatch.setenv("DISTRICT_SIGN_OFF_PERSONS", "4")
    with pytest.raises(ValueError, match="DISTRICT_SIGN_OFF_PERSONS"):
        refusal(small, "reviewed", "张敏")
    monkeypatch.delenv("DISTRICT_SIGN_OFF_PERSONS")
    assert refusal(small, "reviewed", "张敏") == ""
    assert newest(small).standing.next_step is None
    assert [one.event for one in small.ledger.sign_offs()] == ["prepared", "confirmed", "reviewed"]
    with pytest.raises(SignOffRefused, match="before today"):
        sign(small.home, small.ledger, [newest(small)], "prepared", Signatory("王芳", valid_until=date(2023, 7, 2)))
    with pytest.raises(SignOffRefused, match="who signs"):
        sign(small.home, small.ledger, [newest(small)], "prepared", Signatory(" "))


def test_signatures_are_published_and_a_publication_without_change_adds_nothing(small: SmallDistrict) -> None:
    sign_all(small)
    report = put_out(small, "run2")
    assert (report.published, report.voided, report.revised_figures) == (True, 0, 0)
    rows = published(small, "sign_off")
    assert [(row["step"], row["name"], row["value"], row["voided_at"]) for row in rows] == [
        (step, name, 82.0, None) for step, name in PEOPLE
    ]
    assert not put_out(small, "run3").published
    small.build("UPDATE marts.fct_indicator_observation SET value = value * (1 + 1e-13)")  # another order of summing
    assert not put_out(small, "run4").published
    assert len(small.ledger.sign_offs()) == 3


def test_a_changed_figure_voids_its_signatures_and_no_other(small: SmallDistrict) -> None:
    sign_all(small)
    sign_all(small, "S14")
    put_out(small, "run2")
    correct(small)
    report = put_out(small, "run3")
    assert report.voided == 1
    (void,) = [one for one in small.ledger.sign_offs() if one.event == "voided"]
    assert (void.indicator_code, void.value, void.snapshot_id) == ("S15", 90.0, report.snapshot_id)
    assert void.cause_zh == "数值由 82 变为 90；依据的批次有变（新增 bjune2）"
    assert void.cause_en == "the value changed from 82 to 90; other batches (new bjune2)"
    rows = published(small, "sign_off", "indicator_code = 'S15'")
    assert {row["void_cause_zh"] for row in rows} == {void.cause_zh}
    assert {row["voided_at"] for row in published(small, "sign_off", "indicator_code = 'S14'")} == {None}
    assert newest(small).standing.next_step == "prepared"
    sign_all(small)
    put_out(small, "run4")
    assert len(published(small, "sign_off", "indicator_code = 'S15' AND voided_at IS NULL")) == 3
    assert small.ledger.audit().damages == ()


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ("version", "definition version 1 became 2"),
        ("numerator", "numerator or denominator changed"),
        ("gone", "the figure was withdrawn"),
        ("bytes", "other batches"),
        ("check", "check results changed"),
        ("lapse", "held until 2023-07-04"),
    ],
)
def test_each_part_that_a_signature_covers_voids_it(
    small: SmallDistrict, monkeypatch: pytest.MonkeyPatch, change: str, cause: str
) -> None:
    by = Signatory("王芳", valid_until=date(2023, 7, 4) if change == "lapse" else None)
    sign(small.home, small.ledger, [newest(small)], "prepared", by)
    june = "WHERE indicator_code = 'S15' AND period_end = '2023-06-30'"
    if change == "version":
        small.versions["S15"] = 2
    spoil = {
        "numerator": f"UPDATE marts.fct_indicator_observation SET numerator = 82, denominator = 100 {june}",
        "gone": f"DELETE FROM marts.fct_indicator_observation {june}",
    }.get(change)
    small.build(*([spoil] if spoil else []))
    if change in ("bytes", "check"):  # behind the program's back, for no delivery does just that
        statement = {
            "bytes": "UPDATE batch SET sha256 = 'other' WHERE batch_id = 'bjune'",
            "check": "INSERT INTO check_result (check_result_id, run_id, scope, feed, entity, batch_id, check_key, "
            "name_zh, name_en, dimension, severity, blocking, outcome, evaluated_at) VALUES ('x', 'r', 'feed', "
            "'parking', 'prk_snapshot', 'bjune', 'k', 'n', 'n', 'd', 'warning', 0, 'WARN', "
            "'2023-07-01 00:00:00.000000')",
        }[change]
        with closing(sqlite3.connect(small.home.ledger_url.removeprefix("sqlite:///"))) as behind:
            behind.execute(statement)
            behind.commit()
    monkeypatch.setenv(
        "DISTRICT_NOW", "2023-07-05T02:00:00+00:00" if change == "lapse" else "2023-07-04T02:00:00+00:00"
    )
    assert put_out(small, "run2").voided == 1
    assert cause in (small.ledger.sign_offs()[-1].cause_en or "")


def test_an_unsigned_figure_waits_where_that_is_asked_for(
    small: SmallDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_all(small)
    put_out(small, "run2")
    correct(small)
    monkeypatch.setenv("DISTRICT_UNSIGNED", "withhold")
    report = put_out(small, "run3")
    assert (report.withheld, report.voided, report.revised_figures, report.held) == (1, 1, 0, ())
    reader = SnapshotReader(small.home)
    assert [(one.value, one.state) for one in series(reader, "S15")] == [(80.0, "published"), (82.0, "withheld")]
    (status,) = reader.rows("SELECT * FROM indicator_status WHERE indicator_code = 'S15'")
    assert (status["status"], status["value"]) == ("held", 82.0)
    assert "待签署" in status["sentence_zh"]
    (waiting,) = published(small, "awaiting_sign_off")
    assert (waiting["next_step"], waiting["shown"]) == ("prepared", "last_published")
    assert "90" not in json.dumps(waiting, default=str)
    sign_all(small, people=PEOPLE[:2])
    assert newest(small).withheld
    assert newest(small).facts.value == 90.0
    put_out(small, "run4")
    assert published(small, "awaiting_sign_off")[0]["next_step"] == "reviewed"
    assert series(SnapshotReader(small.home), "S15")[-1].value == 82.0
    sign_all(small, people=PEOPLE[2:])
    report = put_out(small, "run5")
    assert (report.withheld, report.revised_figures) == (0, 1)
    assert [(one.value, one.state) for one in series(SnapshotReader(small.home), "S15")][-1] == (90.0, "published")
    assert published(small, "awaiting_sign_off") == []
    assert small.ledger.withheld() == []
    assert not put_out(small, "run6").published


def test_a_first_publication_of_unsigned_figures_shows_none_and_never_a_zero(
    home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISTRICT_UNSIGNED", "withhold")
    small = SmallDistrict(home, ledger)
    small.deliver_all()
    small.build()
    report = put_out(small)
    assert (report.new_figures, report.withheld) == (0, 5)
    assert published(small, "indicator_observation") == []
    rows = published(small, "indicator_status", "indicator_code <> 'N01'")
    assert {(row["status"], row["value"]) for row in rows} == {("held", None)}
    assert {row["shown"] for row in published(small, "awaiting_sign_off")} == {"nothing"}
    one = max(signable(home, ledger, "S15"), key=lambda found: found.facts.period_end)
    for step, name in PEOPLE:
        assert sign(home, ledger, [one], step, Signatory(name))[0][1] is None
    put_out(small, "run2")
    assert [one.value for one in series(SnapshotReader(home), "S15")] == [82.0]
    monkeypatch.setenv("DISTRICT_UNSIGNED", "perhaps")
    with pytest.raises(ValueError, match="provisional, withhold"):
        put_out(small, "run3")


def test_the_digest_is_the_documented_one(small: SmallDistrict) -> None:
    found = newest(small).facts
    assert found.digest == digest(
        indicator_code="S15",
        period_type="month",
        period_start=date(2023, 6, 1),
        period_end=date(2023, 6, 30),
        area_code="310105",
        definition_version=1,
        value=82.0,
        numerator=41.0,
        denominator=50.0,
        evidence_sha256=found.evidence_sha256,
        checks_sha256=found.checks_sha256,
    )
    moved = replace(found, value=82.0 * (1 + 1e-12))
    assert restated(moved, found) == found
    other: SignedFacts = replace(found, value=82.1)
    assert restated(other, found) is other


def test_the_command_signs_lists_and_refuses(small: SmallDistrict) -> None:
    def district(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == code, result.output
        return result.output

    district("sign", code=2)
    assert "construction_commission" in district("sign", "--list", "--department", "nobody", code=2)
    district("sign", "S15", "--step", "signed", "--by", "王芳", code=2)
    district("sign", "X99", "--step", "prepared", "--by", "王芳", code=2)
    department = ("sign", "--department", "construction_commission")
    assert district(*department, "--step", "prepared", "--by", "王芳", "--office", "信息科").count("已签\t") == 2
    assert "须先签「部门负责人确认」" in district("sign", "S15", "--step", "reviewed", "--by", "张敏", code=1)
    district("sign", "S15", "--step", "confirmed", "--by", "李强", "--until", "2023-12-31", "--note", "已核原始凭证")
    listed = json.loads(district("sign", "--list", "--json"))
    by_code = {one["indicator_code"]: one for one in listed}
    assert [one["name"] for one in by_code["S15"]["signatures"]] == ["王芳", "李强"]
    assert (by_code["S14"]["next_step"], by_code["S15"]["next_step"]) == ("confirmed", "reviewed")
    assert "李强" in district("sign", "--list")
    assert district("sign", "S15", "--period", "2023-05", "--step", "prepared", "--by", "王芳").count("2023-05-31") == 1


def test_a_flipped_byte_in_a_signature_is_found(small: SmallDistrict) -> None:
    sign_all(small)
    with closing(sqlite3.connect(small.home.ledger_url.removeprefix("sqlite:///"))) as behind:
        for (name,) in behind.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            behind.execute(f"DROP TRIGGER {name}")
        behind.execute("UPDATE sign_off SET name = '李刚' WHERE seq = 2")
        behind.commit()
    (damage,) = small.ledger.audit().damages
    assert (damage.table, damage.row) == ("sign_off", "seq=2 S15 2023-06-01/2023-06-30 310105")
    result = CliRunner().invoke(app, ["verify"])
    assert result.exit_code == 1
    assert "sign_off" in result.output


def test_a_correction_changes_the_figure_voids_its_signature_and_both_days_keep_their_value(
    small: SmallDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole promise at once, by the commands that a person uses."""

    def district(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == code, result.output
        return result.output

    for step, name in PEOPLE:
        district("sign", "S15", "--step", step, "--by", name)
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-05T02:00:00+00:00")
    assert "先运行 district run" in district("publish", "now", code=2)
    build_state.finish(small.home, "run1", "code", build_state.Seen("1", 5, str(AS_OF)))
    assert "已发布：第 2 次" in district("publish", "now")
    assert "与上次发布相同" in district("publish", "now")
    monkeypatch.setenv("DISTRICT_NOW", "2023-07-10T02:00:00+00:00")
    small.deliver_uploads("bjune2", 50, 60, day=AS_OF, order=2, mode="correction", received_at=clock.now())
    small.build()
    # 41 of 50 is corrected to 50 of 60; the period is not settled, so no reason is asked for.
    put_out(small, "run3")
    said = {}
    for day in ("2023-07-06", "2023-07-10"):
        rows = json.loads(district("status", "--json", "--known-on", day))
        said[day] = next(row["value"] for row in rows if row["indicator_code"] == "S15")
    assert said == {"2023-07-06": 82.0, "2023-07-10": pytest.approx(100 * 50 / 60)}
    (revision,) = [one for one in small.ledger.revisions("S15") if one.reason_class != "first_publication"]
    assert revision.reason_class == "better_source"
    assert "bjune2" in revision.reason
    assert "bjune" in revision.reason.split("不再采用批次")[1]
    (listed,) = json.loads(district("sign", "S15", "--list", "--json"))
    assert (listed["next_step"], listed["signatures"]) == ("prepared", [])
    assert "不再采用 bjune" in listed["void_cause_zh"]
    assert json.loads(district("trace", "S15", "--json"))["agrees"] is True
    assert "90" not in district("revisions", "S15", "--known-on", "2023-07-06")
    district("verify")


def test_a_publication_from_before_there_were_signatures_is_followed_by_one_with_them(small: SmallDistrict) -> None:
    before = small.home.current_snapshot.resolve()
    before.chmod(0o600)
    with duckdb.connect(str(before)) as connection:
        connection.execute("DROP TABLE sign_off")
        connection.execute("DROP TABLE awaiting_sign_off")
    assert sign_states(SnapshotReader(small.home), AS_OF) == {}
    assert awaiting(SnapshotReader(small.home)) == []
    assert put_out(small, "run2").published
    assert not put_out(small, "run3").published
