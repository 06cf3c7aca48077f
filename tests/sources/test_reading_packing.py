"""Packed files: one stream, tar archives, a zip as mere packing; what is cut short or climbs out is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.sources.admission_case import admitted, entity, field, file_delivery

TWO = entity(field("id"), field("v", "number"))
CSV = b"id,v\nA,1\nB,2\n"
ROWS = [("A", 1.0, 2), ("B", 2.0, 3)]


def tar(mode: str = "w", **members: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        bz2.compress,
        lzma.compress,
        lambda body: pa.compress(body, codec="zstd", asbytes=True),
        lambda body: zipped(**{"a.csv": body}),
    ],
    ids=["gzip", "bzip2", "xz", "zstd", "zip"],
)
def test_a_packed_file_is_read_as_what_it_packs(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    assert admitted(tmp_path, TWO, file_delivery(), pack(CSV)).rows("id, v, _row") == ROWS


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_a_packed_file_that_is_cut_short_is_held(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    case = admitted(tmp_path, TWO, file_delivery(), pack(CSV * 50)[:-9], names=["a.csv.gz"])
    assert case.admission.status == "held"
    assert "a.csv.gz cannot be unpacked" in (case.admission.reason_en or "")
    assert "解压失败" in (case.admission.reason_zh or "")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_members_of_a_tar(tmp_path: Path, mode: str) -> None:
    body = tar(mode, **{"2023/a.csv": CSV, "2023/readme.txt": b"x"})
    case = admitted(tmp_path, TWO, file_delivery(way={"file": {"member": "*.csv"}}), body)
    assert case.rows("id, v, _row") == ROWS


def test_a_tar_without_the_member_says_what_it_has(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, file_delivery(way={"file": {"member": "*.csv"}}), tar(**{"b.txt": b"x"}))
    assert "has no *.csv; it has: b.txt" in (case.admission.reason_en or "")


def test_a_tar_member_that_climbs_out_is_refused(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, file_delivery(way={"file": {"member": "*.csv"}}), tar(**{"../a.csv": CSV}))
    assert "points outside the archive" in (case.admission.reason_en or "")


def test_a_packed_file_that_swells_is_refused(tmp_path: Path) -> None:
    body = gzip.compress(b"id,v\n" + b"\n" * (20 << 20))
    case = admitted(tmp_path, TWO, file_delivery(), body)
    assert "like a zip bomb" in (case.admission.reason_en or "")
    assert "max_compression_ratio" in (case.admission.reason_zh or "")


def test_a_zip_of_several_files_asks_for_the_member(tmp_path: Path) -> None:
    case = admitted(tmp_path, TWO, file_delivery(), zipped(**{"a.csv": CSV, "b.csv": CSV}), names=["x.zip"])
    assert "x.zip is an archive of 2 files: a.csv, b.csv" in (case.admission.reason_en or "")
    assert "file.member" in (case.admission.reason_zh or "")
