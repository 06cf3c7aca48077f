"""Orders of the three platforms that share them: one Parquet file a month and platform.

Belongs here: single orders that add up to the platform's return. Does not belong here: platforms and returns.
"""

from __future__ import annotations

from datetime import date, time

import numpy as np
import pyarrow as pa

from sources.simulator.delivery_files import Outbox, parquet_bytes
from sources.simulator.ecommerce import ORDER_PLATFORMS, Market
from sources.simulator.randomness import Chance
from sources.simulator.span import Span, next_month

ORDERS_OPENED = date(2023, 1, 1)
_MEAN_ORDER = 480.0
# What the orders give, relative to the return: the third platform's return is six percent above its orders.
_COVERAGE = (1.0, 0.998, 0.94)
_UNPAID_SHARE, _REFUND_SHARE, _DUPLICATE_EVERY = 0.06, 0.025, 1500
_CATEGORIES = ["服饰", "食品", "家居", "数码", "美妆", "图书", "本地服务"]
_REGIONS = ["310105", "310104", "310106", "310115", "320500", "330100", "110101", "440300"]


def deliver_orders(found: Market, chance: Chance, span: Span, outbox: Outbox) -> None:
    """Files of every month, exported early on the first day of the next."""
    for month, delivered_at in span.months(ORDERS_OPENED, 1, time(4, 0)):
        for number, position in enumerate(ORDER_PLATFORMS):
            code = found.platforms[position].code
            gmv = found.month(position, month) * 10_000 * _COVERAGE[number]
            outbox.deliver(
                f"orders/orders_{code}_{month:%Y%m}.parquet",
                delivered_at,
                _file,
                code,
                gmv,
                span.scale,
                month,
                chance.of(f"orders {code}", month),
            )


def _file(code: str, gmv: float, scale: float, month: date, rng: np.random.Generator) -> bytes:
    return parquet_bytes(_orders(code, gmv, scale, month, rng))


def _orders(code: str, gmv: float, scale: float, month: date, rng: np.random.Generator) -> pa.Table:
    """Orders created in `month` whose paid amounts add up to `gmv` yuan (times are naive and district-local).

    A smaller `scale` means fewer and larger orders: returns are not scaled, and orders have to add up to them.
    """
    count = max(20, round(gmv * scale / _MEAN_ORDER / (1 - _UNPAID_SHARE)))
    begin = np.datetime64(month, "ms")
    length = (next_month(month) - month).days * 86_400_000
    created = begin + np.sort(rng.integers(0, length, count)).astype("timedelta64[ms]")
    paid = rng.random(count) >= _UNPAID_SHARE
    pay_time = np.minimum(
        created + rng.integers(5_000, 1_500_000, count).astype("timedelta64[ms]"),
        begin + np.timedelta64(length - 1, "ms"),
    )
    amount = rng.lognormal(5.6, 0.9, count)
    fen = np.maximum(1, np.round(amount * (gmv / amount[paid].sum()) * 100)).astype(np.int64)
    refunded = paid & (rng.random(count) < _REFUND_SHARE)
    status = np.where(
        paid,
        np.where(refunded, "TRADE_REFUNDED", "TRADE_SUCCESS"),
        np.where(rng.random(count) < 0.7, "TRADE_CLOSED", "WAIT_BUYER_PAY"),
    )
    category = rng.integers(0, len(_CATEGORIES), count)
    table = pa.table(
        {
            "platform": [code] * count,
            "orderNo": [f"{month:%y%m}{code[-4:]}{i:08d}" for i in range(count)],
            "createTime": pa.array(created, pa.timestamp("ms")),
            "payTime": pa.array(pay_time, pa.timestamp("ms"), mask=~paid),
            "orderStatus": pa.array(status),
            "orderAmount": _yuan(fen + (fen // 20)),
            "payAmount": _yuan(fen, ~paid),
            "refundAmount": _yuan(np.where(refunded, fen, 0), ~paid),
            "regionCode": pa.array(np.array(_REGIONS)[rng.integers(0, len(_REGIONS), count)]),
            "category": pa.array(np.array(_CATEGORIES)[category]),
            "isService": pa.array(category == len(_CATEGORIES) - 1),
        }
    )
    # The export writes some orders twice, and a few test orders with a negative amount that no rule lets pass.
    twice = table.take(pa.array(np.arange(0, count, _DUPLICATE_EVERY)))
    tests = table.slice(3, 1).set_column(1, "orderNo", pa.array([f"TEST{month:%y%m}"]))
    tests = tests.set_column(6, "payAmount", _yuan(np.array([-100])))
    return pa.concat_tables([table, twice, tests] if count >= 200 else [table, twice])


def _yuan(fen: np.ndarray, mask: np.ndarray | None = None) -> pa.Array:
    """Whole fen as decimal yuan."""
    # The same digits read with two decimals: no arithmetic, so no rounding.
    digits = pa.array(fen, pa.int64(), mask=mask).cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(19, 2), len(digits), digits.buffers())
