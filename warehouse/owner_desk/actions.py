"""What owners have said of their feeds, as it stands now, and saying more.

Belongs here: reading the ledger's history of actions for pages. Does not belong here: the history's rules
(`warehouse.ledger.owner_actions`). Read from the ledger and not from a snapshot, so that an explanation is on the
leaders' pages at once and not with the next publication.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from warehouse.home import Home
from warehouse.ledger import ActionRefused, Ledger, NewOwnerAction, OwnerAction
from warehouse.ledger.owner_actions import ActionWord

__all__ = ["ActionRefused", "ActionWord", "NewOwnerAction", "OwnerAction", "Standing", "say", "standing"]

Subject = tuple[str, str, str]
"""Feed, entity, subject."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds of one subject: since it was last resolved, or in all. `history` is oldest first, and whole."""

    history: tuple[OwnerAction, ...]

    @property
    def _open(self) -> tuple[OwnerAction, ...]:
        """Actions after the last time that it was resolved; all of them when the last one resolved it."""
        ends = [place for place, action in enumerate(self.history[:-1]) if action.action == "resolved"]
        return self.history[ends[-1] + 1 :] if ends else self.history

    @property
    def resolved(self) -> bool:
        """Whether the last word was that it is resolved."""
        return self.history[-1].action == "resolved"

    @property
    def explanation(self) -> OwnerAction | None:
        """The newest action with words."""
        return next((action for action in reversed(self._open) if action.explanation), None)

    @property
    def promised_on(self) -> date | None:
        """The day by which it will be mended, as last promised; None once it is resolved."""
        if self.resolved:
            return None
        return next((action.promised_on for action in reversed(self._open) if action.promised_on), None)

    @property
    def last(self) -> OwnerAction:
        """The last word."""
        return self.history[-1]


def say(home: Home, action: NewOwnerAction) -> None:
    """Append an action to the history. Raises ActionRefused when it lacks what its kind needs."""
    with Ledger.of(home) as ledger:
        ledger.record_owner_action(action)


def standing(home: Home) -> dict[Subject, Standing]:
    """What holds of every subject that owners have spoken of; nothing before there is a ledger."""
    if home.operational_url is None and not (home.root / "ledger.sqlite").is_file():
        return {}
    with Ledger.of(home) as ledger:
        actions = ledger.owner_actions()
    found: dict[Subject, list[OwnerAction]] = {}
    for action in actions:
        found.setdefault((action.feed, action.entity, action.subject), []).append(action)
    return {subject: Standing(tuple(history)) for subject, history in found.items()}
