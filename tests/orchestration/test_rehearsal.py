"""What cannot be rehearsed is refused before anything is copied; what can is tested with an owner's correction
(tests/end_to_end/test_owner_corrects.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.rehearsal import CannotRehearse, rehearse
from sources.contract.loading import load_feeds
from warehouse.home import Home


def test_messages_of_a_broker_are_not_taken_for_a_rehearsal(home: Home) -> None:
    with pytest.raises(CannotRehearse, match=r"iot_nodes.*取走的消息不会再来"):
        rehearse(home, load_feeds(), ["parking", "iot_nodes"], [])
    assert not list(home.root.glob("rehearsal-*"))


def test_a_ledger_on_a_server_is_not_copied(home: Home) -> None:
    served = replace(home, operational_url="postgresql+psycopg://ledger")
    with pytest.raises(CannotRehearse, match="无法复制"):
        rehearse(served, load_feeds(), [], [])
