"""The whole walk of a feed's deliveries: offered, landed, recorded, admitted or held, and what a crash left repaired.

Belongs here: the order of the steps and what is remembered between runs. Does not belong here: transports
(`connectors/`), formats (`reading/`), judging rows (`admission/`), where files lie (`landing.py`, `placement.py`).

Every step may be the last one before a crash: bytes count once the ledger has the batch, rows count once the ledger
has decided it; anything before is done again and gives the same, because a batch's id follows from its bytes.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sources import placement
from sources.admission.outcome import Admission
from sources.admitting import Admitting
from sources.archive import delivered_mode
from sources.connectors.offer import FileSignature, Offer, Outcome, PullRequest, SourceUnavailable, connector
from sources.contract.environment import NotConfigured, resolve
from sources.contract.feed import Entity, Feed, Server
from sources.contract.registration import contract_records
from sources.contract.settings import Delivery
from sources.correction.inbox import SentCorrection, correction_batch, waiting
from sources.decision import STEPS, BatchOutcome, Recorded, conclude, recorded
from sources.landing import land, remove_unfinished
from sources.restating import outdated, restated
from sources.step_times import StepTimes
from warehouse.clock import now, today
from warehouse.home import Home
from warehouse.ledger import Batch, BatchEnvelope, BatchFile, BatchMode, Ledger, PullProblem

_LOG = logging.getLogger(__name__)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
__all__ = ["STEPS", "BatchOutcome", "Problem", "PullReport", "batch_id", "pull", "recover"]


@dataclass(frozen=True)
class Problem:
    """Something that kept deliveries from being taken in; the texts name the source and the remedy."""

    zh: str
    en: str
    entity: str | None = None


@dataclass
class PullReport:
    """What one pull of a feed decided, in order, and what it could not do."""

    feed: str
    batches: list[BatchOutcome] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    times: StepTimes = field(default_factory=StepTimes, compare=False)
    """Of the pull's own steps and those of its batches."""


def pull(
    feed: Feed,
    home: Home,
    ledger: Ledger,
    *,
    entities: Sequence[str] | None = None,
    period: tuple[date, date] | None = None,
    as_of: date | None = None,
    run_id: str,
    on_step: Callable[[str, str], None] | None = None,
) -> PullReport:
    """Take in everything new of a feed: undecided batches first, then held ones whose contract changed, then offers.

    `entities` limits it to some. `period` (both days inclusive, district-local) asks for these days again, whatever
    was pulled before; None is the usual run. `as_of` (default today) is the last day that is asked for.
    `on_step(step, batch_id)` is told each step of `STEPS` when it is done. Bad input and unreachable sources end up in
    the report, never in an exception; run under `warehouse.run_lock`.
    """
    report = PullReport(feed.name)
    ledger.register_contract(contract_records(feed, registered_at=now()))
    walk = _Walk(feed, home, ledger, run_id, as_of or today(feed.time_zone), period, report, on_step or _ignore_step)
    with walk.admitting:
        for name in feed.entities if entities is None else entities:
            walk.entity(feed.entities[name])
    for problem in report.problems:
        ledger.record_problem(PullProblem(run_id, feed.name, problem.entity, problem.zh, problem.en, now()))
    return report


def recover(home: Home, ledger: Ledger) -> None:
    """Clear what a killed run left half done; the next `pull` of the feed takes up its undecided batches.

    Call it first in every run, under `warehouse.run_lock`: it empties the workspace.
    """
    home.prepare()
    remove_unfinished(home)
    for leftover in home.workspace.iterdir():
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()
    placement.clear_strays(home, ledger.unfinished(), ledger.batches(status="held"))


def batch_id(feed: str, entity: str, sha256: str, period_start: date | None) -> str:
    """The id of a batch: the same bytes for the same entity and period are the same batch, whenever they come."""
    identity = "\n".join((feed, entity, sha256, period_start.isoformat() if period_start else ""))
    return "b" + hashlib.sha256(identity.encode()).hexdigest()[:20]


@dataclass
class _Walk:
    """One pull of one feed."""

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
                with self._folder() as workspace:
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
        self._left_behind(entity)

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
        envelope, files = correction_batch(
            self.feed, original, self.ledger.files(original.batch_id), sent, landed, self.run_id
        )
        if not self.ledger.known(envelope.batch_id):
            with self.ledger.begin() as transaction:
                transaction.record_landed(envelope, files)
                transaction.record_owner_correction(sent.as_record(envelope.batch_id))
            self.on_step("recorded", envelope.batch_id)
            self.admitting.begin(recorded(self.home, self.ledger, entity, delivery, envelope, files))
            self.admitting.conclude_all()
        sent.remove()

    def _left_behind(self, entity: Entity) -> None:
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
        request = PullRequest(
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
        )
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

    def _offer(self, offer: Offer) -> bool:
        """Take in an offer up to its admission, which may go on beside the next one's; False when it never began."""
        request = offer.request
        with self.report.times.step("fetching"):
            fetched = offer.fetch()
        if fetched is None:
            self._remember(offer, Outcome(held=False, recorded=False))
            return True
        self.on_step("fetched", offer.file_name)
        with self.report.times.step("landing and hashing"):
            landed = [(file, land(self.home, file.path)) for file in fetched.files]
        for file in fetched.files:
            file.path.unlink()
        self.on_step("landed", offer.file_name)
        mode = self._mode(offer, landed[0][1].path) if len(landed) == 1 else offer.mode
        if mode is None:
            self._remember(offer, Outcome(held=False, recorded=False))
            return True
        hashes = [kept.sha256 for _, kept in landed]
        sha256 = hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()
        identity = batch_id(self.feed.name, request.entity.name, sha256, offer.period_start)
        known = self.ledger.batch(identity)
        if known is not None:
            offer.recorded()
            self._remember(offer, Outcome(held=known.status == "held", recorded=False))
            return True
        envelope = BatchEnvelope(
            batch_id=identity,
            feed=self.feed.name,
            entity=request.entity.name,
            source=offer.source,
            delivery_mode=request.server.connection.connector,
            delivery_key=request.delivery.key,
            file_name=offer.file_name,
            sha256=sha256,
            bytes=sum(kept.bytes for _, kept in landed),
            received_at=offer.received_at,
            landed_at=now(),
            mode=mode,
            batch_order=self._order(offer),
            contract_version=self.feed.version,
            contract_sha256=self.feed.contract_sha256,
            run_id=self.run_id,
            simulated=self.feed.simulated,
            encoding_declared=_declared_encoding(request.delivery),
            generated_at=fetched.generated_at,
            period_start=offer.period_start,
            period_end=offer.period_end,
            batch_seq=offer.batch_seq,
            rows_declared=fetched.rows_declared,
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
            earlier = self.ledger.batches(feed=self.feed.name, entity=way[0])
            self.last_order[way] = max(
                (known.batch_order for known in earlier if known.delivery_key == way[1]), default=0
            )
        moment = (offer.received_at - _EPOCH) // timedelta(microseconds=1) * 1000
        self.last_order[way] = max(moment, self.last_order[way] + 1)
        return self.last_order[way]

    def _mode(self, offer: Offer, path: Path) -> BatchMode | None:
        return delivered_mode(path, offer.file_name, offer.request.delivery)

    def _remember(self, offer: Offer, outcome: Outcome) -> None:
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
    def _folder(self) -> Iterator[Path]:
        """A folder of the workspace for one delivery or batch, removed afterwards."""
        self.home.workspace.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{uuid.uuid4().hex[:8]}-", dir=self.home.workspace) as folder:
            yield Path(folder)


def _ignore_step(step: str, batch: str) -> None:
    return


def _folder_name(key: str) -> str:
    """A delivery's key as a folder name: topics and patterns hold what no file system takes."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _signatures(files: Iterable[BatchFile]) -> frozenset[FileSignature]:
    return frozenset(FileSignature(file.file_name, file.bytes, file.modified_at) for file in files)


def _declared_encoding(delivery: Delivery) -> str | None:
    """The encoding that the contract names; None where it leaves finding it to us."""
    encoding = getattr(delivery.file.format, "encoding", None) if delivery.file else None
    return None if encoding == "auto" else encoding
