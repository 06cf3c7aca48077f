"""Where each subdistrict stands in the schematic tile map.

Belongs here: reading the seed `dbt_project/seeds/subdistrict_tiles.csv`, the single home of these positions. They are
how a page draws, not data that was published, so they are no part of a snapshot.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from warehouse.home import REPOSITORY

TILES_FILE = REPOSITORY / "dbt_project" / "seeds" / "subdistrict_tiles.csv"


@dataclass(frozen=True, slots=True)
class Tile:
    """A place in the map: rows count from the north, columns from the west, both from 1."""

    row: int
    column: int


@lru_cache(maxsize=4)
def tiles(path: Path = TILES_FILE) -> dict[str, Tile]:
    """Area code -> tile. Empty where the file is missing: the map then lines its tiles up (see `placed`)."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["subdistrict_code"]: Tile(int(row["tile_row"]), int(row["tile_column"])) for row in csv.DictReader(file)
        }


def placed(area_codes: list[str], known: dict[str, Tile]) -> dict[str, Tile]:
    """A tile for every area: its own, and for areas without one the places of a row below all others."""
    last = max((tile.row for tile in known.values()), default=0)
    unplaced = [code for code in area_codes if code not in known]
    return {code: known[code] for code in area_codes if code in known} | {
        code: Tile(last + 1, position) for position, code in enumerate(unplaced, start=1)
    }
