"""Order lines: the known answers of the raw layer."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.examples.conftest import Delivered

pytestmark = pytest.mark.slow


def test_amounts_orders_and_large_platforms(delivered: Callable[[str, str], Delivered]) -> None:
    example = delivered("orders_ecommerce", "ecommerce_gmv")
    [batch] = example.report.batches
    assert (batch.status, batch.rows_admitted, batch.rows_rejected) == ("admitted", 1_469_307, 0)
    [(total, orders)] = example.raw(
        "ecm_order",
        "SELECT sum(paid_amount), count(DISTINCT order_id) FROM raw WHERE dt BETWEEN '2017-06-01' AND '2017-06-30'",
    )
    assert (total, orders) == (Decimal("373512.59"), 13_015)
    assert example.raw("ecm_order", "SELECT sum(paid_amount) FROM raw") == [(Decimal("4596039.58"),)]
    large = (
        "SELECT platform_code FROM raw WHERE year(dt) = 2017 GROUP BY 1 HAVING sum(paid_amount) >= 100000 ORDER BY 1"
    )
    assert example.raw("ecm_order", large) == [("367",), ("406",)]
