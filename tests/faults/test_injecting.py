"""Each fault changes what its manifest says and nothing else, the same way each time, and its correction is clean."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from sources.simulator import SimulationRefused
from sources.simulator.faults import TREATMENTS, catalogue, inject, read_manifest, send_corrections
from sources.simulator.parking_platform import TROUBLES

pytestmark = pytest.mark.xdist_group("faults")

_SENT_AT = datetime(2023, 7, 3, 1, 0, tzinfo=UTC)
_OWN = {"faults.json", TROUBLES}
# The database as a file: SQLite writes its own header anew with every change.
_DATABASE = "hospital.sqlite"


def contents(folder: Path) -> dict[str, tuple[str, float]]:
    """Hash and time of delivery of every file that a department delivers."""
    return {
        path.relative_to(folder).as_posix(): (sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _OWN and "corrections" not in path.relative_to(folder).parts
    }


def copied(departments: Path, folder: Path) -> Path:
    return Path(shutil.copytree(departments, folder / "departments", copy_function=shutil.copy2))


@pytest.mark.parametrize("kind", catalogue())
def test_a_fault_changes_the_deliveries_that_it_names_and_no_other(
    fault_departments: Path, tmp_path: Path, kind: str
) -> None:
    folder = copied(fault_departments, tmp_path)
    clean = contents(folder)

    manifest = inject(folder, kinds=[kind])

    faulty = contents(folder)
    changed = {name for name in clean.keys() | faulty.keys() if clean.get(name) != faulty.get(name)}
    named = {one.file for one in manifest.injections}
    assert manifest.injections
    assert all(Path(name).name in named | {_DATABASE} for name in changed)
    assert changed or kind == "F32"  # a platform that misbehaves holds what it held
    assert read_manifest(folder) == manifest

    sent = send_corrections(folder, _SENT_AT)

    healed = contents(folder)
    for name in sent:
        if not name.endswith(".rows.json"):
            assert healed[name][0] in {digest for digest, _ in clean.values()}
    assert not (folder / "corrections").exists()


def test_the_same_seed_gives_the_same_bytes_and_another_one_other_places(
    fault_departments: Path, tmp_path: Path
) -> None:
    found = []
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        folder = copied(fault_departments, tmp_path / name)
        inject(folder, kinds=["F05", "F09", "F15", "F20"], seed=seed)
        found.append(contents(folder) | {"faults.json": ((folder / "faults.json").read_text("utf-8"), 0.0)})

    assert found[0] == found[1]
    assert found[0] != found[2]


def test_faults_are_refused_where_they_cannot_be_put(fault_departments: Path, tmp_path: Path) -> None:
    folder = copied(fault_departments, tmp_path)

    with pytest.raises(SimulationRefused, match=r"没有故障 F99.*No fault F99"):
        inject(folder, kinds=["F99"])
    with pytest.raises(SimulationRefused, match=r"不是干净的模拟交付.*no clean simulation"):
        inject(tmp_path / "elsewhere")
    inject(folder, kinds=["F05"])
    with pytest.raises(SimulationRefused, match="faults already"):
        inject(folder, kinds=["F06"])
    shutil.rmtree(folder / "ecommerce_gmv")
    (folder / "faults.json").unlink()
    with pytest.raises(SimulationRefused, match=r"没有适合 F03 的交付.*no delivery"):
        inject(folder, kinds=["F03"])


def test_every_fault_says_what_it_is_in_both_languages() -> None:
    for fault in catalogue().values():
        assert fault.name_zh
        assert fault.name_en.isascii()
        assert fault.treatment in TREATMENTS
        assert fault.suits
