"""What owners say and send, in the ledger: actions on the subjects of their feeds, and corrections of batches.

Belongs here: the records, the words of subjects, keeping and finding them. Does not belong here: who may act (there
are no accounts: `actor` is a name typed, or what a reverse proxy vouches for, and `actor_source` says which), which
subjects wait for the owner (`warehouse.read.owner_desk`).

A subject names what an action is about, within one entity: `batch/<batch_id>` (a batch held as a whole),
`check/<check_key>` (a check that did not pass), `reject/<reason_code>` (rows rejected for a reason),
`due/<last day of the period>` (a delivery that is late or missing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa

from warehouse.ledger.access import Access, columns_of, insert, row_of
from warehouse.ledger.schema.owner_actions import owner_action, owner_correction

ActionWord = Literal["acknowledged", "explained", "promised", "resolved"]
ActorSource = Literal["typed", "proxy", "command"]
SubjectKind = Literal["batch", "check", "reject", "due"]

# A name and an explanation that fit a line and a paragraph of the leaders' pages.
MOST_NAME_LETTERS = 60
MOST_EXPLANATION_LETTERS = 600


def subject(kind: SubjectKind, key: str) -> str:
    """The subject of that kind, e.g. `subject("batch", batch_id)`."""
    return f"{kind}/{key}"


class ActionRefused(ValueError):
    """An action lacks what its kind needs; `zh` and `en` say what."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__(f"{zh} / {en}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOwnerAction:
    """An action to keep. `promised_on` (district-local) belongs to a promise and to nothing else."""

    feed: str
    entity: str
    subject: str
    action: ActionWord
    actor: str
    actor_source: ActorSource
    at: datetime
    explanation: str | None = None
    promised_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerAction(NewOwnerAction):
    """A row of the history; `seq` grows with each row."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerCorrection:
    """Which batch is the owner's correction of which other, and who sent it when."""

    batch_id: str
    corrects: str
    sent_by: str
    sender_source: ActorSource
    sent_at: datetime
    rows_corrected: int
    rows_removed: int


class OwnerMethods(Access):
    """Ledger methods about owners' actions and corrections."""

    def record_owner_action(self, action: NewOwnerAction) -> None:
        """Append an action to the history. Raises ActionRefused when it lacks what its kind needs."""
        _require_whole(action)
        with self._writing() as connection:
            insert(connection, owner_action, [row_of(action)])

    def owner_actions(
        self, *, feed: str | None = None, entity: str | None = None, subject: str | None = None
    ) -> list[OwnerAction]:
        """Actions that meet every condition given, oldest first."""
        statement = sa.select(owner_action).order_by(owner_action.c.seq)
        wanted = {"feed": feed, "entity": entity, "subject": subject}
        chosen = {name: value for name, value in wanted.items() if value is not None}
        return self._records(OwnerAction, statement.filter_by(**chosen))

    def standing_promises(self, *, feed: str | None = None) -> list[OwnerAction]:
        """The newest promise of each subject that has not been resolved since, kept or broken: its day may have passed.

        One a subject, oldest first.
        """
        newest: dict[tuple[str, str, str], OwnerAction] = {}
        for action in self.owner_actions(feed=feed):
            place = (action.feed, action.entity, action.subject)
            if action.action == "promised":
                newest[place] = action
            elif action.action == "resolved":
                newest.pop(place, None)
        return sorted(newest.values(), key=lambda action: action.seq)

    def record_owner_correction(self, correction: OwnerCorrection) -> None:
        """Keep that a landed batch is an owner's correction; in the transaction that records the batch."""
        with self._writing() as connection:
            insert(connection, owner_correction, [row_of(correction)])

    def owner_corrections(
        self, *, batch_ids: Sequence[str] | None = None, corrects: str | None = None
    ) -> list[OwnerCorrection]:
        """Corrections by their own batch, or by the batch that they correct, in the order sent."""
        statement = sa.select(*columns_of(owner_correction)).order_by(
            owner_correction.c.sent_at, owner_correction.c.batch_id
        )
        if batch_ids is not None:
            statement = statement.where(owner_correction.c.batch_id.in_(list(batch_ids)))
        if corrects is not None:
            statement = statement.where(owner_correction.c.corrects == corrects)
        return self._records(OwnerCorrection, statement)

    def correction_depth(self, batch_id: str) -> int:
        """How many corrections led to the batch: 0 for a delivery of the department, 1 for its correction, 2 for the
        correction of that."""
        with self._reading() as connection:
            return correction_depth(connection, batch_id)


def correction_depth(connection: sa.Connection, batch_id: str) -> int:
    """As the method, within a transaction."""
    depth, current = 0, batch_id
    while corrected := corrected_by(connection, current):
        depth, current = depth + 1, corrected
    return depth


def corrected_by(connection: sa.Connection, batch_id: str) -> str | None:
    """The batch that an owner's correction corrects; None for any other batch."""
    found: str | None = connection.execute(
        sa.select(owner_correction.c.corrects).where(owner_correction.c.batch_id == batch_id)
    ).scalar()
    return found


def _require_whole(action: NewOwnerAction) -> None:
    if not action.actor.strip() or len(action.actor) > MOST_NAME_LETTERS:
        raise ActionRefused(
            f"请填写姓名（不超过 {MOST_NAME_LETTERS} 字）。", f"Give your name (at most {MOST_NAME_LETTERS} letters)."
        )
    if action.explanation is not None and len(action.explanation) > MOST_EXPLANATION_LETTERS:
        raise ActionRefused(
            f"说明不能超过 {MOST_EXPLANATION_LETTERS} 字，现有 {len(action.explanation)} 字；请写得简短些。",
            f"At most {MOST_EXPLANATION_LETTERS} letters, not {len(action.explanation)}; make it shorter.",
        )
    if action.action == "explained" and not (action.explanation or "").strip():
        raise ActionRefused("请写明原因再提交。", "Say why before you send the explanation.")
    if (action.action == "promised") != (action.promised_on is not None):
        raise ActionRefused("请选择承诺解决的日期。", "Choose the day by which it will be resolved.")
