"""A contract as the ledger keeps it, so that dbt and pages know the labels, the calendar and what is delivered.

Belongs here: translation only. Does not belong here: reading contracts, writing the ledger.
"""

from __future__ import annotations

from datetime import datetime

from sources.admission.dimensions import reject_dimensions
from sources.contract.feed import Entity, Feed, Field
from warehouse.ledger.records import FeedContract


def contract_records(feed: Feed, *, registered_at: datetime) -> list[FeedContract]:
    """One record per entity of the feed; `registered_at` is aware."""
    return [_record(feed, entity, registered_at) for entity in feed.entities.values()]


def _record(feed: Feed, entity: Entity, registered_at: datetime) -> FeedContract:
    return FeedContract(
        feed=feed.name,
        entity=entity.name,
        contract_sha256=feed.contract_sha256,
        contract_version=feed.version,
        label_zh=entity.label_zh,
        label_en=entity.label_en,
        feed_label_zh=feed.label_zh,
        feed_label_en=feed.label_en,
        domain=feed.domain,
        department_code=feed.department_code,
        department_zh=feed.department_zh,
        department_en=feed.department_en,
        owner=feed.owner,
        history=entity.history,
        time_zone=feed.time_zone,
        calendar=entity.calendar.model_dump(mode="json") if entity.calendar else {},
        fields=[_field(field) for field in entity.fields.values()],
        delivered=entity.delivered,
        simulated=feed.simulated,
        registered_at=registered_at,
        reject_dimensions=reject_dimensions(entity),
    )


def _field(field: Field) -> dict[str, object]:
    return {
        "name": field.name,
        "label_zh": field.label_zh,
        "label_en": field.label_en,
        "type": field.type,
        "unit": field.unit,
        "required": field.required,
        "key_position": field.key_position,
        "classification": field.classification,
        "protection": field.protection,
        "codes": dict(field.code_labels),
    }
