"""A batch that an owner may correct: its delivery, its landed files, the workbooks that corrected it before.

Belongs here: finding these in the ledger, and saying why a batch cannot be corrected. Does not belong here: rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sources.admission.outcome import LandedFile
from sources.contract.feed import Entity, Feed
from sources.contract.loading import load_feeds
from sources.contract.settings import Delivery
from sources.landing import landed_path
from warehouse.home import Home
from warehouse.ledger import Batch, BatchFile, Ledger


class NotCorrectable(Exception):
    """A batch takes no correction; `zh` and `en` say why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__(f"{zh} / {en}")


@dataclass(frozen=True, slots=True)
class CorrectedBatch:
    """A batch with everything that admission needs to read it again. `workbooks` are those of the corrections that led
    to it, the first one first."""

    batch: Batch
    feed: Feed
    entity: Entity
    delivery: Delivery
    files: tuple[LandedFile, ...]
    workbooks: tuple[LandedFile, ...]

    def file_name(self, position: int) -> str:
        """The name under which the file of that position was delivered."""
        return next((file.file_name for file in self.files if file.position == position), self.batch.file_name)


def corrected_batch(
    home: Home, ledger: Ledger, batch_id: str, feeds: Mapping[str, Feed] | None = None
) -> CorrectedBatch:
    """The batch to correct, by the contracts in force or those given. Raises NotCorrectable."""
    batch = ledger.batch(batch_id)
    if batch is None:
        raise NotCorrectable(f"台账里没有批次 {batch_id}。", f"The ledger has no batch {batch_id}.")
    if batch.status not in ("admitted", "held") or batch.superseded_by is not None:
        later = batch.superseded_by
        raise NotCorrectable(
            f"批次 {batch_id} 已被更新的报送{f' {later} ' if later else ''}取代，不再需要更正；请刷新页面。",
            f"Batch {batch_id} was replaced by a later delivery{f' {later}' if later else ''}; reload the page.",
        )
    feed = (load_feeds() if feeds is None else feeds).get(batch.feed)
    entity = feed.entities.get(batch.entity) if feed else None
    delivery = next((way for way in entity.deliveries if way.key == batch.delivery_key), None) if entity else None
    if feed is None or entity is None or delivery is None:
        raise NotCorrectable(
            f"数据合同已不再包含批次 {batch_id} 的交付方式（{batch.delivery_key}），无法更正；请联系平台工程师。",
            f"The contract has no delivery {batch.delivery_key} of batch {batch_id} any more; ask the engineers.",
        )
    files, workbooks = parted(home, ledger, batch_id, ledger.files(batch_id))
    return CorrectedBatch(batch, feed, entity, delivery, tuple(files), tuple(workbooks))


def parted(
    home: Home, ledger: Ledger, batch_id: str, files: Sequence[BatchFile]
) -> tuple[list[LandedFile], list[LandedFile]]:
    """The landed files of a batch: those of the department, and the owner's workbooks at their end."""
    landed = [
        LandedFile(position, file.file_name, landed_path(home, file.sha256), file.sha256, file.bytes)
        for position, file in enumerate(files)
    ]
    delivered = len(landed) - ledger.correction_depth(batch_id)
    return landed[:delivered], landed[delivered:]
