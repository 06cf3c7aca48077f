"""Every reason that admission may give against a row has a dimension of GB/T 36344."""

from __future__ import annotations

import pytest

from sources.admission.dimensions import reject_dimensions
from sources.admission.duplicates import HARMLESS, LATE_REASONS
from sources.admission.findings import reasons_of
from sources.contract.feed import Entity
from sources.contract.loading import load_feeds
from sources.reading.relation import BROKEN_ROW_REASONS

ENTITIES = [entity for feed in load_feeds([]).values() for entity in feed.entities.values()]


@pytest.mark.parametrize("entity", ENTITIES, ids=[f"{one.feed}.{one.name}" for one in ENTITIES])
def test_each_reason_has_a_dimension(entity: Entity) -> None:
    codes = {reason.code for reason in reasons_of(entity)} | LATE_REASONS.keys() | BROKEN_ROW_REASONS.keys()

    found = reject_dimensions(entity)

    assert found.keys() == codes - HARMLESS
    assert {rule.name: found[rule.name] for rule in entity.row_rules} == {
        rule.name: rule.dimension for rule in entity.row_rules
    }
