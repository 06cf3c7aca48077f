"""The education bureau's digital base: rosters, catalogue of apps, usage log.

Belongs here: the order of the deliveries. Does not belong here: accounts and schools (`education*.py`).
"""

from __future__ import annotations

from sources.simulator import education, education_accounts, education_usage
from sources.simulator.delivery_files import Outbox
from sources.simulator.randomness import Chance
from sources.simulator.span import Span


def deliver(chance: Chance, span: Span, outbox: Outbox) -> None:
    """Zipped rosters, the catalogue, the log."""
    base = education_accounts.digital_base(chance, span)
    education.deliver_rosters(base, chance, span, outbox)
    education_usage.deliver_catalogue(base, span, outbox)
    education_usage.deliver_usage(base, chance, span, outbox)
