"""The small district's enterprises, outlets, hotels, screens, piles, carriers, visitors, as real deliveries bring them.

Belongs here: rows of these feeds with late corrections, tombstones, keys that vanish, moves, overlaps, missing values.
Does not belong here: expected figures, the other feeds (`small_lake.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tests.dbt.lake import Lake

_SUBDISTRICTS = ("310105001", "310105002", "310105102")
_MARCH, _MAY, _JUNE = date(2023, 3, 25), date(2023, 5, 31), date(2023, 6, 30)
# Beginnings and ends on, before and after the days on which figures are stated; the last one never began.
_SPANS: Sequence[tuple[date | None, date | None]] = (
    (date(2021, 5, 4), None),
    (_MAY, None),
    (date(2022, 1, 10), _MAY),
    (date(2022, 1, 10), _JUNE),
    (_JUNE, None),
    (date(2023, 7, 1), None),
    (None, None),
)
_Row = Mapping[str, Any]


def fill(lake: Lake) -> None:
    """Deliver the six feeds."""
    _enterprises(lake)
    _register(lake, "commerce_outlets.com_breakfast_outlet", "outlet_code", _outlets())
    _register(lake, "commerce_outlets.com_food_market", "market_code", _things("market_code", "smart_accepted_on"))
    _register(lake, "culture_tourism.cul_hotel", "hotel_code", _hotels())
    screens = _things("screen_code", "accepted_on", "removed_on")
    _register(lake, "transport_facilities.taxi_screen", "screen_code", screens)
    _register(lake, "charging.chg_pile", "pile_id", _piles())
    _carriers(lake)
    _visits(lake)


def _things(key: str, begun: str, ended: str = "closed_on", *, name: str = "K", **more: Any) -> list[_Row]:
    """One thing of each span, in the three subdistricts by turns."""
    return [
        {key: f"{name}{number}", begun: begins, ended: ends, "subdistrict_code": _SUBDISTRICTS[number % 3], **more}
        for number, (begins, ends) in enumerate(_SPANS)
    ]


def _register(lake: Lake, entity: str, key: str, rows: Sequence[_Row]) -> None:
    """Two whole states: one thing has left the second, one has moved; the second comes twice."""
    lake.deliver(entity, rows, day=_MARCH, mode="full")
    later = [dict(row, subdistrict_code=_SUBDISTRICTS[0]) if row[key] == rows[4][key] else row for row in rows[1:]]
    lake.deliver(entity, later, day=_JUNE, mode="full")
    lake.deliver(entity, later[::-1], day=_JUNE, mode="full")


def _enterprises(lake: Lake) -> None:
    """Certificates of all spans, some of them renewals that overlap; holders that came or left; every list."""
    registered = {"registered_on": date(2015, 1, 1), "moved_out_on": None}
    certificates: list[_Row] = [
        dict(row, expires_on=row["expires_on"] or date(2026, 1, 1), uscc=f"U{number}", **registered)
        for number, row in enumerate(_things("cert_no", "certified_on", "expires_on"))
    ]
    certificates += [dict(row, cert_no=f"R{row['cert_no']}", certified_on=_MAY) for row in certificates[:3]]
    certificates += [
        dict(row, cert_no=f"M{number}", uscc=f"M{number}", registered_on=begins, moved_out_on=ends)
        for number, (row, (begins, ends)) in enumerate(zip([certificates[0]] * 7, _SPANS, strict=True))
    ]
    _register(lake, "enterprise_registry.ent_certificate", "cert_no", certificates)
    lists = ("fintech_leader", "innovative", "ai_related", "regional_headquarters", "cto_alliance")
    listings = [
        dict(row, list_code=name, **registered)
        for position, name in enumerate(lists)
        for row in _things("uscc", "recognised_on", "removed_on")[: 7 - position]
    ]
    moved = [
        dict(
            row, uscc=f"M{row['uscc']}", recognised_on=date(2021, 2, 1), removed_on=None, moved_out_on=row["removed_on"]
        )
        for row in listings
    ]
    _register(lake, "enterprise_registry.ent_listing", "uscc", [*listings, *moved])


def _outlets() -> list[_Row]:
    """Two kinds; the AI ones have all spans too."""
    usual = _things("outlet_code", "opened_on", outlet_type="chain")
    return [*usual, *_things("outlet_code", "opened_on", name="AI", outlet_type="ai")]


def _hotels() -> list[_Row]:
    """Digital hotels are online ones a while later, or not yet."""
    return [
        dict(row, digital_accepted_on=_SPANS[(number + 1) % 7][0])
        for number, row in enumerate(_things("hotel_code", "online_booking_on"))
    ]


def _piles() -> list[_Row]:
    """Every type beside the edge of 60 kW."""
    kinds = (("dc", 30), ("ac", 7), ("ac", 60), ("ac", 59.99), ("ac_dc", 40), ("wireless", 11), ("other", None))
    return [
        row
        for kind, power in kinds
        for row in _things(
            "pile_id", "began_on", "ended_on", name=f"{kind}{power}-", equipment_type=kind, power_kw=power
        )
    ]


def _carriers(lake: Lake) -> None:
    """Changes of a view: recognitions, a withdrawal, a deletion."""
    rows = [
        row
        for kind in ("science_park", "incubator", "makerspace")
        for row in _things("carrier_code", "recognised_on", "withdrawn_on", name=kind, carrier_type=kind)
    ]
    lake.deliver("innovation_carriers.inv_carrier", rows, day=_MARCH)
    lake.deliver("innovation_carriers.inv_carrier", [dict(rows[0], withdrawn_on=_MAY)], day=date(2023, 6, 16))
    lake.deliver("innovation_carriers.inv_carrier", [dict(rows[8], _deleted=True)], day=date(2023, 6, 20))


def _visits(lake: Lake) -> None:
    """Three months, May without a group; one group grows, one is struck out, one has no number of visitors."""

    def group(day: date, visitors: int | None, **more: Any) -> _Row:
        month = day.replace(day=1)
        number = f"G{day:%m%d}"
        return {"group_no": number, "visited_on": day, "visit_month": month, "dt": month, "visitors": visitors, **more}

    first = [group(date(2023, 4, 3), 10), group(date(2023, 4, 30), 5), group(date(2023, 6, 1), 7)]
    lake.deliver("innovation_carriers.inv_visit", first)
    later = [group(date(2023, 6, 1), 9), group(date(2023, 4, 30), 5, _deleted=True), group(_JUNE, None)]
    lake.deliver("innovation_carriers.inv_visit", [*later, group(date(2023, 6, 29), 20)])
