"""What steps share during a run: the home, its ledger, the right to write, the tags of the run.

Belongs here: Dagster resources and their lifetime. Does not belong here: anything a step does with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import PrivateAttr

from orchestration.run_tags import RunTags
from orchestration.writing import writing
from sources.intake import recover
from warehouse import clock
from warehouse.district import district
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.publish.recovery import repair


class HomeResource(dg.ConfigurableResource):  # type: ignore[type-arg]  # generic over an object that we do not make
    """The home of this installation, held for writing as long as the run lasts; repaired before the first step."""

    _home: Home = PrivateAttr()
    _ledger: Ledger = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[HomeResource]:
        """Take the lock, open the ledger, repair what a killed run left behind."""
        self._home = Home.from_environment().prepare()
        with writing(self._home), Ledger.of(self._home) as self._ledger:
            recover(self._home, self._ledger)
            repair(self._home, self._ledger)
            yield self

    @property
    def home(self) -> Home:
        """Paths of the home."""
        return self._home

    @property
    def ledger(self) -> Ledger:
        """The open ledger."""
        return self._ledger

    def tags(self, context: dg.AssetExecutionContext) -> RunTags:
        """What the run is about; today in the district's zone where the run does not say another day."""
        return RunTags.from_dagster(
            context.run.tags, run_id=context.run.run_id, today=clock.today(district().time_zone)
        )
