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
    """What a build was made of: the newest admission `decision`, the newest `change` of admitted days, the day that it
    is judged on (ISO date)."""

    decision: str
    change: int
    as_of: str


@dataclass(frozen=True, slots=True)
class BuildState:
    """`state` 'building' (by `run_id`) or 'clean'.

    `seen` is what the build saw when it began. Of a build in progress: what the clean build saw that it goes on from
    (`since`, None: it starts from nothing), and the models `built` so far (asset keys, 'dim_month').
    """

    state: Literal["building", "clean"]
    run_id: str
    fingerprint: str
    seen: Seen
    since: Seen | None = None
    built: Sequence[str] = ()

    @property
    def full_refresh(self) -> bool:
        """Whether the build in progress starts from nothing."""
        return self.state == "building" and self.since is None


def read(home: Home) -> BuildState | None:
    """The mark of the last build; None when there is none or it cannot be read (then the build counts as dirty)."""
    try:
        said = json.loads(_file(home).read_text(encoding="utf-8"))
        seen, since = Seen(**said.pop("seen")), said.pop("since")
        return BuildState(**said | {"built": tuple(said["built"])}, seen=seen, since=since and Seen(**since))
    except (OSError, ValueError, TypeError, KeyError):
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
    return _write(home, BuildState("building", run_id, fingerprint, seen, since=last.seen if last else None))


def add_built(home: Home, run_id: str, models: Iterable[str]) -> None:
    """Note that the build in progress has made these models (asset keys)."""
    if begun := in_progress(home, run_id):
        _write(home, replace(begun, built=tuple(sorted({*begun.built, *models}))))


def finish(home: Home, run_id: str, fingerprint: str, seen: Seen) -> BuildState:
    """Mark the build as clean, after it was published."""
    return _write(home, BuildState("clean", run_id, fingerprint, seen))


def changes_to_build(ledger: Ledger, state: BuildState, as_of: date) -> Changes | None:
    """What a build judged on `as_of` has to follow after a clean `state`, or the one in progress; None = everything."""
    begun = state.state == "building"
    since = state.since if begun else state.seen
    if since is None:
        return None
    entities = {
        (changed.feed, changed.entity)
        for changed in ledger.partition_changes(since=since.change)
        if not begun or changed.seq <= state.seen.change
    }
    return Changes(entities, another_day=since.as_of != as_of.isoformat())


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
    seen = None if last is None else (last.seen.decision, last.seen.as_of)
    return seen == (decision, as_of) and home.current_snapshot.exists()


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
