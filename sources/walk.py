"""One walk over the deliveries of a feed: each offer landed, recorded, judged and concluded, in order.

Belongs here: the order of the steps, what becomes of what earlier runs left, problems. Does not belong here: transports
(`connectors/`), formats (`reading/`), judging rows (`admission/`), what calls a walk (`intake.py`).
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sources.admission.outcome import Admission
from sources.admitting import Admitting
from sources.archive import delivered_mode
from sources.connectors.offer import (
    FileSignature,
    Offer,
    Outcome,
    PullRequest,
    SourceUnavailable,
    Waiting,
    connector,
)
from sources.contract.environment import NotConfigured, resolve
from sources.contract.feed import Entity, Feed, Server
from sources.contract.settings import Delivery
from sources.control_file import mismatch
from sources.correction.inbox import SentCorrection, correction_batch, waiting
from sources.decision import Recorded, conclude, recorded
from sources.envelope import batch_id, envelope_of, joint_sha256
from sources.landing import land
from sources.pull_report import Problem, PullReport
from sources.restating import outdated, restated
from sources.unfinished import overdue, patience, waiting_delivery
from warehouse.clock import now
from warehouse.home import Home
from warehouse.ledger import Batch, BatchFile, BatchMode, Ledger

_LOG = logging.getLogger(__name__)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class FeedWalk:
    """One pull of one feed; what comes of it is in `report`."""

    feed: Feed
    home: Home
    ledger: Ledger
    run_id: str
    as_of: date
    period: tuple[date, date] | None
    report: PullReport
    on_step: Callable[[str, str], None]
    last_order: dict[tuple[str, str], int] = field(default_factory=dict)
    """Entity and delivery key -> largest rank so far, of deliveries that the moment of the pull ranks."""
    admitting: Admitting = field(init=False)

    def __post_init__(self) -> None:
        self.home.workspace.mkdir(parents=True, exist_ok=True)
        self.admitting = Admitting(self.home, self.feed, self._conclude)

    def entity(self, entity: Entity) -> None:
        """Everything of one entity."""
        for batch in self.ledger.batches(feed=self.feed.name, entity=entity.name, status=("landed", "parsed")):
            self._take_up(entity, batch)
        for batch in self.ledger.batches(feed=self.feed.name, entity=entity.name, status="held"):
            if batch.contract_sha256 != self.feed.contract_sha256 and batch.superseded_by is None:
                self._take_up(entity, batch)
        self.admitting.conclude_all()
        for delivery in entity.deliveries:
            try:
                server = resolve(self.feed.servers[delivery.server])
                with self.folder() as workspace:
                    self._delivery(entity, delivery, server, workspace)
            except (NotConfigured, SourceUnavailable) as problem:
                self._problem(problem.zh, problem.en, entity)
            except Exception as error:  # noqa: BLE001 - a delivery that we fail on must not stop the others
                self._fault(f"交付 {delivery.key}", f"delivery {delivery.key}", error, entity)
            finally:
                self.admitting.conclude_all()
        for batch in outdated(self.home, self.ledger, self.feed, entity):
            self._restate(entity, batch)
        for sent in waiting(self.home, self.feed.name, entity.name):
            self._correction(entity, sent)
        self.left_behind(entity)

    def _restate(self, entity: Entity, original: Batch) -> None:
        """A batch that other corrections of known errors concern than when it was admitted: judged once more."""
        delivery = next((way for way in entity.deliveries if way.key == original.delivery_key), None)
        if delivery is None:
            return  # its way in is gone from the contract, and what it brought stays as it is
        envelope = restated(self.feed, original, self.run_id)
        if self.ledger.known(envelope.batch_id):
            return
        files = self.ledger.files(original.batch_id)
        with self.ledger.begin() as transaction:
            transaction.record_landed(envelope, files)
            transaction.record_restatement(envelope.batch_id, original.batch_id)
        self.on_step("recorded", envelope.batch_id)
        self.admitting.begin(recorded(self.home, self.ledger, entity, delivery, envelope, files))
        self.admitting.conclude_all()

    def _correction(self, entity: Entity, sent: SentCorrection) -> None:
        """An owner's correction: the bytes that it corrects once more, and his workbook (decision 32)."""
        original = self.ledger.batch(sent.corrects)
        # Two workbooks of one batch: the second one corrects what the first one made of it.
        while original is not None and (corrected := self._correction_in_place_of(original)) is not None:
            original = corrected
        delivery = next((way for way in entity.deliveries if original and way.key == original.delivery_key), None)
        if original is None or delivery is None:
            self._problem(
                f"更正 {sent.file_name} 所指的批次 {sent.corrects} 不在台账中，或合同已不再包含其交付方式；"
                "请恢复后重新运行",
                f"correction {sent.file_name}: the ledger has no batch {sent.corrects}, or the contract no longer has "
                "its delivery; restore it and run again",
                entity,
            )
            return
        landed = land(self.home, sent.workbook)
        self.on_step("landed", sent.file_name)
        before = self.ledger.files(original.batch_id)
        sent = replace(sent, corrects=original.batch_id)
        envelope, files = correction_batch(self.feed, original, before, sent, landed, self.run_id)
        taken_in = any(file.sha256 == landed.sha256 for file in before)  # the same workbook, or a crash before its end
        if not taken_in and not self.ledger.known(envelope.batch_id):
            with self.ledger.begin() as transaction:
                transaction.record_landed(envelope, files)
                transaction.record_owner_correction(sent.as_record(envelope.batch_id))
            self.on_step("recorded", envelope.batch_id)
            self.admitting.begin(recorded(self.home, self.ledger, entity, delivery, envelope, files))
            self.admitting.conclude_all()
        sent.remove()

    def _correction_in_place_of(self, batch: Batch) -> Batch | None:
        """The owner's correction that stands in the place of the batch; None where something else does, or nothing."""
        later = self.ledger.batch(batch.superseded_by) if batch.superseded_by else None
        of_owner = self.ledger.owner_corrections(batch_ids=[later.batch_id]) if later else []
        return later if any(one.corrects == batch.batch_id for one in of_owner) else None

    def left_behind(self, entity: Entity) -> None:
        """Messages that a crash left in the spool of a delivery that the contract has no longer: nobody lands them."""
        own = {_folder_name(delivery.key) for delivery in entity.deliveries}
        for file in sorted(self._spool(entity).glob("*/*")):
            if file.parent.name not in own:
                self._problem(
                    f"{file} 里还有合同已删除或改名的交付收到的消息；请恢复该交付并重新运行后再改合同，或删除该文件",
                    f"{file} holds messages of a delivery that the contract has dropped or renamed; restore it and run "
                    "again before changing the contract, or delete the file",
                    entity,
                )

    def _spool(self, entity: Entity) -> Path:
        return self.home.spool / self.feed.name / entity.name

    def _delivery(self, entity: Entity, delivery: Delivery, server: Server, workspace: Path) -> None:
        unfinished: list[Waiting] = []
        request = self.request(entity, delivery, server, workspace, unfinished.append)
        for offer in connector(server.connection.connector).offers(request):
            try:
                settled = self._offer(offer)
            except SourceUnavailable as problem:
                self._problem(problem.zh, problem.en, entity)
                settled = False
            if delivery.file is not None:
                continue  # files are independent
            if not (self.admitting.conclude_all() and settled):
                break  # a position in the source cannot pass what is not settled
        if is_awaited(delivery) and self.period is None:
            self._waiting(entity, delivery, unfinished)

    def _waiting(self, entity: Entity, delivery: Delivery, unfinished: Sequence[Waiting]) -> None:
        """Keep which deliveries are not whole; one that stays so past its deadline is a problem."""
        found = [waiting_delivery(entity, delivery, one) for one in unfinished]
        self.ledger.set_waiting(self.feed.name, entity.name, delivery.key, found)
        self.report.waiting += found
        for one in found:
            if now() > patience(entity, one, self.feed.time_zone):
                self._problem(*overdue(one), entity)

    def request(
        self,
        entity: Entity,
        delivery: Delivery,
        server: Server,
        workspace: Path,
        waits: Callable[[Waiting], None],
    ) -> PullRequest:
        """What the source is asked for: all since the last pull, or the days that are asked for again."""
        return PullRequest(
            feed=self.feed,
            entity=entity,
            delivery=delivery,
            server=server,
            since=self.ledger.watermark(self.feed.name, entity.name, delivery.key),
            period=self.period,
            as_of=self.as_of,
            workspace=workspace,
            spool=self._spool(entity) / _folder_name(delivery.key),
            known=_signatures(self.ledger.delivered_files(self.feed.name, entity.name, delivery.key)),
            waits=waits,
        )

    def _offer(self, offer: Offer) -> bool:
        """Take in an offer up to its admission, which may go on beside the next one's; False when it never began."""
        request = offer.request
        with self.report.times.step("fetching"):
            fetched = offer.fetch()
        if fetched is None:
            self.remember(offer, Outcome(held=False, recorded=False))
            return True
        self.on_step("fetched", offer.file_name)
        with self.report.times.step("landing and hashing"):
            landed = [(file, land(self.home, file.path)) for file in fetched.files]
        for file in fetched.files:
            file.path.unlink()
        self.on_step("landed", offer.file_name)
        mode = self._mode(offer, landed[0][1].path) if len(landed) == 1 else offer.mode
        if mode is None:
            self.remember(offer, Outcome(held=False, recorded=False))
            return True
        sha256 = joint_sha256([kept.sha256 for _, kept in landed])
        # Bytes that are not what their sender declares are another delivery than the same bytes declared rightly.
        wrong = mismatch(fetched.checksum_declared, [(file.file_name, kept.path) for file, kept in landed])
        told = sha256 if wrong is None else f"{sha256}\n{fetched.checksum_declared}"
        identity = batch_id(self.feed.name, request.entity.name, told, offer.period_start)
        known = self.ledger.batch(identity)
        if known is not None:
            offer.recorded()
            self.remember(offer, Outcome(held=known.status == "held", recorded=False))
            return True
        envelope = envelope_of(
            self.feed,
            offer,
            fetched,
            batch=identity,
            sha256=sha256,
            size=sum(kept.bytes for _, kept in landed),
            mode=mode,
            rank=self._order(offer),
            run_id=self.run_id,
        )
        files = [BatchFile(file.file_name, kept.sha256, kept.bytes, file.modified_at) for file, kept in landed]
        with self.report.times.step("ledger"):
            self.ledger.record_landed(envelope, files)
        offer.recorded()
        self.on_step("recorded", identity)
        self.admitting.begin(
            recorded(
                self.home,
                self.ledger,
                request.entity,
                request.delivery,
                envelope,
                files,
                watermark=offer.watermark,
                on_the_way=fetched.treatments,
            )
        )
        return True

    def _take_up(self, entity: Entity, batch: Batch) -> None:
        """Decide a batch whose bytes have landed before."""
        delivery = next((way for way in entity.deliveries if way.key == batch.delivery_key), None)
        if delivery is None:
            if batch.status != "held":
                self.ledger.decide(
                    batch.batch_id,
                    "held",
                    reason_zh=f"合同已不再包含这种交付方式（{batch.delivery_key}）；请恢复后重新运行",
                    reason_en=f"the contract has no delivery {batch.delivery_key} any more; restore it and run again",
                )
            return
        files = self.ledger.files(batch.batch_id)
        self.admitting.begin(recorded(self.home, self.ledger, entity, delivery, batch, files))

    def _conclude(self, batch: Recorded, verdict: Callable[[], Admission], workspace: Path) -> bool:
        """Whether the batch could be decided; if not, that is a fault of ours and the next run tries again."""
        try:
            outcome = conclude(
                self.home,
                self.ledger,
                self.feed,
                batch,
                verdict(),
                workspace=workspace,
                run_id=self.run_id,
                on_step=self.on_step,
            )
        except Exception as error:  # noqa: BLE001 - one batch that we fail on must not stop the others
            name = f"{batch.envelope.batch_id} ({batch.envelope.file_name})"
            self._fault(f"批次 {name}", f"batch {name}", error, batch.entity)
            return False
        self.report.batches.append(outcome)
        self.report.times.add(outcome.seconds)
        return True

    def _order(self, offer: Offer) -> int:
        """Rank of the delivery: the connector's, else the moment of the pull, but after all that it pulled before."""
        if offer.batch_order is not None:
            return offer.batch_order
        way = (offer.request.entity.name, offer.request.delivery.key)
        if way not in self.last_order:
            self.last_order[way] = self.ledger.largest_order(self.feed.name, *way)
        moment = (offer.received_at - _EPOCH) // timedelta(microseconds=1) * 1000
        self.last_order[way] = max(moment, self.last_order[way] + 1)
        return self.last_order[way]

    def _mode(self, offer: Offer, path: Path) -> BatchMode | None:
        return delivered_mode(path, offer.file_name, offer.request.delivery)

    def remember(self, offer: Offer, outcome: Outcome) -> None:
        """Keep how far the source was read, where the offer says so."""
        value = offer.watermark(outcome)
        if value is not None:
            request = offer.request
            self.ledger.set_watermark(self.feed.name, request.entity.name, request.delivery.key, value)

    def _fault(self, zh: str, en: str, error: Exception, entity: Entity) -> None:
        """A fault of ours: logged with its trace, reported, and tried again by the next run."""
        _LOG.error("%s of %s.%s failed", en, self.feed.name, entity.name, exc_info=error)
        reason = f"{type(error).__name__}: {error}"
        self._problem(
            f"{zh} 在平台内部处理时出错，下次运行会重试：{reason}",
            f"{en} failed inside the platform, the next run tries again: {reason}",
            entity,
        )

    def _problem(self, zh: str, en: str, entity: Entity) -> None:
        self.report.problems.append(Problem(zh, en, entity.name))

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A folder of the workspace for one delivery or batch, removed afterwards."""
        self.home.workspace.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{uuid.uuid4().hex[:8]}-", dir=self.home.workspace) as folder:
            yield Path(folder)


def is_awaited(delivery: Delivery) -> bool:
    """Whether its files count once their control file is there."""
    return delivery.file is not None and delivery.file.control_file is not None


def _folder_name(key: str) -> str:
    """A delivery's key as a folder name: topics and patterns hold what no file system takes."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _signatures(files: Iterable[BatchFile]) -> frozenset[FileSignature]:
    return frozenset(FileSignature(file.file_name, file.bytes, file.modified_at) for file in files)
