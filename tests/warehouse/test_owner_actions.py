"""What owners say of their feeds, in the ledger: append-only, whole, and which promises stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.warehouse.ledger_stores import postgresql_url
from warehouse.home import Home
from warehouse.ledger import ActionRefused, Ledger, NewOwnerAction
from warehouse.ledger.owner_actions import MOST_EXPLANATION_LETTERS, subject

AT = datetime(2023, 7, 3, 1, 30, tzinfo=UTC)
HELD = NewOwnerAction(
    feed="parking",
    entity="prk_lot",
    subject=subject("batch", "b1"),
    action="acknowledged",
    actor="王芳",
    actor_source="typed",
    at=AT,
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def ledger(request: pytest.FixtureRequest, home: Home) -> Iterator[Ledger]:
    if request.param == "sqlite":
        with Ledger.of(home) as opened:
            yield opened
    else:
        with postgresql_url() as address, Ledger(address) as opened:
            yield opened


def promise(day: date, after_minutes: int = 0) -> NewOwnerAction:
    return replace(HELD, action="promised", promised_on=day, at=AT + timedelta(minutes=after_minutes))


def test_the_history_keeps_every_action_in_order(ledger: Ledger) -> None:
    said = [HELD, replace(HELD, action="explained", explanation="系统升级，漏传两页"), promise(date(2023, 7, 5))]
    for action in said:
        ledger.record_owner_action(action)
    kept = ledger.owner_actions(feed="parking", subject="batch/b1")
    assert [(row.action, row.explanation, row.promised_on, row.actor, row.at) for row in kept] == [
        (action.action, action.explanation, action.promised_on, "王芳", AT) for action in said
    ]
    assert ledger.owner_actions(feed="parking", entity="prk_event") == []


def test_the_newest_promise_stands_until_it_is_resolved(ledger: Ledger) -> None:
    for action in (promise(date(2023, 7, 5)), promise(date(2023, 7, 9), 5)):
        ledger.record_owner_action(action)
    ledger.record_owner_action(replace(promise(date(2023, 7, 6)), subject=subject("due", "2023-06-30")))
    assert [(row.subject, row.promised_on) for row in ledger.standing_promises()] == [
        ("batch/b1", date(2023, 7, 9)),
        ("due/2023-06-30", date(2023, 7, 6)),
    ]
    ledger.record_owner_action(replace(HELD, action="resolved", explanation="已重报"))
    assert [row.subject for row in ledger.standing_promises(feed="parking")] == ["due/2023-06-30"]
    ledger.record_owner_action(promise(date(2023, 7, 20), 30))
    assert date(2023, 7, 20) in {row.promised_on for row in ledger.standing_promises()}, "it came up again"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"actor": "  "}, "姓名"),
        ({"actor": "王" * 61}, "姓名"),
        ({"action": "explained", "explanation": " "}, "原因"),
        ({"action": "explained", "explanation": "长" * (MOST_EXPLANATION_LETTERS + 1)}, "600"),
        ({"action": "promised"}, "日期"),
        ({"promised_on": date(2023, 7, 5)}, "日期"),
    ],
)
def test_an_action_without_what_it_needs_is_refused(ledger: Ledger, changes: dict[str, object], said: str) -> None:
    with pytest.raises(ActionRefused, match=said):
        ledger.record_owner_action(replace(HELD, **changes))  # type: ignore[arg-type]
    assert ledger.owner_actions() == []


def test_the_history_cannot_be_rewritten(ledger: Ledger) -> None:
    ledger.record_owner_action(HELD)
    for statement in ("UPDATE owner_action SET actor = 'x'", "DELETE FROM owner_action"):
        with pytest.raises(sa.exc.DatabaseError, match="append-only"), ledger._writing() as connection:
            connection.exec_driver_sql(statement)
    assert [row.actor for row in ledger.owner_actions()] == ["王芳"]
