"""Feeds pulled beside each other, each in a process of its own: judging small deliveries keeps one core busy at most.

Belongs here: the processes, which feed comes next, what they tell. Does not belong here: a pull (`sources.intake`),
which feeds are pulled (`runs.py`). Dagster is not imported: the processes start while it is (docs/decisions/0059).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from traceback import format_exception
from types import TracebackType
from typing import Protocol, Self

from sources.contract.feed import Feed
from sources.intake import PullReport, pull
from warehouse.calendar import Cadence
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.run_lock import lock_of_process

_A_YEAR: Mapping[Cadence, int] = {"hourly": 8760, "daily": 365, "weekly": 52, "monthly": 12, "quarterly": 4}


class Pulling(Protocol):
    """How a feed is pulled: `sources.intake.pull`, or the same in another process."""

    def __call__(
        self,
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
        """See `sources.intake.pull`."""


class PullFailed(RuntimeError):
    """A fault of ours in another process, with its trace."""


def deliveries_a_year(feed: Feed) -> int:
    """About how many deliveries a feed sends. The pull of one that sends more is likely to last longer: begun first, it
    is not the last that everything waits for."""
    cadences = [entity.calendar.cadence for entity in feed.entities.values() if entity.calendar]
    return sum(_A_YEAR.get(cadence, 1) for cadence in cadences)


@dataclass(frozen=True, slots=True)
class _Task:
    """A pull, as another process gets it."""

    feed: Feed
    home: Home
    entities: Sequence[str]
    period: tuple[date, date] | None
    as_of: date | None
    run_id: str


@dataclass(slots=True)
class Worker:
    """A process, and the feed that it pulls now."""

    process: BaseProcess
    pipe: Connection
    feed: str | None = None


class PullProcesses:
    """Pulls of several feeds at once; a context manager, under `warehouse.run_lock`.

    Nothing is pulled before the first call: the caller may still clear the workspace. From then on all feeds are under
    way, those with most `deliveries_a_year` first, and a call waits for its own. Leaving the block ends the processes;
    when this process dies, they end too, and the next run waits until they have.
    """

    def __init__(
        self,
        home: Home,
        feeds: Mapping[str, Feed],
        entities: Mapping[str, Collection[str]],
        *,
        at_once: int,
    ) -> None:
        self._home, self._feeds, self._entities = home, feeds, entities
        self._at_once = min(at_once, len(entities))
        self.workers: list[Worker] = []
        self._waiting: deque[_Task] | None = None
        self._reports: dict[str, PullReport | str] = {}
        self._steps: dict[str, list[tuple[str, str]]] = defaultdict(list)

    def __enter__(self) -> Self:
        """Start the processes; they import what a pull needs."""
        # Nothing is loaded before the fork: DuckDB would take the server, which has no file, for somebody at a prompt,
        # and draw progress bars.
        context = multiprocessing.get_context("forkserver")
        for number in range(self._at_once):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(theirs, self._home, number, dict(os.environ)), name=f"pull-{number}", daemon=True
            )
            process.start()
            theirs.close()
            self.workers.append(Worker(process, ours))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What is under way is left to the next run, as after a crash."""
        for worker in self.workers:
            worker.pipe.close()
            worker.process.kill()
            worker.process.join()

    def __call__(
        self,
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
        """The report of a feed's pull; `entities` are those given at the start, `period`, `as_of` and `run_id` the same
        for all feeds. Raises PullFailed for a fault of ours."""
        if self._waiting is None:
            ranked = sorted(self._entities, key=lambda name: -deliveries_a_year(self._feeds[name]))
            self._waiting = deque(
                _Task(self._feeds[name], home, list(self._entities[name]), period, as_of, run_id) for name in ranked
            )
            for worker in self.workers:
                self._begin_next(worker)
        while True:
            for told in self._steps.pop(feed.name, ()):
                if on_step is not None:
                    on_step(*told)
            if feed.name in self._reports:
                break
            self._listen()
        report = self._reports.pop(feed.name)
        if isinstance(report, str):
            raise PullFailed(report)
        return report

    def _begin_next(self, worker: Worker) -> None:
        worker.feed = None
        if self._waiting:
            task = self._waiting.popleft()
            worker.feed = task.feed.name
            with suppress(OSError):  # that its process has gone is met when it is listened to
                worker.pipe.send(task)

    def _listen(self) -> None:
        """Take what the processes tell; returns after at least one has told something."""
        busy = {worker.pipe: worker for worker in self.workers if worker.feed is not None}
        for pipe in wait(list(busy)):
            worker = busy[pipe]  # type: ignore[index]  # `wait` gives what it got
            assert worker.feed is not None
            try:
                told = worker.pipe.recv()
            except (EOFError, OSError):
                # Killed from outside (out of memory): its batches are undecided, and the next run takes them up.
                worker.process.join()
                code = worker.process.exitcode
                self._reports[worker.feed] = f"进程被终止（{code}）/ its process was killed ({code})"
                worker.feed = None
                self._give_up_without_workers()
                continue
            if isinstance(told, tuple):
                self._steps[worker.feed].append(told)
            else:
                self._reports[worker.feed] = told
                self._begin_next(worker)

    def _give_up_without_workers(self) -> None:
        """With the last process gone, what waits fails too, instead of waiting for ever."""
        while self._waiting and not any(worker.process.is_alive() for worker in self.workers):
            self._reports[self._waiting.popleft().feed.name] = "没有剩下的进程 / no process is left"


def _work(pipe: Connection, home: Home, number: int, environment: Mapping[str, str]) -> None:
    """The life of one process: pulls what it is sent, tells each step and the report."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits for us is asked to stop, and ends us
    os.environ.clear()
    os.environ.update(environment)  # the server that forks us keeps the one that it was started with
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with lock_of_process(home, number), suppress(EOFError), Ledger.of(home) as ledger:
        while True:
            task: _Task = pipe.recv()
            pipe.send(_pulled(task, ledger, lambda step, batch: pipe.send((step, batch))))


def _pulled(task: _Task, ledger: Ledger, on_step: Callable[[str, str], None]) -> PullReport | str:
    try:
        return pull(
            task.feed,
            task.home,
            ledger,
            entities=task.entities,
            period=task.period,
            as_of=task.as_of,
            run_id=task.run_id,
            on_step=on_step,
        )
    except Exception as error:  # noqa: BLE001 - raised again where its step is
        return f"{type(error).__name__}: {error}\n{''.join(format_exception(error))}"


def _end_with_parent() -> None:
    """A killed run must not go on writing through us."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
