"""What is owed to whom, and sending it: each part of a cause once to each target, a digest once a day.

Belongs here: comparing open causes with the log, bundling, claiming, sending, retrying. Does not belong here: what is
wrong (`causes.py`), words (`message.py`), how a channel works (`channels.py`).

Every attempt is in the ledger before anything leaves: a crash between the two, or between sending and its record,
leaves an attempt that only began. It is made once more, and says that it may be a repeat. A failed one is made again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from warehouse.clock import now
from warehouse.ledger import Ledger
from warehouse.ledger.notifications import Notification, NotificationKind
from warehouse.notify import message
from warehouse.notify.causes import Cause, still_owed
from warehouse.notify.channels import described, send
from warehouse.notify.settings import NotifySettings, Recipient, target
from warehouse.read.overview import ChangedIndicator

Send = Callable[[str, str, str], str | None]

# More new causes at once than this become one message: somebody begins to be notified, or a whole network is down.
_MOST_MESSAGES = 4
# A channel that refuses for so long needs a person; `district notify` then says so.
MOST_ATTEMPTS = 5
# What is not begun by then waits for the next time: a run is not kept waiting by slow channels.
_BUDGET_SECONDS = 60.0
# An attempt takes 20 seconds at most (`channels.py`): whoever began one so long ago without an outcome has died.
_INTERRUPTED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one message. `state`: sent, failed, shown (dry run), waiting (no time left, or the channel failed
    before in this round), given_up (failed too often)."""

    recipient: str
    channel: str
    title: str
    body: str
    state: Literal["sent", "failed", "shown", "waiting", "given_up"]
    error: str | None = None


@dataclass
class Round:
    """All messages of one round, and causes that no recipient is configured for."""

    delivered: list[Delivered] = field(default_factory=list)
    unheard: list[Cause] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Owed:
    kind: NotificationKind
    parts: tuple[str, ...]
    message: message.Message
    again: bool = False
    """Whether an attempt about some part was interrupted, so that it may have arrived."""


def notify(
    ledger: Ledger,
    settings: NotifySettings,
    causes: Sequence[Cause],
    published: message.Published | None,
    *,
    today: date,
    digest: bool = False,
    dry_run: bool = False,
    send: Send = send,
) -> Round:
    """Tell every recipient what is new to him, or with `digest` what is open; `today` is district-local.

    Sends at most `_BUDGET_SECONDS` long plus one attempt; never raises for a channel.
    """
    done = Round(unheard=[one for one in causes if not any(_concerns(who, one) for who in settings.recipients)])
    end = time.monotonic() + _BUDGET_SECONDS
    for who in settings.recipients:
        mine = [one for one in causes if _concerns(who, one)]
        for channel in who.channels:
            log = ledger.notifications(target=target(who, channel))
            if digest:
                owed = _digest(who, mine, published, settings.app_address, today, log)
            else:
                owed = _news(who, mine, published, settings.app_address, today, log)
            done.delivered += _round(ledger, who, channel, owed, log, end, send, dry_run=dry_run)
    return done


def _concerns(who: Recipient, cause: Cause) -> bool:
    """Causes of no department (a failed publication) are for those who answer for all."""
    return who.concerned(cause.departments)


def _news(
    who: Recipient,
    causes: Sequence[Cause],
    published: message.Published | None,
    address: str | None,
    today: date,
    log: Sequence[Notification],
) -> list[_Owed]:
    if "cause" not in who.wants:
        return []
    told, doubtful = _told(log), _interrupted(log)
    new = [rest for one in causes if (rest := still_owed(one, told=told - doubtful, today=today)) is not None]

    def owed(these: Sequence[Cause], said: message.Message) -> _Owed:
        parts = tuple(part.key for one in these for part in one.parts)
        again = not doubtful.isdisjoint(parts)
        return _Owed("cause", parts, message.perhaps_repeated(said) if again else said, again)

    if len(new) > _MOST_MESSAGES:
        return [owed(new, message.of_causes(new, published, address))]
    return [owed([one], message.of_cause(one, published, address)) for one in new]


def _digest(
    who: Recipient,
    causes: Sequence[Cause],
    published: message.Published | None,
    address: str | None,
    today: date,
    log: Sequence[Notification],
) -> list[_Owed]:
    if "digest" not in who.wants:
        return []
    told = _told(log)
    parts = [f"digest/{today}"]
    if parts[0] in told:
        return []
    if published is not None:
        part = f"publication/{published.info.snapshot_id}"
        # What a publication changed is news once, however long it stays the current one.
        new = [] if part in told else [one for one in published.changes if _answers_for(who, one, published)]
        published = replace(published, changes=new)
        parts += [part] if new else []
    if not causes and (published is None or not published.changes):
        return []  # a message without news teaches people not to read the next one
    return [_Owed("digest", tuple(parts), message.of_digest(causes, published, address))]


def _answers_for(who: Recipient, change: ChangedIndicator, published: message.Published) -> bool:
    row = published.rows.get(change.indicator_code)
    return row is not None and who.concerned((row.department_code or "",))


def _told(log: Sequence[Notification]) -> set[str]:
    """Parts of messages that arrived, or may have."""
    last = {row.message_key: row for row in log}
    return {part for row in last.values() if row.state != "failed" for part in row.parts}


def _interrupted(log: Sequence[Notification]) -> set[str]:
    """Parts of messages that may have arrived or not: their sender died. What was sent since is not among them."""
    last = {row.message_key: row for row in log}
    sent = {part for row in last.values() if row.state == "sent" for part in row.parts}
    begun = [row for row in last.values() if row.state == "begun" and row.at < now() - _INTERRUPTED]
    return {part for row in begun for part in row.parts} - sent


def _round(
    ledger: Ledger,
    who: Recipient,
    channel: str,
    owed: Sequence[_Owed],
    log: Sequence[Notification],
    end: float,
    send: Send,
    *,
    dry_run: bool,
) -> list[Delivered]:
    failures = Counter(part for row in log if row.state == "failed" for part in row.parts)
    made: list[Delivered] = []
    broken = False
    for one in owed:
        outcome = Delivered(who.name, described(channel), one.message.title, one.message.body, "shown")
        if dry_run:
            made.append(outcome)
        # A new part is no reason to stay silent because others were given up.
        elif min((failures[part] for part in one.parts), default=0) >= MOST_ATTEMPTS:
            last = next((row.error for row in reversed(log) if row.state == "failed"), None)
            made.append(replace(outcome, state="given_up", error=last))
        elif broken or time.monotonic() > end:
            made.append(replace(outcome, state="waiting"))
        else:
            attempt = _attempt(ledger, who, channel, one, send)
            if attempt is not None:
                made.append(attempt)
                broken = attempt.state == "failed"
    return made


def _attempt(ledger: Ledger, who: Recipient, channel: str, owed: _Owed, send: Send) -> Delivered | None:
    """None when another process, or an earlier one that crashed, has this very message."""
    where = target(who, channel)
    identity = json.dumps(
        [where, owed.kind, sorted(owed.parts), *(["again"] if owed.again else [])], ensure_ascii=False
    )
    row = Notification(
        message_key=hashlib.sha256(identity.encode()).hexdigest(),
        target=where,
        recipient=who.name,
        channel=described(channel),
        kind=owed.kind,
        parts=list(owed.parts),
        title=owed.message.title,
        body=owed.message.body,
        state="begun",
        at=now(),
    )
    if not ledger.claim_notification(row):
        return None
    error = send(channel, owed.message.title, owed.message.body)
    state: Literal["sent", "failed"] = "sent" if error is None else "failed"
    ledger.record_notification(replace(row, state=state, error=error, at=now()))
    return Delivered(who.name, row.channel, row.title, row.body, state, error)
