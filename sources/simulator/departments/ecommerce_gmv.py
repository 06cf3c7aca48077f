"""The commerce commission's e-commerce statistics: monthly returns, orders of three platforms.

Belongs here: the order of the deliveries. Does not belong here: the market (`ecommerce*.py`).
"""

from __future__ import annotations

from sources.simulator import ecommerce, ecommerce_orders, ecommerce_returns
from sources.simulator.delivery_files import Outbox
from sources.simulator.randomness import Chance
from sources.simulator.span import Span


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """Workbooks of the returns and of the city's total, files of orders."""
    market = ecommerce.market(chance)
    ecommerce_returns.deliver_returns(market, span, outbox)
    ecommerce_orders.deliver_orders(market, chance, span, outbox)
