"""The pages of a JSON source, whichever way it pages: asking for the next one, and knowing the last.

Belongs here: page numbers, offsets, cursors, links; where a page has its records and the source's total. Does not
belong here: single requests (`http.py`), windows and what becomes of the pages (`rest.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from sources.connectors.http import Session, at_path
from sources.connectors.offer import SourceUnavailable
from sources.contract.settings import CursorPaging, LinkPaging, OffsetPaging, PagePaging, RestDelivery

# In a row. Pages that a filter emptied come one or two together; a link behind the last page comes for ever.
_EMPTY_PAGES = 10


@dataclass(frozen=True)
class Asked:
    """What the source is asked for: path and parameters without placeholders."""

    path: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """One answer, its parsed document and the records in it."""

    answer: httpx.Response
    document: Any
    records: int

    @property
    def body(self) -> bytes:
        """The bytes as they came."""
        return self.answer.content


def pages(session: Session, settings: RestDelivery, asked: Asked) -> Iterator[Page]:
    """Each page, until the source has no more. Raises `SourceUnavailable`."""
    paging = settings.paging
    if paging is None:
        yield _page(session, settings, session.ask(asked.path, asked.parameters, settings.method))
    elif isinstance(paging, PagePaging | OffsetPaging):
        yield from _numbered(session, settings, asked, paging)
    else:
        yield from _linked(session, settings, asked, paging)


def _numbered(
    session: Session, settings: RestDelivery, asked: Asked, paging: PagePaging | OffsetPaging
) -> Iterator[Page]:
    """Pages by number or offset, to the source's total; without a total to the first page shorter than the others.

    A source may give fewer records a page than it is asked for: the first page shows how many, and whether there is a
    second is seen by asking for it.
    """
    size = str(paging.size)
    read = number = full = 0
    before: Page | None = None
    while True:
        if isinstance(paging, PagePaging):
            place = {paging.page_parameter: str(paging.first_page + number), paging.size_parameter: size}
        else:
            place = {paging.offset_parameter: str(read), paging.limit_parameter: size}
        query = {**asked.parameters, **place}
        perhaps_over = before is not None and full < paging.size and total(session, settings, before.document) is None
        if perhaps_over:
            answer = session.ask_beyond(asked.path, query, settings.method)
            if answer is None or (before is not None and answer.content == before.body):
                return  # some sources give their last page for any after it
        else:
            answer = session.ask(asked.path, query, settings.method)
        page = _page(session, settings, answer, before)
        if perhaps_over and not page.records:
            return
        yield page
        read, number = read + page.records, number + 1
        declared = total(session, settings, page.document)
        if not page.records or (page.records < full if declared is None else read >= declared):
            return
        before, full = page, full or page.records


def _linked(
    session: Session, settings: RestDelivery, asked: Asked, paging: CursorPaging | LinkPaging
) -> Iterator[Page]:
    """Pages by the cursor or link that each one gives to the next."""
    query, url = dict(asked.parameters), None
    seen: set[str] = set()
    empty = 0
    page: Page | None = None
    while empty < _EMPTY_PAGES:
        answer = session.ask(url, None) if url else session.ask(asked.path, query, settings.method)
        page = _page(session, settings, answer, page)
        yield page
        if isinstance(paging, LinkPaging) and paging.next_at is None:
            position = answer.links.get("next", {}).get("url")
        else:
            position = at_path(page.document, str(paging.next_at))
        if position in (None, ""):
            return
        if str(position) in seen:
            raise _does_not_move(session, settings)
        seen.add(str(position))
        empty = 0 if page.records else empty + 1
        if isinstance(paging, CursorPaging):
            query[paging.cursor_parameter] = str(position)
        else:
            url = session.same_origin(str(position), answer)


def _page(session: Session, settings: RestDelivery, answer: httpx.Response, before: Page | None = None) -> Page:
    document = session.document(answer)
    page = Page(answer, document, len(_records(session, settings, document)))
    if before is not None and page.records and page.body == before.body:
        raise _does_not_move(session, settings)
    return page


def counts_records(records_at: str) -> bool:
    """Whether the source's total is that of the records, and not of a list around theirs."""
    return _counted_at(records_at) in (records_at, records_at.removesuffix("[*]"), records_at.removesuffix(".*"))


def _counted_at(records_at: str) -> str:
    """Path of the list that paging counts: of lists in lists the outermost one."""
    return records_at.split("[*]")[0].removesuffix(".*").split(".*.")[0] or "$"


def _records(session: Session, settings: RestDelivery, document: Any) -> list[Any]:
    records = at_path(document, _counted_at(settings.records_at), absent=False)
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


def total(session: Session, settings: RestDelivery, document: Any) -> int | None:
    """The number of records that the source declares; None where the contract names no place for it."""
    place = settings.paging.total_at if isinstance(settings.paging, PagePaging | OffsetPaging) else None
    if place is None:
        return None
    declared = at_path(document, place)
    try:
        return int(declared)
    except (TypeError, ValueError):
        raise SourceUnavailable(
            f"来源 {session.name} 的应答在 {place} 处没有总数（{declared!r}）；请核对合同的 total_at",
            f"the answer of source {session.name} has no total at {place} ({declared!r}); check total_at of the "
            "contract",
        ) from None


def _does_not_move(session: Session, settings: RestDelivery) -> SourceUnavailable:
    return SourceUnavailable(
        f"来源 {session.name} 的分页不前进（{settings.path} 反复返回同一页）；请核对合同的 paging 参数名",
        f"paging of source {session.name} does not move ({settings.path} gives the same page again); "
        "check the parameter names of the contract's paging",
    )
