"""An edited report against its publication and the revision ledger."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from orchestration.cli.main import app
from tests.report.editing import rewritten, saved, text_of, with_text, without_control
from tests.snapshot_fixture import build_snapshot
from tests.warehouse.small_district import AS_OF, SmallDistrict
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.publish import publish, rollback
from warehouse.publish.switch import snapshot_path
from warehouse.read import SnapshotReader
from warehouse.report import controls, pdf
from warehouse.report.document import report
from warehouse.report.verifying import ReportVerification, verify_report

pytestmark = pytest.mark.slow

VALUE = "S15|value|2023-06|310105|v1|{}"


def district(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def small(home: Home, ledger: Ledger) -> SmallDistrict:
    """A published district whose ledger knows its publication."""
    built = SmallDistrict(home, ledger)
    built.deliver_all()
    go(built)
    return built


def go(small: SmallDistrict, run: str = "run") -> None:
    small.build()
    publish(small.home, small.ledger, as_of=AS_OF, run_id=run, manifest_path=small.manifest_path)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    """A published district for the tests that publish nothing themselves."""
    home = Home(tmp_path_factory.mktemp("settled") / "home").prepare()
    with Ledger.of(home) as ledger:
        built = SmallDistrict(home, ledger)
        built.deliver_all()
        go(built)
        yield built


@pytest.fixture(scope="module")
def made(settled: SmallDistrict) -> bytes:
    return report(SnapshotReader(settled.home)).content


def check(small: SmallDistrict, content: bytes, **options: bool) -> ReportVerification:
    return verify_report(small.home, small.ledger, saved(content, small.home.root / "r.docx"), **options)


def current(small: SmallDistrict) -> str:
    return SnapshotReader(small.home).snapshot_id


def test_an_untouched_report_is_fine(settled: SmallDistrict, made: bytes) -> None:
    result = check(settled, made)
    assert (result.findings, result.remarks) == ([], [])
    assert result.numbers == len(controls.read(made, "r").controls) > 40
    assert result.publications == [current(settled)]


def test_every_single_changed_number_is_found(settled: SmallDistrict, made: bytes) -> None:
    """Not one control is left out of the comparison."""
    tags = dict.fromkeys(control.tag for control in controls.read(made, "r").controls)
    for tag in list(tags)[::5]:  # each kind of number; all of them would take half a minute
        result = check(settled, with_text(made, tag, "987654321"))
        assert [(one.kind, one.tag) for one in result.findings] == [("changed", tag)], tag


def test_one_digit_changed_is_found(settled: SmallDistrict, made: bytes) -> None:
    tag = VALUE.format(current(settled))
    [before] = {control.text for control in controls.read(made, "r").controls if control.tag == tag}
    changed = before.replace("8", "9", 1) if "8" in before else "1" + before
    [finding] = check(settled, with_text(made, tag, changed)).findings
    assert finding.tag == tag
    assert before in finding.zh
    assert changed in finding.zh


def test_other_words_and_spellings_are_no_difference(settled: SmallDistrict, made: bytes) -> None:
    edited = rewritten(made, lambda xml: xml.replace("本报告只分项计数", "我们只计数"))
    tag = f"S14|value|2023-06|310105|v1|{current(settled)}"
    assert check(settled, with_text(edited, tag, " ６ ")).findings == []


def test_a_number_taken_out_of_its_control_is_missed(settled: SmallDistrict, made: bytes) -> None:
    tag = VALUE.format(current(settled))
    edited = without_control(made, tag)
    assert [(one.kind, one.tag) for one in check(settled, edited).findings] == [("removed", tag)]
    allowed = check(settled, edited, allow_removed=True)
    assert allowed.findings == []
    told = " ".join(remark.zh for remark in allowed.remarks)
    assert "已删去 1 个数字控件" in told
    assert "不在控件中" in told  # its text still stands there, bound to nothing


def test_a_number_typed_by_hand_is_told(settled: SmallDistrict, made: bytes) -> None:
    result = check(
        settled, rewritten(made, lambda xml: xml.replace("本报告只分项计数", "另有 4321 家。本报告只分项计数"))
    )
    assert result.findings == []
    [remark] = result.remarks
    assert "4321" in remark.zh


@settings(max_examples=40)
@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_a_damaged_file_is_read_or_refused(made: bytes, place: float, mask: int) -> None:
    damaged = bytearray(made)
    damaged[int(place * len(damaged))] ^= mask
    with contextlib.suppress(controls.NoReport):
        controls.read(bytes(damaged), "r.docx")


def test_a_report_that_lost_its_list_says_so(settled: SmallDistrict, made: bytes) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            if not entry.filename.startswith("customXml/"):
                new.writestr(entry, old.read(entry))
    result = check(settled, out.getvalue())
    assert result.findings == []
    assert "清单" in result.remarks[0].zh


def test_an_invented_id_is_found(settled: SmallDistrict, made: bytes) -> None:
    tag = VALUE.format(current(settled))
    edited = rewritten(made, lambda xml: xml.replace(f'"{tag}"', f'"{tag.replace("S15", "S99")}"'))
    assert {one.kind for one in check(settled, edited).findings} == {"unknown", "removed"}


def test_a_newer_figure_is_told_and_the_old_report_stays_right(small: SmallDistrict) -> None:
    first = current(small)
    made = report(SnapshotReader(small.home)).content
    small.deliver_uploads("bjune2", 9, 10, day=AS_OF.replace(day=29))
    go(small, "again")
    assert current(small) != first
    result = check(small, made)
    assert result.findings == []
    told = " ".join(remark.zh for remark in result.remarks)
    assert "S15 2023-06 已有更新的数值" in told
    assert "S14" not in told
    assert current(small) in told


def test_a_withdrawn_publication_is_told(small: SmallDistrict) -> None:
    first = current(small)
    small.deliver_uploads("bjune2", 9, 10, day=AS_OF.replace(day=29))
    go(small, "again")
    made = report(SnapshotReader(small.home)).content
    rollback(small.home, first, ledger=small.ledger)
    assert "已撤回" in " ".join(remark.zh for remark in check(small, made).remarks)


def test_a_snapshot_that_the_ledger_contradicts_is_found(small: SmallDistrict) -> None:
    import duckdb

    # Beside the published file, which this process holds open for reading.
    genuine = snapshot_path(small.home, current(small))
    forged = Home(small.home.root / "forged").prepare()
    shutil.copy(genuine, forged.published / genuine.name)
    (forged.published / genuine.name).chmod(0o644)
    with duckdb.connect(str(forged.published / genuine.name)) as connection:
        for table in ("indicator_observation", "indicator_status"):
            connection.execute(f"UPDATE {table} SET value = 99.5 WHERE indicator_code = 'S15'")
    content = report(SnapshotReader(forged, genuine.stem)).content
    result = verify_report(forged, small.ledger, saved(content, forged.root / "r.docx"))
    assert [one.kind for one in result.findings] == ["ledger"]
    assert "99.5" in result.findings[0].zh


# As people run it.


def test_report_and_verify_report_on_the_command_line(home: Home, tmp_path: Path) -> None:
    build_snapshot(home)
    path = tmp_path / "out" / "报告.docx"
    written = district("report", "--out", str(path))
    assert written.exit_code == 0, written.output
    assert "s00001-20230630" in written.stdout
    assert "模拟数据" in written.stdout
    fine = district("verify-report", str(path))
    assert fine.exit_code == 0, fine.output
    assert "0 处不符" in fine.stdout
    tag = VALUE.format("s00001-20230630")
    saved(with_text(path.read_bytes(), tag, "92.0%"), path)
    differs = district("verify-report", str(path), "--json")
    assert differs.exit_code == 1
    [finding] = json.loads(differs.stdout)["findings"]
    assert (finding["kind"], finding["tag"]) == ("changed", tag)


def test_any_day_on_the_command_line(home: Home, tmp_path: Path) -> None:
    build_snapshot(home)
    path = tmp_path / "r.docx"
    assert district("report", "--as-of", "2023-04-30", "--out", str(path)).exit_code == 0
    assert "2023-04-30" in text_of(path.read_bytes())
    assert district("verify-report", str(path)).exit_code == 0
    assert district("report", "--as-of", "2030-01-01", "--out", str(path)).exit_code == 2


def test_english_is_spoken_when_asked_for(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRICT_LANG", "en")
    build_snapshot(home)
    path = tmp_path / "r.docx"
    assert "bound numbers" in district("report", "--out", str(path)).stdout
    assert "0 do not match" in district("verify-report", str(path)).stdout


@pytest.mark.parametrize("content", [b"", b"plain text", b"PK\x03\x04 not a zip"])
def test_what_is_no_report_ends_with_2(home: Home, tmp_path: Path, content: bytes) -> None:
    build_snapshot(home)
    result = district("verify-report", str(saved(content, tmp_path / "other.docx")))
    assert result.exit_code == 2
    assert "other.docx" in result.stderr


def test_other_word_documents_and_missing_files_end_with_2(home: Home, tmp_path: Path) -> None:
    from docx import Document

    build_snapshot(home)
    other = tmp_path / "other.docx"
    Document().save(str(other))
    for path in (other, tmp_path / "none.docx", tmp_path):
        result = district("verify-report", str(path))
        assert result.exit_code == 2, path
        assert str(path.name) in result.stderr


def test_a_report_of_another_home_ends_with_2(small: SmallDistrict, home: Home, tmp_path: Path) -> None:
    build_snapshot(Home(tmp_path / "elsewhere"), number=7)
    path = saved(report(SnapshotReader(Home(tmp_path / "elsewhere"))).content, tmp_path / "r.docx")
    result = district("verify-report", str(path))
    assert result.exit_code == 2
    assert "s00007-20230630" in result.stderr


def test_a_home_without_publication_says_what_to_do(home: Home, tmp_path: Path) -> None:
    result = district("report", "--out", str(tmp_path / "r.docx"))
    assert result.exit_code == 2
    assert "district run" in result.stderr
    assert not (tmp_path / "r.docx").exists()


def test_without_libreoffice_the_report_stays_and_the_command_says_so(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_snapshot(home)
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "r.docx"
    result = district("report", "--out", str(path), "--pdf")
    assert result.exit_code == 2
    assert "LibreOffice" in result.stderr
    assert path.exists()


@pytest.mark.service
def test_a_pdf_of_the_report(home: Home, tmp_path: Path) -> None:
    if not pdf.installed():
        pytest.skip("LibreOffice is not installed")
    build_snapshot(home)
    path = tmp_path / "r.docx"
    result = district("report", "--out", str(path), "--pdf")
    assert result.exit_code == 0, result.output
    assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
