"""`district export`: a published snapshot as files for others.

Belongs here: which file is written where, and saying so. Does not belong here: the formats (`warehouse.export`).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import typer

from orchestration.cli.language import say
from warehouse.export import dcat, odcs, parquet, sdmx
from warehouse.export.parquet import contents
from warehouse.home import Home
from warehouse.read import SnapshotReader


class Format(StrEnum):
    """What `--format` takes."""

    PARQUET = "parquet"
    SDMX_CSV = "sdmx-csv"
    DCAT = "dcat"
    ODCS = "odcs"


_DATA = (Format.PARQUET, Format.SDMX_CSV)  # without --format; the others only describe the data


def export_command(snapshot_id: str | None, *, formats: list[str], out: Path) -> None:
    """Write the snapshot (default: the current one) into `out`; a file that is there already is replaced."""
    unknown = [name for name in formats if name not in set(Format)]
    if unknown:
        known = ", ".join(Format)
        raise typer.BadParameter(
            say(f"--format {unknown[0]} 未知，可用：{known}", f"--format {unknown[0]} is unknown; known are {known}")
        )
    reader = SnapshotReader(Home.from_environment(), snapshot_id)
    out.mkdir(parents=True, exist_ok=True)
    for name in formats or _DATA:
        target = out / f"{reader.snapshot_id}{_ENDINGS[Format(name)]}"
        counted = _aside(target, _WRITERS[Format(name)], reader)
        typer.echo(f"{target} · {counted}")


def _parquet(reader: SnapshotReader, path: Path) -> str:
    with path.open("wb") as file:
        written = parquet.write_zip(reader, file)
    rows = sum(table.rows for table in written)
    return say(f"{len(written)} 张表，{rows:,} 行", f"{len(written)} tables, {rows:,} rows")


def _sdmx(reader: SnapshotReader, path: Path) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        count = sdmx.write_csv(reader, file)
    return say(f"{count:,} 个数值", f"{count:,} observations")


def _dcat(reader: SnapshotReader, path: Path) -> str:
    count = len(dcat.catalogue(reader)["dcat:dataset"])
    path.write_bytes(dcat.as_json(reader))
    return say(f"{count} 个数据集", f"{count} data sets")


def _odcs(reader: SnapshotReader, path: Path) -> str:
    path.write_bytes(odcs.as_yaml(reader))
    return say(f"{len(contents(reader))} 张表", f"{len(contents(reader))} tables")


def _aside(target: Path, write: Callable[[SnapshotReader, Path], str], reader: SnapshotReader) -> str:
    """Write beside the target and rename: a file that is there is whole."""
    part = target.with_name(f"{target.name}.part")
    try:
        counted = write(reader, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return counted


_ENDINGS: dict[Format, str] = {
    Format.PARQUET: "_parquet.zip",
    Format.SDMX_CSV: "_sdmx.csv",
    Format.DCAT: "_dcat.jsonld",
    Format.ODCS: ".odcs.yaml",
}
_WRITERS: dict[Format, Callable[[SnapshotReader, Path], str]] = {
    Format.PARQUET: _parquet,
    Format.SDMX_CSV: _sdmx,
    Format.DCAT: _dcat,
    Format.ODCS: _odcs,
}
