"""What a run has to tell people: gathered, and handed to those who send it.

Belongs here: gathering what a run knows. Does not belong here: what is wrong, whom to tell, sending
(`warehouse.notify`), Dagster's sensors and schedule (`notification_triggers.py`). Notifying needs no lock and never
turns a run red: what cannot be sent is told, logged and tried again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from orchestration.verdict import Reason, open_held_batches
from warehouse import clock
from warehouse.district import district
from warehouse.home import Home
from warehouse.ledger import Ledger, PullProblem
from warehouse.notify.causes import Fault, open_causes
from warehouse.notify.delivery import Round, notify
from warehouse.notify.message import Published
from warehouse.notify.settings import NotifyError, load_settings
from warehouse.read import NothingPublished, SnapshotReader
from warehouse.read.overview import changes, overview, snapshot_info


@dataclass(frozen=True, slots=True)
class Notified:
    """What came of one round. `done` None: nobody is configured (`problem` None), or the settings cannot be used."""

    done: Round | None
    problem: Reason | None = None


def send_notifications(
    home: Home,
    feeds: Collection[str],
    *,
    stopped: Sequence[Reason] = (),
    run_id: str = "",
    digest: bool = False,
    dry_run: bool = False,
) -> Notified:
    """Tell recipients what is new, or with `digest` what is open. Never raises for settings, network or channels.

    `stopped` is what kept run `run_id` from building or publishing; deliveries, figures and sources are looked up.
    """
    try:
        settings = load_settings(home)
    except NotifyError as error:
        return Notified(None, Reason(error.zh, error.en))
    if settings is None:
        return Notified(None)
    try:
        with Ledger.of(home) as ledger:
            reader, published = _published(home)
            found = open_causes(
                reader,
                ledger,
                held=open_held_batches(ledger, feeds),
                problems=_last_problems(ledger, feeds),
                faults=[Fault(run_id, reason.zh, reason.en) for reason in stopped],
            )
            today = clock.today(district().time_zone)
            return Notified(notify(ledger, settings, found, published, today=today, digest=digest, dry_run=dry_run))
    except Exception as error:  # noqa: BLE001 - a fault of notifying must not become a fault of the run
        said = f"{type(error).__name__}: {error}"
        return Notified(None, Reason(f"通知未能完成：{said}", f"notifying failed: {said}"))


def _published(home: Home) -> tuple[SnapshotReader | None, Published | None]:
    try:
        reader = SnapshotReader(home)
    except NothingPublished:
        return None, None
    rows = {row.indicator_code: row for row in overview(reader)}
    return reader, Published(snapshot_info(reader), rows, changes(reader))


def _last_problems(ledger: Ledger, feeds: Collection[str]) -> list[PullProblem]:
    """What the newest run that asked a feed could not read; earlier problems are over, or are problems of it too."""
    last_pull = ledger.last_pulls()
    return [one for one in ledger.problems() if one.feed in feeds and one.run_id == last_pull(one.feed)]
