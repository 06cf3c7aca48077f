"""Medical institutions of the simulated district.

Belongs here: who they are, their volumes, and when they were licensed and connected. Does not belong here: deliveries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sources.simulator.district import allocate, stock_dates, subdistricts
from sources.simulator.randomness import Chance

# (name, level code, category, owned by the district, relative volume). Level codes: 3, 2, 1, 9 = community centre.
_HOSPITALS = [
    ("长宁示例综合医院", "3", "综合医院", True, 9.0),
    ("长宁示例妇幼保健院", "3", "妇幼保健院", True, 6.0),
    ("市立示例专科医院", "3", "专科医院", False, 5.0),
    ("市立示例儿童分院", "3", "儿童医院", False, 4.0),
    ("长宁示例中西医结合医院", "2", "中西医结合医院", True, 5.0),
    ("长宁示例精神卫生中心", "2", "精神病医院", True, 2.5),
    ("长宁示例天山中医医院", "2", "中医医院", True, 4.0),
    ("长宁示例康复医院", "2", "康复医院", True, 1.5),
    ("示例国际医院", "2", "综合医院", False, 1.5),
    ("长宁示例口腔病防治院", "1", "口腔医院", True, 1.2),
    ("示例门诊部", "1", "综合门诊部", False, 0.6),
    ("示例民营医院", "1", "综合医院", False, 0.8),
]
# Licensed as internet hospital, by position above. Six hold the licence on the report's day: the private hospital
# (last) lost its own when it closed.
_LICENSED = {
    0: date(2021, 3, 18),
    1: date(2021, 8, 2),
    4: date(2021, 12, 20),
    6: date(2022, 6, 15),
    2: date(2022, 11, 8),
    5: date(2023, 4, 12),
    7: date(2024, 3, 20),
    11: date(2021, 5, 10),
}
_CLOSED = {11: date(2022, 9, 30)}
# Tertiary hospitals linked with the emergency centre; the fourth follows after the report.
_EMERGENCY = {0: date(2021, 10, 12), 2: date(2022, 7, 1), 1: date(2023, 3, 22), 3: date(2024, 5, 15)}
# District-owned institutions with reports and images connected, cumulative: all seventeen by May 2023.
_REPORTS = [(date(2021, 3, 31), 4), (date(2021, 12, 31), 9), (date(2022, 6, 30), 13), (date(2022, 12, 31), 17)]
_IMAGES = [(date(2021, 9, 30), 3), (date(2022, 6, 30), 9), (date(2022, 12, 31), 13), (date(2023, 5, 26), 17)]


@dataclass(frozen=True)
class Institution:
    """A medical institution; dates of the future are known to the simulation but not yet to its deliveries."""

    code: str
    name: str
    level: str
    category: str
    subdistrict: str
    district_owned: bool
    volume: float
    licensed_on: date | None
    reports_on: date | None
    images_on: date | None
    emergency_on: date | None
    closed_on: date | None
    skips_weekends: bool

    @property
    def community(self) -> bool:
        """Whether it is a community health centre."""
        return self.level == "9"

    def dates(self) -> list[date]:
        """Days on which its register entry changes."""
        known = (self.licensed_on, self.reports_on, self.images_on, self.emergency_on, self.closed_on)
        return [day for day in known if day]

    def open_on(self, day: date) -> bool:
        """Whether it works on `day`."""
        return self.closed_on is None or day < self.closed_on

    def row(self, day: date) -> list[object]:
        """Its register entry as known on `day`, in the column order of `v_jg_jbxx`."""

        def known(value: date | None) -> str | None:
            return value.isoformat() if value and value <= day else None

        licensed = known(self.licensed_on)
        return [
            self.code,
            self.name,
            self.level,
            self.category,
            self.subdistrict,
            int(self.district_owned),
            int(licensed is not None),
            licensed,
            known(self.reports_on),
            known(self.images_on),
            known(self.emergency_on),
            known(self.closed_on),
        ]


def institutions(chance: Chance) -> list[Institution]:
    """Twelve hospitals and a community centre in each subdistrict, from the seed alone."""
    rng = chance.of("institutions")
    places = allocate(len(_HOSPITALS), rng)
    entries = [(*entry, places[i]) for i, entry in enumerate(_HOSPITALS)]
    for item in subdistricts():
        short = item.name_zh.removesuffix("街道").removesuffix("镇")
        entries.append((f"{short}社区卫生服务中心（示例）", "9", "社区卫生服务中心", True, 1.6, item.code))
    reports = iter(stock_dates(_REPORTS, rng))
    images = iter(stock_dates(_IMAGES, rng))
    found = []
    for i, (name, level, category, owned, volume, place) in enumerate(entries):
        reports_on = next(reports) if owned else date(2022, 12, 1) if i in (2, 3) else None
        images_on = max(next(images), reports_on) if owned and reports_on else None
        found.append(
            Institution(
                code=f"4250{90000000 + 137 * i:08d}31010515{level}9"[:22],
                name=name,
                level=level,
                category=category,
                subdistrict=place,
                district_owned=owned,
                volume=volume,
                licensed_on=_LICENSED.get(i),
                reports_on=reports_on,
                images_on=images_on,
                emergency_on=_EMERGENCY.get(i),
                closed_on=_CLOSED.get(i),
                skips_weekends=i in (9, 10),
            )
        )
    return found
