"""File drops: a feed whose files lie in a local folder runs when files come in or change there, or when its owner sends
a correction.

Belongs here: noticing. Does not belong here: which of the files are deliveries, and whether they are new to us
(`sources`): a run for a file that is known already takes in nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from sources.contract.environment import NotConfigured, resolve
from sources.contract.feed import Feed
from warehouse.home import Home
from warehouse.run_lock import is_held

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

# Files come daily or, at the most often, hourly: half a minute is soon enough and costs nothing.
_INTERVAL_SECONDS = 30


def file_drop_sensors(
    feeds: Mapping[str, Feed], jobs: Mapping[str, UnresolvedAssetJobDefinition]
) -> list[dg.SensorDefinition]:
    """`<feed>_files` for each feed that reads local folders, starting the feed's job; off until someone turns it on."""
    return [_sensor(feed, jobs[feed.name]) for feed in feeds.values() if _folder_servers(feed)]


def _sensor(feed: Feed, job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    @dg.sensor(
        name=f"{feed.name}_files",
        job=job,
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=f"{feed.label_zh}：文件夹内有新文件时运行 / {feed.label_en}: runs when files arrive",
    )
    def files_arrived(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        seen = fingerprint([*drop_folders(feed), Home.from_environment().corrections / feed.name])
        if seen is None:
            return dg.SkipReason("文件夹尚不存在或未配置 / the folders do not exist yet, or are not configured")
        if seen == context.cursor:
            return dg.SkipReason("没有新文件 / no new files")
        if is_held(Home.from_environment()):  # the run would fail at once, and its files be forgotten
            return dg.SkipReason("另一次运行正在写入，稍后再看 / another run is writing; looks again soon")
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=f"{feed.name}-{seen}")], cursor=seen)

    return files_arrived


def drop_folders(feed: Feed) -> Sequence[Path]:
    """The local folders that the feed reads now; empty when their variables are not set."""
    folders = []
    for name in _folder_servers(feed):
        try:
            location = resolve(feed.servers[name]).location
        except NotConfigured:
            continue
        if "://" not in location or location.startswith("file://"):
            folders.append(Path(location.removeprefix("file://")))
    return folders


def fingerprint(folders: Sequence[Path]) -> str | None:
    """A hash over names, sizes and modification times of all files; None when there is no folder to look into."""
    present = [folder for folder in folders if folder.is_dir()]
    if not present:
        return None
    digest = hashlib.sha256()
    for folder in present:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                status = path.stat()
                digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:20]


def _folder_servers(feed: Feed) -> list[str]:
    used = {delivery.server for entity in feed.entities.values() for delivery in entity.deliveries if delivery.file}
    return [
        name
        for name, server in feed.servers.items()
        if name in used and server.connection.connector == "files" and server.type == "local"
    ]
