"""Batches under admission: a few are judged at the same time, and concluded in the order in which they were delivered.

Belongs here: how many at once, and keeping the order. Does not belong here: judging and concluding (`decision.py`),
which batches there are (`intake.py`).

Judging a small delivery is one statement planned and run on one core; beside another one it costs no time of its own.
Everything that the ledger or the raw layer sees happens here in the caller's thread, one batch after the other.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sources.admission.outcome import Admission
from sources.contract.feed import Feed
from sources.decision import Recorded, judge
from warehouse.home import Home

# From here on one statement keeps all cores busy, and two of them would need twice the memory.
_ALONE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class _Judging:
    batch: Recorded
    workspace: Path
    verdict: Future[Admission]


@dataclass
class Admitting:
    """Judges batches beside each other, and hands each with its verdict and workspace to `conclude`, in order.

    `conclude` gets `verdict()` to call: it raises what judging raised; its answer says whether the batch is decided.
    A workspace is gone once its batch is concluded.
    """

    home: Home
    feed: Feed
    conclude: Callable[[Recorded, Callable[[], Admission], Path], bool]
    at_once: int = field(default_factory=lambda: os.cpu_count() or 1)
    _waiting: deque[_Judging] = field(default_factory=deque, init=False)
    _threads: ThreadPoolExecutor = field(init=False)

    def __enter__(self) -> Self:
        """Start with nothing under admission."""
        self._threads = ThreadPoolExecutor(self.at_once, thread_name_prefix="admission")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave what is not concluded to the next run."""
        self._threads.shutdown(cancel_futures=True)
        for left in self._waiting:
            shutil.rmtree(left.workspace, ignore_errors=True)
        self._waiting.clear()

    def begin(self, batch: Recorded) -> None:
        """Have the batch judged; concludes earlier ones when there are as many as may be at once."""
        alone = batch.envelope.bytes >= _ALONE_BYTES
        while self._waiting and (
            alone or len(self._waiting) >= self.at_once or self._waiting[-1].batch.envelope.bytes >= _ALONE_BYTES
        ):
            self._conclude_first()
        workspace = Path(tempfile.mkdtemp(prefix=f"{uuid.uuid4().hex[:8]}-", dir=self.home.workspace))
        verdict = self._threads.submit(judge, self.home, self.feed, batch, workspace)
        self._waiting.append(_Judging(batch, workspace, verdict))

    def conclude_all(self) -> bool:
        """Conclude whatever is under admission; whether all of it could be decided."""
        decided = [self._conclude_first() for _ in range(len(self._waiting))]
        return all(decided)

    def _conclude_first(self) -> bool:
        first = self._waiting.popleft()
        try:
            return self.conclude(first.batch, first.verdict.result, first.workspace)
        finally:
            shutil.rmtree(first.workspace)
