"""Whether the build database is whole, and what it was built from.

Belongs here: the mark that a build leaves (`build/state.json`) and the fingerprint of what a build depends on besides
the data. A build is dirty from its first step until it was published; a killed or failed one therefore stays dirty,
and the next build starts from nothing. Does not belong here: building, publishing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from orchestration.changed_models import Changes
from orchestration.variables import installation_variables
from warehouse.home import REPOSITORY, Home
from warehouse.ledger import Ledger

# What decides about the content of a build besides admitted rows. The whole folders: a model may read any file of them.
_BUILT_FROM = ("dbt_project", "warehouse", "profiles.yml")
_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".py", ".md"}
_SKIPPED = {"target", "logs", "dbt_packages", "home", "__pycache__"}
_ENGINES = ("duckdb", "dbt-core", "dbt-duckdb")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a build was made of: the newest admission `decision`, the newest `change` of admitted days, the day."""

    decision: str
    change: int
    as_of: str


@dataclass(frozen=True, slots=True)
class BuildState:
    """`state` 'building' (by `run_id`) or 'clean'.

    `decision` is the newest admission decision that the build saw when it began, `change` the newest change of admitted
    days, `as_of` the day it is judged on (ISO date). Of a build in progress: whether it starts from nothing
    (`full_refresh`) or else which clean build it goes on from (`since_change`, `since_as_of`), and the models `built`
    so far (asset keys, 'dim_month').
    """

    state: Literal["building", "clean"]
    run_id: str
    fingerprint: str
    full_refresh: bool = False
    decision: str = ""
    change: int = 0
    as_of: str = ""
    since_change: int = 0
    since_as_of: str = ""
    built: Sequence[str] = ()


def read(home: Home) -> BuildState | None:
    """The mark of the last build; None when there is none or it cannot be read (then the build counts as dirty)."""
    try:
        state = BuildState(**json.loads(_file(home).read_text(encoding="utf-8")))
        return replace(state, built=tuple(state.built))
    except (OSError, ValueError, TypeError):
        return None


def in_progress(home: Home, run_id: str) -> BuildState | None:
    """The build that this run has begun; None when none of its steps has marked one."""
    last = read(home)
    return last if last is not None and last.state == "building" and last.run_id == run_id else None


def begin(home: Home, run_id: str, fingerprint: str, seen: Seen) -> BuildState:
    """Mark the build as dirty; every step of one run calls it and gets the same answer, with what the first one saw.

    It starts from nothing (`full_refresh`) unless the last build was clean and made by the same code.
    """
    if begun := in_progress(home, run_id):
        return begun
    last = last_clean(home, fingerprint)
    new = BuildState(
        "building", run_id, fingerprint, last is None, decision=seen.decision, change=seen.change, as_of=seen.as_of
    )
    return _write(home, new if last is None else replace(new, since_change=last.change, since_as_of=last.as_of))


def add_built(home: Home, run_id: str, models: Iterable[str]) -> None:
    """Note that the build in progress has made these models (asset keys)."""
    if begun := in_progress(home, run_id):
        _write(home, replace(begun, built=tuple(sorted({*begun.built, *models}))))


def finish(home: Home, run_id: str, fingerprint: str, seen: Seen) -> BuildState:
    """Mark the build as clean, after it was published."""
    return _write(
        home,
        BuildState("clean", run_id, fingerprint, decision=seen.decision, change=seen.change, as_of=seen.as_of),
    )


def changes_to_build(ledger: Ledger, state: BuildState, as_of: date) -> Changes | None:
    """What a build judged on `as_of` has to follow after a clean `state`, or the one in progress; None = everything."""
    if state.full_refresh:
        return None
    begun = state.state == "building"
    since, day = (state.since_change, state.since_as_of) if begun else (state.change, state.as_of)
    entities = {
        (changed.feed, changed.entity)
        for changed in ledger.partition_changes(since=since)
        if not begun or changed.seq <= state.change
    }
    return Changes(entities, another_day=day != as_of.isoformat())


def last_clean(home: Home, fingerprint: str) -> BuildState | None:
    """The build that the next one goes on from; None when that one starts from nothing."""
    last = read(home)
    whole = last is not None and last.state == "clean" and last.fingerprint == fingerprint
    return last if whole and home.build_database.exists() else None


def forget(home: Home) -> None:
    """Let the next build start from nothing."""
    _file(home).unlink(missing_ok=True)


def is_current(home: Home, fingerprint: str, *, decision: str, as_of: str) -> bool:
    """Whether building and publishing again would change nothing."""
    last = last_clean(home, fingerprint)
    return last is not None and (last.decision, last.as_of) == (decision, as_of) and home.current_snapshot.exists()


def seen_now(ledger: Ledger, as_of: date) -> Seen:
    """What a build judged on `as_of` sees that begins now."""
    return Seen(newest_decision(ledger), ledger.newest_change(), as_of.isoformat())


def newest_decision(ledger: Ledger) -> str:
    """Names the newest admission decision: the same name means that no batch was decided in between."""
    return str(ledger.newest_decision())


@cache
def code_fingerprint() -> str:
    """SHA-256 over the dbt project and its variables, the warehouse code and the engines' versions."""
    digest = hashlib.sha256(json.dumps(installation_variables(), sort_keys=True).encode())
    for engine in _ENGINES:
        digest.update(f"{engine}={version(engine)}\n".encode())
    for path in _files(REPOSITORY / name for name in _BUILT_FROM):
        digest.update(f"{path.relative_to(REPOSITORY)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def build_fingerprint(contracts: Iterable[str]) -> str:
    """SHA-256 over the code and the contracts in force (their hashes)."""
    return hashlib.sha256("\n".join([code_fingerprint(), *sorted(contracts)]).encode()).hexdigest()


def _files(roots: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for root in roots:
        paths = [root] if root.is_file() else root.rglob("*")
        found += [
            path
            for path in paths
            if path.suffix in _SUFFIXES and path.is_file() and not _SKIPPED & set(path.relative_to(REPOSITORY).parts)
        ]
    return sorted(found)


def _file(home: Home) -> Path:
    return home.build / "state.json"


def _write(home: Home, state: BuildState) -> BuildState:
    home.build.mkdir(parents=True, exist_ok=True)
    draft = _file(home).with_suffix(".draft")
    draft.write_text(json.dumps(asdict(state), indent=2), encoding="utf-8")
    draft.replace(_file(home))
    return state
