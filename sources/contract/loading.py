"""Finding contracts and reading them: built-in feeds, folders named by DISTRICT_FEEDS, overlays, and the lint.

Belongs here: discovery, the overlay rule, the strict reading of all feeds at once.
Does not belong here: the rules of one contract (`building.py`, `fields.py`, `deliveries.py`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sources.contract.building import build_feed
from sources.contract.corrections_file import with_corrections
from sources.contract.document import ContractDocument
from sources.contract.feed import Entity, Feed
from sources.contract.problem import ContractError, ContractProblem

CONTRACT_FILE = "contract.odcs.yaml"
BUILT_IN = Path(__file__).resolve().parents[1] / "feeds"


def load_feeds(extra: Sequence[Path] | None = None) -> dict[str, Feed]:
    """All feeds by name: the built-in ones, then those of `extra` (default: DISTRICT_FEEDS, a list of folders).

    A feed of `extra` with a built-in's name is laid over it. Raises `ContractError` with every problem of every
    contract: a figure must not come from half a contract.
    """
    feeds, problems = read_feeds(extra)
    if problems:
        raise ContractError(problems)
    return feeds


def read_feeds(extra: Sequence[Path] | None = None) -> tuple[dict[str, Feed], list[ContractProblem]]:
    """Like `load_feeds`, but giving the sound feeds beside the problems of the others."""
    problems: list[ContractProblem] = []
    built_in = {}
    for folder in _feed_folders(BUILT_IN):
        built_in[folder.name] = _read(folder / CONTRACT_FILE, None, problems)
    feeds = {name: feed for name, feed in built_in.items() if feed is not None}
    origins: dict[str, Path] = {}
    for root in _folders_from_environment() if extra is None else extra:
        folders = list(_feed_folders(root))
        if not folders:
            problems.append(
                ContractProblem(
                    Path(root),
                    "",
                    None,
                    f"文件夹里没有 {CONTRACT_FILE}；请核对 DISTRICT_FEEDS",
                    f"the folder holds no {CONTRACT_FILE}; check DISTRICT_FEEDS",
                )
            )
        for folder in folders:
            if folder.name in origins:
                problems.append(
                    ContractProblem(
                        folder / CONTRACT_FILE,
                        "",
                        None,
                        f"同名的 feed 已在 {origins[folder.name]}；请改名",
                        f"a feed of this name is in {origins[folder.name]} already; rename one",
                    )
                )
                continue
            origins[folder.name] = folder
            feed = _read(folder / CONTRACT_FILE, built_in.get(folder.name), problems)
            if feed is not None:
                feeds[folder.name] = feed
            else:
                feeds.pop(folder.name, None)  # the built-in contract is not what this installation asked for
    return feeds, problems


def lint(path: Path) -> list[ContractProblem]:
    """Every mistake of a contract (its file, its folder, or a folder of such folders), Soda checks included."""
    files = [path] if path.is_file() else [folder / CONTRACT_FILE for folder in _feed_folders(path)]
    if not files:
        return [
            ContractProblem(
                path,
                "",
                None,
                f"这里没有 {CONTRACT_FILE}；请给出合同文件或 feed 文件夹",
                f"no {CONTRACT_FILE} here; name a contract file or a feed folder",
            )
        ]
    problems: list[ContractProblem] = []
    for file in files:
        name = file.resolve().parent.name
        built_in = BUILT_IN / name / CONTRACT_FILE
        base = None
        if built_in.is_file() and built_in.resolve() != file.resolve():
            base = _read(built_in, None, [])
        feed = _read(file, base, problems)
        if feed is not None:
            problems += _soda_problems(feed)
    return problems


def _soda_problems(feed: Feed) -> Iterator[ContractProblem]:
    from warehouse.checks import CheckSpec, soda  # soda-core takes seconds to import: only the lint needs it here

    for entity in feed.entities.values():
        for check in entity.checks:
            if check.engine != "soda":
                continue
            spec = CheckSpec(
                key=check.key,
                column=check.column,
                name_zh=check.name_zh,
                name_en=check.name_en,
                dimension=check.dimension,
                severity=check.severity,
                blocking=check.blocking,
                owner=feed.owner,
                reason=check.reason,
                soda=dict(check.soda),
            )
            for text in soda.lint([spec]):
                place = f"schema[{entity.name}].quality[{check.key}]"
                yield ContractProblem(feed.path, place, None, f"Soda 检查有误：{text}", f"Soda check: {text}")


def _folders_from_environment() -> list[Path]:
    return [Path(entry) for entry in os.environ.get("DISTRICT_FEEDS", "").split(os.pathsep) if entry.strip()]


def _feed_folders(root: Path) -> Iterator[Path]:
    """`root` itself when it is a feed's folder, else the feed folders in it, by name."""
    root = Path(root).expanduser().resolve()
    if (root / CONTRACT_FILE).is_file():
        yield root
    elif root.is_dir():
        yield from (child for child in sorted(root.iterdir()) if (child / CONTRACT_FILE).is_file())


def _read(path: Path, base: Feed | None, problems: list[ContractProblem]) -> Feed | None:
    """The sound feed of one contract, laid over `base` when there is one; None when it has problems."""
    document = ContractDocument(path)
    feed = build_feed(document, path.resolve().parent.name, base)
    if feed is not None:
        _check_keys(document, feed)
    problems += document.problems
    if feed is None or document.problems:
        return None
    corrected = with_corrections(feed, problems)
    if corrected is None:
        return None
    return _overlay(base, corrected) if base else corrected


def _check_keys(document: ContractDocument, feed: Feed) -> None:
    for entity in feed.entities.values():
        missing = [name for name in entity.key if name not in entity.mapped_fields]
        if entity.delivered and missing:
            names = "、".join(missing)
            document.problem(
                ("schema",),
                f"{entity.name} 的主键字段 {names} 没有来源；请写 physicalName、transformLogic 或 constant",
                f"key fields {', '.join(missing)} of {entity.name} have no source; "
                "give physicalName, transformLogic or constant",
            )


def _overlay(base: Feed, over: Feed) -> Feed:
    """`over` as the contract in force: canonical entities, those it does not name empty, then its own extensions."""
    entities: dict[str, Entity] = {}
    for name, canonical in base.entities.items():
        entities[name] = over.entities.get(name) or _not_delivered(canonical)
    entities |= {name: entity for name, entity in over.entities.items() if name not in entities}
    both = hashlib.sha256(f"{base.contract_sha256}{over.contract_sha256}".encode()).hexdigest()
    return replace(over, entities=entities, contract_sha256=both)


def _not_delivered(canonical: Entity) -> Entity:
    """The entity without a way in: same columns, no rows, nothing due, nothing to check."""
    return replace(canonical, deliveries=(), calendar=None, row_rules=(), checks=(), delivered=False)
