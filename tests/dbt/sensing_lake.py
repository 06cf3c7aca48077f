"""The small district's sensing devices and 5G tests, as real deliveries bring them.

Belongs here: rows of these feeds with repeats, tombstones, devices of no register, moves, cells on thresholds, cells
without any reading. Does not belong here: expected figures, the other feeds (`small_lake.py`).
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from tests.dbt.lake import Lake

_PLACES = ("310105001", "310105002", "310105102")


def fill(lake: Lake) -> None:
    """Deliver both feeds."""
    _sensing_nodes(lake, random.Random(2))
    _test_rounds(lake, random.Random(3))


def _sensing_nodes(lake: Lake, chance: random.Random) -> None:
    def device(number: int, **changed: Any) -> dict[str, Any]:
        values = {
            "device_id": f"D{number}",
            "device_type": "smoke",
            "gateway_id": f"G{number % 7}",
            "subdistrict_code": _PLACES[number % 3],
            "installed_on": date(2021, 1, 1) + timedelta(days=30 * number),
        }
        return values | changed

    lake.deliver("iot_nodes.iot_device", [device(n) for n in range(25)], day=date(2022, 12, 31), mode="full")
    # D3 left the register, D4 was taken away, D5 moved, D29 comes on the last day, D30 after it
    later = [device(n) for n in range(31) if n != 3]
    later[3] = device(4, removed_on=date(2023, 6, 30))
    later[4] = device(5, subdistrict_code=_PLACES[0])
    later[-2] = device(29, installed_on=date(2023, 6, 30))
    later[-1] = device(30, installed_on=date(2023, 7, 1))
    lake.deliver("iot_nodes.iot_device", later, day=date(2023, 6, 30), mode="full")
    for day in (date(2022, 12, 31), date(2023, 5, 30), date(2023, 6, 30)):
        noon = datetime(day.year, day.month, day.day, 4)
        beats: list[dict[str, Any]] = [
            {"device_id": f"D{n}", "heartbeat_at": noon + timedelta(minutes=n), "gateway_id": f"G{n % 7}", "dt": day}
            for n in range(33)
            if chance.random() < 0.8 and n % 7 != 6
        ]
        lake.deliver("iot_nodes.iot_heartbeat", beats + beats[:3])
        again = [dict(row, heartbeat_at=row["heartbeat_at"] + timedelta(hours=1)) for row in beats[4:8]]
        lake.deliver("iot_nodes.iot_heartbeat", [*again, dict(beats[9], _deleted=True), *beats[:2]])
    months = [date(2022, 11, 1), date(2022, 12, 1), date(2023, 5, 1), date(2023, 6, 1)]
    counts = [
        {
            "month_start": month,
            "subdistrict_code": code,
            "devices_in_service": 9 + place,
            "online_devices": 8 + place,
            "dt": month,
        }
        for month in months
        for place, code in enumerate(_PLACES)
    ]
    lake.deliver("iot_nodes.iot_month", counts)
    lake.deliver("iot_nodes.iot_month", [dict(counts[6], online_devices=5), dict(counts[7], _deleted=True)])


def _test_rounds(lake: Lake, chance: random.Random) -> None:
    for number, day in enumerate((date(2022, 12, 20), date(2023, 3, 20), date(2023, 6, 20))):
        cells: list[dict[str, Any]] = [
            {
                "cell_id": f"G{cell:06d}",
                "subdistrict_code": _PLACES[(cell + (cell == 7 and number)) % 3],
                "samples": chance.choice([4, 5, 40]),
                "rsrp_dbm": chance.choice([None, -105.0, -105.1, -80.0, -90.0]),
                "sinr_db": chance.choice([None, -3.0, -3.1, 12.0]),
                # the last round was not over when it was delivered
                "tested_on": day + timedelta(days=chance.choice([-9, 0, 11])),
            }
            for cell in range(60 - number)
        ]
        lake.deliver("network_coverage.net_cell", cells, day=day, mode="full")
