"""A run in a copy of the home that is thrown away: what a backfill, a resend or a correction would change.

Belongs here: what of a home is copied, and what must not leave the copy. Does not belong here: the run (`runs.py`), the
difference between two publications (`warehouse.publish.preview`).

It is the run itself, so that the preview equals the effect. Files that are never changed are linked, not copied.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.writing import writing
from sources.contract.feed import Feed
from warehouse.home import Home
from warehouse.publish.preview import Difference, difference

# In the copy nothing may tell the world of a run that is none; the rest of the environment is that of a real one.
_SILENT = {"DISTRICT_OPENLINEAGE": "off"}
_OF_THE_REAL_HOME = ("DAGSTER_HOME", "DISTRICT_NOTIFY", "DBT_TARGET_PATH", "DBT_LOG_PATH")


class CannotRehearse(RuntimeError):
    """A rehearsal would not be without effect, or could not run; `zh` and `en` say why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What `district run --json` said in the copy, its exit code, and how its publication differs from the current
    one."""

    run: Mapping[str, Any]
    exit_code: int
    difference: Difference


def rehearse(home: Home, feeds: Mapping[str, Feed], chosen: Sequence[str], arguments: Sequence[str]) -> Rehearsal:
    """`district run` with `arguments` in a copy of the home; `chosen` feeds, none = all that can be rehearsed.

    Raises CannotRehearse, and warehouse.run_lock.HomeIsBusy while another run writes: the copy is taken between runs.
    """
    if home.operational_url:
        raise CannotRehearse(
            "台账在数据库服务器上，无法复制一份来预演。请在测试环境运行。",
            "The ledger is on a database server and cannot be copied for a rehearsal. Run it in a test environment.",
        )
    names = _without_queues(feeds, chosen)
    with _copy(home) as copy:
        before = copy.current_snapshot.resolve() if copy.current_snapshot.exists() else None
        said, exit_code = _run(copy, [*arguments, *(part for name in names for part in ("--feed", name))])
        return Rehearsal(said, exit_code, difference(before, copy.current_snapshot.resolve()))


def _without_queues(feeds: Mapping[str, Feed], chosen: Sequence[str]) -> list[str]:
    """Feeds whose sources can be asked twice: a broker lets go of the messages that it has handed out."""
    queued = {
        name
        for name, feed in feeds.items()
        if any(delivery.mqtt is not None for entity in feed.entities.values() for delivery in entity.deliveries)
    }
    refused = sorted(queued & set(chosen))
    if refused:
        raise CannotRehearse(
            f"数据源 {', '.join(refused)} 由消息队列报送，取走的消息不会再来，不能预演。",
            f"Feed {', '.join(refused)} comes from a message broker, which hands a message out once: no rehearsal.",
        )
    return list(chosen) or sorted(feeds.keys() - queued)


@contextmanager
def _copy(home: Home) -> Iterator[Home]:
    home.prepare()
    # Within the home: links do not cross file systems, and personal data stays under its roof.
    with tempfile.TemporaryDirectory(prefix="rehearsal-", dir=home.root) as folder:
        copy = Home(Path(folder))
        with writing(home):
            for kept in (home.landing, home.raw, home.held, home.rejects, home.failed_rows, home.corrections):
                shutil.copytree(kept, copy.root / kept.name, copy_function=os.link)
            shutil.copytree(home.published, copy.published, symlinks=True, copy_function=os.link)
            for changing in (home.build, home.dbt_target, home.keys, home.spool):
                shutil.copytree(changing, copy.root / changing.relative_to(home.root))
            with (
                closing(sqlite3.connect(home.root / "ledger.sqlite")) as ledger,
                closing(sqlite3.connect(copy.root / "ledger.sqlite")) as its_copy,
            ):
                ledger.backup(its_copy)
        if home.departments.is_dir():
            copy.departments.symlink_to(home.departments)
        yield copy


def _run(copy: Home, arguments: Sequence[str]) -> tuple[dict[str, Any], int]:
    variables = {name: value for name, value in os.environ.items() if name not in _OF_THE_REAL_HOME}
    ended = subprocess.run(
        [sys.executable, "-m", "orchestration.cli.main", "run", "--json", *arguments],
        env={**variables, **_SILENT, "DISTRICT_HOME": str(copy.root)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    try:
        return dict(json.loads(ended.stdout)), ended.returncode
    except ValueError:
        raise CannotRehearse(
            f"预演未能完成（退出码 {ended.returncode}）；原因见上方输出。",
            f"The rehearsal did not come to its end (exit code {ended.returncode}); the output above says why.",
        ) from None
