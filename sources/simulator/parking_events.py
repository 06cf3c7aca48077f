"""The construction commission: entries and exits as operators push them, one NDJSON file an hour of reception.

Belongs here: parking sessions and their events. Does not belong here: the car parks themselves (`parking.py`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, time, timedelta

import numpy as np

from sources.simulator.delivery_files import Outbox
from sources.simulator.district import epoch_ms, local, working_day
from sources.simulator.parking import Lot
from sources.simulator.randomness import Chance
from sources.simulator.span import Span

# Hourly files are kept from this day: three days bound the demonstration's volume (a real district has 150,000 a day).
EVENTS_OPENED = date(2023, 6, 28)
_SESSIONS_A_DAY = 2000
_PLATES = 60_000
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
# Relative entries by hour of the day; small but never zero at night.
_HOURLY = np.array([6, 4, 3, 3, 4, 10, 30, 75, 110, 100, 85, 80, 78, 75, 76, 74, 78, 90, 85, 60, 45, 32, 20, 10], float)
_CHANNELS = ["scan", "auto", "etc", "monthly", "free", "cash"]
_CHANNEL_SHARES = [0.42, 0.22, 0.06, 0.16, 0.11, 0.03]
# A wrong row is only put among enough right ones: a real hourly file at night has ten rows and no faults to show.
_ROWS_PER_INVALID = 150


def deliver_events(lots: list[Lot], chance: Chance, span: Span, outbox: Outbox) -> None:
    """One file an hour, named by the hour of reception and delivered five minutes after it."""
    # A session lasts up to two days, so exits of the first days come from sessions before them.
    sessions = {}
    for day in span.days(EVENTS_OPENED):
        for earlier in (day - timedelta(days=2), day - timedelta(days=1), day):
            if earlier not in sessions:
                sessions[earlier] = _events(lots, chance.of("parking events", earlier), earlier, span)
        begin = epoch_ms(day)
        hours: dict[int, list[dict[str, str | int | None]]] = defaultdict(list)
        for earlier in (day - timedelta(days=2), day - timedelta(days=1), day):
            for event in sessions[earlier]:
                hour = (int(event["receiveTime"] or 0) - begin) // _HOUR_MS
                if 0 <= hour < 24:
                    hours[hour].append(event)
        for hour, events in sorted(hours.items()):
            delivered_at = local(day, time(hour)) + timedelta(hours=1, minutes=5)
            if delivered_at <= span.cut_off:
                name = f"events/parking_events_{day:%Y%m%d}{hour:02d}.ndjson"
                outbox.deliver(name, delivered_at, _ndjson, events)


def _ndjson(events: list[dict[str, str | int | None]]) -> bytes:
    ordered = sorted(events, key=lambda event: (event["receiveTime"], event["eventId"]))
    rows = []
    for number, event in enumerate(ordered, 1):
        rows.append(event)
        if number % 90 == 0:  # the operator got no answer and pushed the same event again
            rows.append(event)
        if number % _ROWS_PER_INVALID == 0:
            rows.append({**event, "eventId": f"{event['eventId']}-T", "eventType": "test"})
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _events(lots: list[Lot], rng: np.random.Generator, day: date, span: Span) -> list[dict[str, str | int | None]]:
    """Events of the sessions that begin on `day`, as the operators' systems word them (times in ms, money in fen)."""
    active = [lot for lot in lots if lot.networked(day)]
    count = span.volume(_SESSIONS_A_DAY * (1.0 if working_day(day) else 0.8), least=48)
    weights = np.array([lot.spaces for lot in active], float)
    chosen = rng.choice(len(active), count, p=weights / weights.sum())
    hour = rng.choice(24, count, p=_HOURLY / _HOURLY.sum())
    entered = epoch_ms(day) + hour * _HOUR_MS + rng.integers(0, _HOUR_MS, count)
    stayed = np.clip(rng.lognormal(8.7, 0.9, count), 90, 46 * 3600).astype(int)
    plate = rng.integers(0, _PLATES, count)
    channel = rng.choice(_CHANNELS, count, p=_CHANNEL_SHARES)
    delay = rng.integers(300, 30_000, (count, 2))
    delay[rng.random((count, 2)) < 0.01] += _HOUR_MS  # out of order: the push waited an hour for the network
    events: list[dict[str, str | int | None]] = []
    for i in range(count):
        lot = active[chosen[i]]
        serial = f"{day:%y%m%d}{i:06d}"
        common: dict[str, str | int | None] = {
            "parkId": lot.code,
            "parkingSerial": serial,
            "plate": _plate(int(plate[i])),
            "plateColor": "green" if plate[i] % 4 == 0 else "blue",
            "carType": "large" if plate[i] % 53 == 0 else "small",
        }
        enter, leave = int(entered[i]), int(entered[i]) + int(stayed[i]) * 1000
        events.append(
            {
                "eventId": f"{lot.code}-{serial}-in",
                **common,
                "eventType": "in",
                "laneNo": f"R{plate[i] % 3 + 1}",
                "eventTime": enter,
                "receiveTime": enter + int(delay[i, 0]),
                "parkingTime": None,
                "totalValue": None,
                "paidValue": None,
                "freeValue": None,
                "payChannel": None,
            }
        )
        if i % 400 == 7:  # a motorcycle opened the barrier: the entry is declared void, nobody leaves
            events.append(
                {
                    **events[-1],
                    "eventId": f"{lot.code}-{serial}-void",
                    "eventType": "void",
                    "eventTime": enter + 60_000,
                    "receiveTime": enter + 65_000,
                }
            )
            continue
        due = 0 if stayed[i] < 900 else min(6000, 500 * (1 + int(stayed[i]) // 3600))
        paid = 0 if channel[i] in ("free", "monthly") else due - (200 if due > 1000 and i % 11 == 0 else 0)
        events.append(
            {
                "eventId": f"{lot.code}-{serial}-out",
                **common,
                "eventType": "out",
                "laneNo": f"C{plate[i] % 2 + 1}",
                "eventTime": leave,
                "receiveTime": leave + int(delay[i, 1]),
                "parkingTime": int(stayed[i]),
                "totalValue": due,
                "paidValue": paid,
                "freeValue": due - paid,
                "payChannel": str(channel[i]) if due else "free",
            }
        )
        if i % 500 == 11:  # the amount was corrected by the attendant
            events.append(
                {
                    **events[-1],
                    "eventId": f"{lot.code}-{serial}-fix",
                    "eventType": "correct",
                    "eventTime": leave + 120_000,
                    "receiveTime": leave + 125_000,
                }
            )
    return events


def _plate(number: int) -> str:
    """A made-up plate; letters I and O are never used on plates. Some vehicles carry none."""
    if number % 997 == 0:
        return "无牌车"
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    body = f"{letters[number % 24]}{number:05d}"
    return (
        f"沪{letters[number // 24 % 8]}D{body[1:]}"
        if number % 4 == 0
        else f"沪{letters[number // 24 % 8]}{body[:1]}{body[2:]}"
    )
