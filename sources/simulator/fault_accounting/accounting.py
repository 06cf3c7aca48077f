"""Kind by kind: injected, found, clean rows lost, false alarms.

Belongs here: the comparison. Does not belong here: reading a home (`observing.py`, `rows.py`), printing it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sources.simulator.fault_accounting.observing import Observation
from sources.simulator.fault_accounting.rows import RowLoss
from sources.simulator.faults.catalogue import catalogue
from sources.simulator.faults.fault import Fault, FaultManifest, Injection, Trace

# What a department hears of as a warning: everything but rows that the platform mended or left out by rule.
ALARMS = ("held", "check", "problem", "timeliness", "published", "reconciled")


# What follows by itself from what was found: a held batch leaves its period without data, and what else is reported of
# it only explains why it is held.
_CONSEQUENCES: Mapping[str, Sequence[Trace]] = {
    "held": (Trace("timeliness", "missing|late"), Trace("check"), Trace("reject"), Trace("treatment"))
}


@dataclass
class Line:
    """One kind of fault: how often it was injected and found (in rows, batches or answers), and what went wrong."""

    fault: Fault
    injected: int = 0
    found: int = 0
    clean_rows_lost: int = 0
    false_alarms: int = 0
    remarks: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether all that was injected was found, and nothing else happened."""
        return self.injected > 0 and self.found == self.injected and not self.clean_rows_lost and not self.false_alarms


@dataclass
class Accounts:
    """All kinds, and what belongs to none: false alarms on clean deliveries, clean rows lost from them."""

    lines: Mapping[str, Line]
    stray_alarms: Sequence[Observation]
    stray_losses: Sequence[RowLoss]
    clean_alarms: Sequence[Observation]

    @property
    def agrees(self) -> bool:
        """Whether every injected fault is accounted for, no clean row lost, no false alarm."""
        return all(line.agrees for line in self.lines.values()) and not (
            self.stray_alarms or self.stray_losses or self.clean_alarms
        )


def account(
    manifest: FaultManifest,
    clean: Sequence[Observation],
    faulty: Sequence[Observation],
    losses: Iterable[RowLoss],
    *,
    kinds: Iterable[str] | None = None,
    background: Iterable[Trace] = (),
) -> Accounts:
    """Compare what was injected with what the platform reports beyond what it reports of the clean deliveries.

    `kinds` (default: all of the catalogue) have a line even when nothing of them was injected. `background` are alarms
    that even the clean deliveries give, e.g. of a district simulated too small for its volume checks.
    """
    known = catalogue()
    lines = {kind: Line(known[kind]) for kind in (known if kinds is None else kinds)}
    new = _beyond(clean, faulty)
    used: set[int] = set()
    for injection in manifest.injections:
        line = lines.setdefault(injection.fault, Line(known[injection.fault]))
        line.injected += injection.rows
        found = _settle(injection, new, used)
        line.found += found
        if found != injection.rows:
            seen = [f"{one.kind}:{one.code} {one.rows}" for one in new if _place(one) == _place(injection)]
            line.remarks.append(
                f"{injection.feed}.{injection.entity} {injection.file}: {injection.rows} injected, {found} found"
                f" ({'; '.join(seen) or 'nothing reported'})"
            )
    stray_alarms = []
    for number, one in enumerate(new):
        if number in used:
            continue
        owner = next((i for i in manifest.injections if _place(i) == _place(one)), None)
        if owner is None:
            stray_alarms.append(one)
        else:
            lines[owner.fault].false_alarms += 1
            lines[owner.fault].remarks.append(
                f"{one.file}: {one.kind}:{one.code} {one.rows} was not injected: {one.text}"
            )
    stray_losses = _losses(manifest, losses, lines)
    expected = {(trace.kind, trace.code) for trace in background}
    clean_alarms = [one for one in clean if one.kind in ALARMS and (one.kind, one.code) not in expected]
    return Accounts(lines, stray_alarms, stray_losses, clean_alarms)


def _place(one: Observation | Injection) -> tuple[str, str, str]:
    return one.feed, one.entity, one.file


def _beyond(clean: Sequence[Observation], faulty: Sequence[Observation]) -> list[Observation]:
    """What the second reports and the first does not, the numbers of rows less those of the first."""
    before: Counter[tuple[str, str, str, str, str]] = Counter()
    for one in clean:
        before[one.kind, one.code, *_place(one)] += one.rows
    after: dict[tuple[str, str, str, str, str], list[Observation]] = defaultdict(list)
    for one in faulty:
        after[one.kind, one.code, *_place(one)].append(one)
    found = []
    for key, ones in sorted(after.items()):
        rows = sum(one.rows for one in ones)
        if rows != before[key] or (rows == 0 and key not in before):
            kind, code, feed, entity, file = key
            found.append(Observation(kind, code, feed, entity, file, rows - before[key], ones[0].text))
    return found


def _settle(injection: Injection, new: Sequence[Observation], used: set[int]) -> int:
    """How much of the injection was found. Its further traces are accounted for where they are seen as well."""
    found = 0
    if not injection.traces:
        return 0
    for rank, trace in enumerate((*injection.traces, *_CONSEQUENCES.get(injection.traces[0].kind, ()))):
        for number, one in enumerate(new):
            if number in used or not _matches(trace, one, injection):
                continue
            used.add(number)
            if rank == 0:
                found += one.rows
    return found


def _matches(trace: Trace, one: Observation, injection: Injection) -> bool:
    if one.kind != trace.kind:
        return False
    if one.kind == "timeliness":
        # A period is named as its file names it: a day, a week's last day, a month.
        here = (one.feed, one.entity) == (injection.feed, injection.entity)
        return here and one.file.replace("-", "").startswith(injection.period) and one.code in trace.code.split("|")
    if one.kind == "reconciled":
        return (one.feed, one.entity) == (injection.feed, injection.entity) and one.code in trace.code.split("|")
    if one.kind != "published" and _place(one) != _place(injection):
        return False
    if one.kind == "held":
        return trace.code == "*" or re.search(trace.code, one.text, re.IGNORECASE) is not None
    return trace.code == "*" or one.code in trace.code.split("|")


def _losses(manifest: FaultManifest, losses: Iterable[RowLoss], lines: Mapping[str, Line]) -> list[RowLoss]:
    """Charge each kind with the clean rows that it took beyond those that it damaged; gives the losses of no kind."""
    damaged: dict[tuple[str, str, str], list[Injection]] = defaultdict(list)
    for injection in manifest.injections:
        damaged[_place(injection)].append(injection)
    stray = []
    for loss in losses:
        owners = damaged.get((loss.feed, loss.entity, loss.file))
        if not owners:
            stray.append(loss)
            continue
        beyond = loss.rows - sum(owner.damaged for owner in owners)
        if beyond > 0:
            line = lines[owners[0].fault]
            line.clean_rows_lost += beyond
            line.remarks.append(f"{loss.file}: {beyond} clean rows lost beyond those damaged")
    return stray
