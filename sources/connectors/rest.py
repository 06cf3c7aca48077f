"""JSON APIs over HTTP: windows of days, the answers' bytes kept unchanged.

Belongs here: which windows to pull, packing the page bodies, reading again what did not add up.
Does not belong here: following pages (`paging.py`), single requests, tokens and retries (`http.py`), what the records
mean (`sources/reading/`).
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sources.connectors.http import Session, Trouble, at_path
from sources.connectors.offer import Fetched, FetchedFile, Offer, Outcome, PullRequest, SourceUnavailable
from sources.connectors.paging import Asked, counts_records, pages, total
from sources.connectors.windows import Progress, Window, cut
from sources.contract.connections import RestConnection
from sources.contract.environment import expanded
from sources.contract.settings import RestDelivery
from warehouse.clock import now
from warehouse.ledger.records import Treatment

# Zip members carry the oldest date that the format knows, so that the same pages give the same archive.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
# A source whose records change while we page is asked again; after that many times it has to be told.
_DRIFT_ATTEMPTS = 3
_EPOCH_MILLISECONDS_FROM = 10**11  # as seconds that would be the year 5138


@dataclass(frozen=True)
class _Pages:
    """One reading of all pages: the archive, the records in it, what the source says of itself."""

    path: Path
    records: int
    declared: int | None
    steady: bool
    generated_at: datetime | None


def offers(request: PullRequest) -> Iterator[Offer]:
    """One offer a window: those still open, then new days up to `as_of`; the whole state where there are no windows.

    A window that is not over yet is asked for again by the next pull. `request.period` asks for its days again.
    """
    connection, settings = request.server.connection, request.delivery.rest
    if settings is None or not isinstance(connection, RestConnection):
        raise ValueError(f"delivery {request.delivery.key} is no REST delivery")
    zone = ZoneInfo(request.feed.time_zone)
    session = Session(request.server.name, request.server.location, connection)
    if not settings.windowed:
        yield _state(request, session, settings)
        return
    progress = Progress.read(request.since)
    if request.period is not None:
        windows = list(cut(request.period[0], min(request.period[1], request.as_of), settings.window_days))
    else:
        starts_on = settings.starts_on or request.as_of
        windows = list(progress.windows(starts_on, request.as_of, settings.window_days))
    for window in windows:
        pulled_at = now()
        # Days asked for again by hand leave the progress as it is.
        tracker = None if request.period is not None else _Tracker(progress, window, window.complete(zone, pulled_at))
        yield _offer(request, session, settings, window, pulled_at, tracker)
        if tracker is not None:
            progress = tracker.progress


class _Tracker:
    """Carries the progress from one window of a pull to the next."""

    def __init__(self, progress: Progress, window: Window, complete: bool) -> None:
        self.progress = progress
        self._window = window
        self._complete = complete

    def watermark(self, outcome: Outcome) -> str:
        self.progress = self.progress.after(self._window, settled=self._complete and not outcome.held)
        return self.progress.write()


def _offer(
    request: PullRequest,
    session: Session,
    settings: RestDelivery,
    window: Window,
    pulled_at: datetime,
    tracker: _Tracker | None,
) -> Offer:
    asked = _asked(request, settings, window)
    name = f"{request.entity.name}_{window.first:%Y%m%d}"
    name += f"-{window.last:%Y%m%d}.zip" if window.last != window.first else ".zip"
    return Offer(
        request=request,
        source=f"{request.server.name} {session.address}",
        file_name=name,
        received_at=pulled_at,
        fetch=lambda: _fetch(request, session, settings, asked, name),
        watermark=tracker.watermark if tracker else _no_watermark,
        period_start=window.first,
        period_end=window.last,
        mode=request.delivery.mode,
    )


def _state(request: PullRequest, session: Session, settings: RestDelivery) -> Offer:
    """The whole state as of this pull; its day dates it."""
    name = f"{request.entity.name}_{request.as_of:%Y%m%d}.zip"
    asked = _asked(request, settings, None)
    return Offer(
        request=request,
        source=f"{request.server.name} {session.address}",
        file_name=name,
        received_at=now(),
        fetch=lambda: _fetch(request, session, settings, asked, name),
        watermark=_no_watermark,
        period_start=request.as_of,
        period_end=request.as_of,
        mode=request.delivery.mode,
    )


def _no_watermark(outcome: Outcome) -> None:
    return None


def _asked(request: PullRequest, settings: RestDelivery, window: Window | None) -> Asked:
    """Raises `NotConfigured` for a variable that is not set."""
    words = {} if window is None else _window_words(settings.window_format, window, ZoneInfo(request.feed.time_zone))

    def filled(text: str) -> str:
        for word, value in words.items():
            text = text.replace(f"{{{word}}}", value)
        return expanded(text, request.server.name)

    return Asked(filled(settings.path), {key: filled(value) for key, value in settings.parameters.items()})


def _window_words(form: str, window: Window, zone: ZoneInfo) -> Mapping[str, str]:
    start, end = window.moments(zone)
    if form == "date":
        form = "%Y-%m-%d"
    if form == "iso":
        return {"window_start": start.isoformat(), "window_end": end.isoformat()}
    if form in ("epoch_ms", "epoch_s"):
        scale = 1000 if form == "epoch_ms" else 1
        return {
            "window_start": str(round(start.timestamp() * scale)),
            "window_end": str(round(end.timestamp() * scale)),
        }
    last = end if any(part in form for part in ("%H", "%I", "%T", "%R")) else window.last
    return {"window_start": start.strftime(form), "window_end": last.strftime(form)}


def _fetch(request: PullRequest, session: Session, settings: RestDelivery, asked: Asked, name: str) -> Fetched:
    """All pages in one archive. Pages that do not add up to the source's own total are read again, then refused."""
    request.workspace.mkdir(parents=True, exist_ok=True)
    session.troubles.clear()
    for _ in range(_DRIFT_ATTEMPTS):
        with session:
            read = _read_pages(request, session, settings, asked)
        if read.steady:
            return Fetched(
                files=(FetchedFile(read.path, name),),
                generated_at=read.generated_at,
                rows_declared=read.declared if counts_records(settings.records_at) else None,
                treatments=_remarks(session, name),
            )
        session.troubles["pages_read_again"] += 1
        read.path.unlink()
    raise SourceUnavailable(
        f"来源 {request.server.name} 分页读了 {_DRIFT_ATTEMPTS} 次：声明 {read.declared} 条，读到 {read.records} 条；"
        "数据在分页期间变化，请稍后再试或联系对方",
        f"source {request.server.name} did not add up in {_DRIFT_ATTEMPTS} readings: {read.declared} declared, "
        f"{read.records} were read; its data change while they are paged, try later or ask the provider",
    )


# What the ledger keeps of a source that had to be asked more than once; the owner of the platform should know.
_REMARKS: Mapping[Trouble, tuple[str, str]] = {
    "source_busy": ("来源限流（HTTP 429），等待后重试成功", "the source limited our requests (HTTP 429); tried again"),
    "source_failed": ("来源出错（HTTP 5xx），等待后重试成功", "the source failed (HTTP 5xx); tried again"),
    "token_renewed": (
        "令牌在有效期内被拒绝，已换新令牌",
        "the token was refused before its time; a new one was asked for",
    ),
    "pages_read_again": (
        "翻页期间数据变化（总数与读到的条数不符），已整份重读",
        "the data changed while they were paged (total and records differed); all pages were read again",
    ),
}


def _remarks(session: Session, name: str) -> tuple[Treatment, ...]:
    return tuple(
        Treatment(code, "flagged", "", count, name, *(f"{text}：{count} 次" if n == 0 else f"{text}: {count} times"
                  for n, text in enumerate(_REMARKS[code])))
        for code, count in sorted(session.troubles.items())
    )  # fmt: skip


def _read_pages(request: PullRequest, session: Session, settings: RestDelivery, asked: Asked) -> _Pages:
    with tempfile.NamedTemporaryFile(dir=request.workspace, suffix=".zip", delete=False) as handle:
        path = Path(handle.name)
    read = 0
    totals: list[int | None] = []
    generated_at: datetime | None = None
    try:
        with zipfile.ZipFile(path, "w") as archive:
            for number, page in enumerate(pages(session, settings, asked), start=1):
                member = zipfile.ZipInfo(f"page-{number:05}.json", date_time=_NO_DATE)
                archive.writestr(member, page.body, compress_type=zipfile.ZIP_DEFLATED)
                read += page.records
                totals.append(total(session, settings, page.document))
                if settings.generated_at and generated_at is None:
                    generated_at = _moment(at_path(page.document, settings.generated_at))
    except BaseException:
        path.unlink()
        raise
    declared = totals[-1] if totals else None
    steady = declared is None or (declared == read and len(set(totals)) == 1)
    return _Pages(path, read, declared, steady, generated_at)


def _moment(value: Any) -> datetime | None:
    """Epoch seconds or milliseconds, or ISO 8601 with an offset, as UTC; anything else says nothing."""
    try:
        if isinstance(value, str) and not value.lstrip("-").isdigit():
            parsed = datetime.fromisoformat(value)
            return parsed.astimezone(UTC) if parsed.tzinfo else None
        number = int(value)
        return datetime.fromtimestamp(number / 1000 if number >= _EPOCH_MILLISECONDS_FROM else number, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
