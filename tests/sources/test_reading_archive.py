"""Zip archives: members, manifests, and what must not be unpacked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.sources.admission_case import admitted, entity, field, file_delivery

TWO = entity(field("id"), field("name"))
USERS = {"file": {"member": "users.csv", "mode_from_manifest": True}}


def packed(members: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return file.getvalue()


def manifest(word: str) -> str:
    return f'propertyName,value\nmanifest.version,1.0\n"file.users","{word}"\nfile.orgs,bulk\n'


@pytest.mark.parametrize(("word", "mode"), [("bulk", "full"), ("delta", "delta")])
def test_manifest_says_full_or_delta(tmp_path: Path, word: str, mode: str) -> None:
    body = packed({"manifest.csv": manifest(word), "users.csv": "id,name\n1,a\n", "orgs.csv": "id\n9\n"})
    case = admitted(tmp_path, TWO, file_delivery(way=USERS), body)
    assert case.admission.mode == mode
    assert case.rows("id, _row") == [("1", 2)]


def test_absent_by_the_manifest_is_an_empty_delta(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, file_delivery(way=USERS), packed({"manifest.csv": manifest("absent")}), mode="full")
    assert (case.admission.status, case.admission.mode, case.admission.rows_read) == ("admitted", "delta", 0)


def test_tobedeleted_makes_a_tombstone(tmp_path: Path) -> None:
    required = entity(field("id"), field("name", required=True))
    users = "id,status,name\n1,active,a\n2,tobedeleted,\n"
    body = packed({"manifest.csv": manifest("delta"), "users.csv": users})
    case = admitted(tmp_path, required, file_delivery(way=USERS), body)
    assert case.rows("id, name, _deleted") == [("1", "a", False), ("2", None, True)]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"users.csv": "id\n1\n"}, "没有 manifest.csv"),
        ({"manifest.csv": manifest("weekly"), "users.csv": "id\n1\n"}, "file.users 为 'weekly'"),
        ({"manifest.csv": manifest("bulk"), "people.csv": "id\n1\n"}, "没有 users.csv；现有：manifest.csv、people.csv"),
        ({"manifest.csv": manifest("bulk"), "../users.csv": "id\n1\n"}, "指向压缩包之外"),
        ({"manifest.csv": manifest("bulk"), "/etc/users.csv": "id\n1\n"}, "指向压缩包之外"),
        ({"manifest.csv": manifest("bulk"), "C:\\users.csv": "id\n1\n"}, "指向压缩包之外"),
    ],
)
def test_unusable_archives_are_held_with_the_remedy(tmp_path: Path, members: Mapping[str, str], words: str) -> None:
    case = admitted(tmp_path, TWO, file_delivery(way=USERS), packed(members), names=["roster.zip"])
    assert case.admission.status == "held"
    assert words in (case.admission.reason_zh or "")
    assert "roster.zip" in (case.admission.reason_zh or "")


def test_swelling_member_is_refused_unread(tmp_path: Path) -> None:
    body = packed({"users.csv": b"\0" * (20 << 20)})
    assert len(body) < 100_000
    case = admitted(tmp_path, TWO, file_delivery(way={"file": {"member": "users.csv"}}), body)
    assert case.admission.status == "held"
    assert "异常大" in (case.admission.reason_zh or "")


def test_damaged_and_encrypted_archives(tmp_path: Path) -> None:
    way = file_delivery(way={"file": {"member": "*.csv"}})
    whole = packed({"a.csv": "id\n" + "".join(f"{n}\n" for n in range(5000))})
    encrypted = bytearray(whole)
    encrypted[6] |= 1
    encrypted[whole.rindex(b"PK\x01\x02") + 8] |= 1
    for body in (whole[:-30], whole[:200], b"no archive at all", b"", bytes(encrypted)):
        case = admitted(tmp_path, TWO, way, body)
        assert case.admission.status == "held", body[:20]
        assert "请" in (case.admission.reason_zh or "")


def test_chinese_member_names_written_by_windows(tmp_path: Path) -> None:
    # Windows writes GBK without saying so; zipfile cannot, so the bytes are put in place of a name of equal length.
    body = packed({"AAAA.csv": "id\n1\n", "BBBB.csv": "id\n2\n"}).replace(b"AAAA.csv", "名册.csv".encode("gbk"))
    case = admitted(tmp_path, TWO, file_delivery(way={"file": {"member": "名册.csv"}}), body)
    assert case.rows("id") == [("1",)]


def test_files_of_a_desktop_are_no_members(tmp_path: Path) -> None:
    body = packed(
        {"a.csv": "id,name\n1,a\n", "__MACOSX/._a.csv": b"\x00\x05\x16\x07", "._b.csv": b"\x00", ".DS_Store": b"\x00"}
    )
    case = admitted(tmp_path, TWO, file_delivery(way={"file": {"member": "*"}}), body)
    assert case.rows("id, name") == [("1", "a")]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_names_of_members_that_do_not_say_their_encoding(tmp_path: Path, encoding: str) -> None:
    body = packed({"a.csv": "id,name\n1,a\n"})
    name = "长宁.csv".encode(encoding)
    at = body.index(b"PK\x01\x02")  # the same name in the file's own header and in the directory
    own, listed = bytearray(body[:at]), bytearray(body[at:])
    for part, length_at, start in ((own, 26, 30), (listed, 28, 46)):
        part[length_at : length_at + 2] = len(name).to_bytes(2, "little")
        part[start : start + 5] = name
    end = listed.index(b"PK\x05\x06")
    listed[end + 12 : end + 16] = end.to_bytes(4, "little")
    listed[end + 16 : end + 20] = len(own).to_bytes(4, "little")
    case = admitted(tmp_path, TWO, file_delivery(way={"file": {"member": "长宁.csv"}}), bytes(own + listed))
    assert case.rows("id") == [("1",)]
