"""What the desk refuses before it starts a process, and what stands of what owners have said."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from warehouse.home import Home
from warehouse.ledger.owner_actions import ActionWord
from warehouse.owner_desk import DeskRefused, OwnerAction, Standing, check, standing, waiting, workbook
from warehouse.owner_desk.corrections import MOST_UPLOAD_MEGABYTES


@pytest.mark.parametrize("batch_id", ["", "--out", "b123; rm", "../ledger", "b" + "g" * 20])
def test_what_is_no_batch_never_reaches_a_command_line(home: Home, batch_id: str) -> None:
    with pytest.raises(DeskRefused, match="没有批次"):
        workbook(home, batch_id)


def test_a_large_upload_is_refused_unread(home: Home) -> None:
    with pytest.raises(DeskRefused, match="8 MB"):
        check(home, b"x" * ((MOST_UPLOAD_MEGABYTES << 20) + 1))


def test_before_there_is_a_ledger_nothing_stands_and_none_is_made(home: Home) -> None:
    assert standing(home) == {}
    assert waiting(home, "parking", "prk_lot") == []
    assert not (home.root / "ledger.sqlite").exists()


def act(action: ActionWord, text: str | None = None, day: date | None = None) -> OwnerAction:
    return OwnerAction(
        seq=1, feed="f", entity="e", subject="batch/b", action=action, explanation=text, promised_on=day,
        actor="王", actor_source="typed", at=datetime(2023, 7, 1, tzinfo=UTC),
    )  # fmt: skip


def test_what_came_up_again_starts_anew_after_it_was_resolved() -> None:
    first = (act("explained", "停电"), act("promised", day=date(2023, 7, 5)))
    assert (Standing(first).promised_on, Standing(first).resolved) == (date(2023, 7, 5), False)
    resolved = Standing((*first, act("resolved")))
    assert (resolved.promised_on, resolved.resolved) == (None, True)
    again = Standing((*first, act("resolved"), act("acknowledged")))
    assert (again.promised_on, again.explanation, again.resolved) == (None, None, False)
    assert len(again.history) == 4
