"""JSON APIs over HTTP: windows of days, every paging, the answers' bytes kept unchanged.

Belongs here: which windows to pull, following pages until all is read, packing the page bodies.
Does not belong here: single requests, tokens and retries (`http.py`); what the records mean (`sources/reading/`).
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
from sources.connectors.windows import Progress, Window, cut
from sources.contract.environment import expanded
from sources.contract.settings import CursorPaging, LinkPaging, OffsetPaging, PagePaging, RestConnection, RestDelivery
from warehouse.clock import now
from warehouse.ledger.records import Treatment

# Zip members carry the oldest date that the format knows, so that the same pages give the same archive.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
# In a row. Pages that a filter emptied come one or two together; a link behind the last page comes for ever.
_EMPTY_PAGES = 10
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


@dataclass(frozen=True)
class _Asked:
    """What the source is asked for: path and parameters without placeholders."""

    path: str
    parameters: Mapping[str, str]


def _asked(request: PullRequest, settings: RestDelivery, window: Window | None) -> _Asked:
    """Raises `NotConfigured` for a variable that is not set."""
    words = {} if window is None else _window_words(settings.window_format, window, ZoneInfo(request.feed.time_zone))

    def filled(text: str) -> str:
        for word, value in words.items():
            text = text.replace(f"{{{word}}}", value)
        return expanded(text, request.server.name)

    return _Asked(filled(settings.path), {key: filled(value) for key, value in settings.parameters.items()})


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


def _fetch(request: PullRequest, session: Session, settings: RestDelivery, asked: _Asked, name: str) -> Fetched:
    """All pages in one archive. Pages that do not add up to the source's own total are read again, then refused."""
    request.workspace.mkdir(parents=True, exist_ok=True)
    session.troubles.clear()
    for _ in range(_DRIFT_ATTEMPTS):
        with session:
            pages = _read_pages(request, session, settings, asked)
        if pages.steady:
            return Fetched(
                files=(FetchedFile(pages.path, name),),
                generated_at=pages.generated_at,
                rows_declared=pages.declared if _counts_records(settings.records_at) else None,
                treatments=_remarks(session, name),
            )
        session.troubles["pages_read_again"] += 1
        pages.path.unlink()
    raise SourceUnavailable(
        f"来源 {request.server.name} 分页读了 {_DRIFT_ATTEMPTS} 次：声明 {pages.declared} 条，读到 {pages.records} 条；"
        "数据在分页期间变化，请稍后再试或联系对方",
        f"source {request.server.name} did not add up in {_DRIFT_ATTEMPTS} readings: {pages.declared} declared, "
        f"{pages.records} were read; its data change while they are paged, try later or ask the provider",
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


def _read_pages(request: PullRequest, session: Session, settings: RestDelivery, asked: _Asked) -> _Pages:
    with tempfile.NamedTemporaryFile(dir=request.workspace, suffix=".zip", delete=False) as handle:
        path = Path(handle.name)
    read = 0
    totals: list[int | None] = []
    generated_at: datetime | None = None
    try:
        with zipfile.ZipFile(path, "w") as archive:
            for number, (body, document) in enumerate(_pages(session, settings, asked), start=1):
                member = zipfile.ZipInfo(f"page-{number:05}.json", date_time=_NO_DATE)
                archive.writestr(member, body, compress_type=zipfile.ZIP_DEFLATED)
                read += len(_records(session, settings, document))
                totals.append(_total(session, settings, document))
                if settings.generated_at and generated_at is None:
                    generated_at = _moment(at_path(document, settings.generated_at))
    except BaseException:
        path.unlink()
        raise
    declared = totals[-1] if totals else None
    steady = declared is None or (declared == read and len(set(totals)) == 1)
    return _Pages(path, read, declared, steady, generated_at)


def _pages(session: Session, settings: RestDelivery, asked: _Asked) -> Iterator[tuple[bytes, Any]]:
    """Body and parsed document of each page, until the source has no more."""
    paging = settings.paging
    path, query = asked.path, dict(asked.parameters)
    read = 0
    page = paging.first_page if isinstance(paging, PagePaging) else 0
    url: str | None = None
    before: bytes | None = None
    seen: set[str] = set()
    fullest, last, empty = 0, False, 0
    while True:
        if isinstance(paging, PagePaging):
            query |= {paging.page_parameter: str(page), paging.size_parameter: str(paging.size)}
        elif isinstance(paging, OffsetPaging):
            query |= {paging.offset_parameter: str(read), paging.limit_parameter: str(paging.size)}
        if last:
            beyond = session.ask_beyond(path, query, settings.method)
            if beyond is None or beyond.content == before:  # some sources give their last page for any after it
                return
            answer = beyond
        elif url is None:
            answer = session.ask(path, query, settings.method)
        else:
            answer = session.ask(url, None)
        document = session.document(answer)
        found = len(_records(session, settings, document))
        if found and answer.content == before:
            raise _does_not_move(session, settings)
        if last and not found:
            return
        before = answer.content
        yield answer.content, document
        read += found
        if paging is None:
            return
        if isinstance(paging, PagePaging | OffsetPaging):
            total = _total(session, settings, document)
            if not found or (total is not None and read >= total):
                return
            # A source may give fewer a page than it is asked for: the first page shows how many, and whether there
            # is a second is seen by asking for it.
            if total is None and found < (fullest or paging.size):
                if fullest:
                    return
                last = True
            fullest = fullest or found
            page += 1
            continue
        position = (
            answer.links.get("next", {}).get("url")
            if isinstance(paging, LinkPaging) and paging.next_at is None
            else at_path(document, str(paging.next_at))
        )
        if position in (None, ""):
            return
        if str(position) in seen:
            raise _does_not_move(session, settings)
        seen.add(str(position))
        empty = 0 if found else empty + 1
        if empty == _EMPTY_PAGES:
            return
        if isinstance(paging, CursorPaging):
            query[paging.cursor_parameter] = str(position)
        else:
            url = session.same_origin(str(position), answer)


def _counts_records(records_at: str) -> bool:
    """Whether the source's total is that of the records, and not of a list around theirs."""
    return counted_at(records_at) in (records_at, records_at.removesuffix("[*]"), records_at.removesuffix(".*"))


def counted_at(records_at: str) -> str:
    """Path of the list that paging counts: of lists in lists the outermost one."""
    return records_at.split("[*]")[0].removesuffix(".*").split(".*.")[0] or "$"


def _records(session: Session, settings: RestDelivery, document: Any) -> list[Any]:
    records = at_path(document, counted_at(settings.records_at), absent=False)
    if records is None:
        return []  # an empty window is often `null`; a path that is not there is a mistake
    if isinstance(records, dict) and settings.records_at.endswith(".*"):
        return list(records.values())
    if not isinstance(records, list):
        raise SourceUnavailable(
            f"来源 {session.name} 的应答在 {settings.records_at} 处不是列表；请核对合同的 records_at",
            f"the answer of source {session.name} has no list at {settings.records_at}; check the contract",
        )
    return records


def _total(session: Session, settings: RestDelivery, document: Any) -> int | None:
    place = settings.paging.total_at if isinstance(settings.paging, PagePaging | OffsetPaging) else None
    if place is None:
        return None
    total = at_path(document, place)
    try:
        return int(total)
    except (TypeError, ValueError):
        raise SourceUnavailable(
            f"来源 {session.name} 的应答在 {place} 处没有总数（{total!r}）；请核对合同的 total_at",
            f"the answer of source {session.name} has no total at {place} ({total!r}); check total_at of the contract",
        ) from None


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


def _does_not_move(session: Session, settings: RestDelivery) -> SourceUnavailable:
    return SourceUnavailable(
        f"来源 {session.name} 的分页不前进（{settings.path} 反复返回同一页）；请核对合同的 paging 参数名",
        f"paging of source {session.name} does not move ({settings.path} gives the same page again); "
        "check the parameter names of the contract's paging",
    )
