"""REST sources over real HTTP: every paging, and answers that do not add up."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sources.connectors.offer import SourceUnavailable
from sources.connectors.rest import offers
from tests.sources.connector_requests import fetch
from tests.sources.rest_requests import PAGES, ROWS, ids, page, request
from tests.sources.rest_source import Answer, RestSource, paths

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_waiting")]

# --- paging --------------------------------------------------------------------------------------------------------


def test_pages_are_followed_to_the_declared_total(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda path, query, headers: page(query, generatedAt=1685577600000))
    (offer,) = offers(request(tmp_path, source, {"paging": PAGES, "generated_at": "data.generatedAt"}))
    fetched = fetch(offer)
    assert fetched.rows_declared == 25
    assert fetched.generated_at == datetime(2023, 6, 1, tzinfo=UTC)
    assert [query["pageNo"] for query in paths(source, "/api/loans")] == ["1", "2", "3"]
    assert ids(offer) == [row["id"] for row in ROWS]


def test_bodies_are_kept_byte_for_byte_and_give_the_same_archive(
    tmp_path: Path, serve: Callable[..., RestSource]
) -> None:
    body = b'{ "data" : {"list": [ {"id": "1",  "x": 1.00} ]} }\n'
    source = serve(lambda path, query, headers: (200, {}, body))
    wanted = request(tmp_path, source, {})
    archives = [fetch(offer).files[0].path for offer in (*offers(wanted), *offers(wanted))]
    with zipfile.ZipFile(archives[0]) as archive:
        assert archive.read("page-00001.json") == body
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_offsets(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        start, size = int(query["offset"]), int(query["limit"])
        return 200, {}, {"data": {"list": ROWS[start : start + size]}}

    source = serve(answer)
    (offer,) = offers(request(tmp_path, source, {"paging": {"kind": "offset", "size": 10}}))
    assert len(ids(offer)) == 25
    assert [query["offset"] for query in paths(source, "/api/loans")] == ["0", "10", "20"]


def test_cursors(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        start = int(query.get("cursor", "0"))
        following = str(start + 10) if start + 10 < len(ROWS) else None
        return 200, {}, {"data": {"list": ROWS[start : start + 10]}, "meta": {"next": following}}

    (offer,) = offers(request(tmp_path, serve(answer), {"paging": {"kind": "cursor", "next_at": "meta.next"}}))
    assert len(ids(offer)) == 25


@pytest.mark.parametrize("in_body", [False, True])
def test_links(tmp_path: Path, serve: Callable[..., RestSource], in_body: bool) -> None:
    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        start = int(query.get("from", "0"))
        body: dict[str, Any] = {"data": {"list": ROWS[start : start + 10]}, "links": []}
        more = start + 10 < len(ROWS)
        link = f"/api/loans?from={start + 10}"
        if in_body:
            body["links"] = [{"next": link}] if more else []
            return 200, {}, body
        return 200, {"Link": f'<{link}>; rel="next"'} if more else {}, body

    paging = {"kind": "link"} | ({"next_at": "links[0].next"} if in_body else {})
    (offer,) = offers(request(tmp_path, serve(answer), {"paging": paging}))
    assert len(ids(offer)) == 25


def test_a_link_to_another_host_is_not_followed(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda *_: (200, {"Link": '<http://elsewhere.example/x>; rel="next"'}, {"data": {"list": ROWS}}))
    (offer,) = offers(request(tmp_path, source, {"paging": {"kind": "link"}}))
    with pytest.raises(SourceUnavailable, match="another host"):
        offer.fetch()


def test_paging_that_does_not_move_ends(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda *_: (200, {}, {"data": {"list": ROWS[:10]}}))
    (offer,) = offers(request(tmp_path, source, {"paging": {"kind": "page", "size": 10}}))
    with pytest.raises(SourceUnavailable, match="does not move"):
        offer.fetch()


@pytest.mark.parametrize("kind", ["page", "offset"])
@pytest.mark.parametrize("beyond", ["empty", 400, 404, "last page again", "refused"])
def test_a_source_may_give_fewer_a_page_than_asked_for(
    tmp_path: Path, serve: Callable[..., RestSource], kind: str, beyond: str | int
) -> None:
    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        start = int(query["offset"]) if kind == "offset" else 10 * (int(query["pageNo"]) - 1)
        if start >= 20 and isinstance(beyond, int):
            return beyond, {}, {}
        if start >= 20 and beyond == "refused":
            return 200, {}, {"code": 1}
        rows = ROWS[start : start + 10] if start < 20 or beyond == "empty" else ROWS[10:20]
        return 200, {}, {"code": 0, "data": {"list": rows if start < 20 else [] if beyond == "empty" else rows}}

    connection = {"success_at": "code", "success_values": ["0"]}
    source = serve(answer)
    (offer,) = offers(request(tmp_path, source, {"paging": {"kind": kind, "size": 1000}}, connection=connection))
    assert ids(offer) == [row["id"] for row in ROWS[:20]]


def test_an_outage_behind_a_short_page_is_no_end(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        return (503, {}, {}) if query["pageNo"] == "2" else (200, {}, {"data": {"list": ROWS[:10]}})

    (offer,) = offers(request(tmp_path, serve(answer), {"paging": {"kind": "page", "size": 1000}}))
    with pytest.raises(SourceUnavailable, match="503"):
        fetch(offer)


# --- answers that do not add up -------------------------------------------------------------------------------------


def test_data_that_change_while_paged_are_read_again(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    rows = list(ROWS)

    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        given = page(query, list(rows))
        if query["pageNo"] == "1" and len(rows) == 25:
            rows.insert(0, {"id": "new"})  # everything moves on by one: page 2 would repeat the last of page 1
        return given

    (offer,) = offers(request(tmp_path, serve(answer), {"paging": PAGES}))
    assert ids(offer) == ["new", *(row["id"] for row in ROWS)]


def test_a_total_that_never_fits_is_refused(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda path, query, headers: page(query, total=26))
    (offer,) = offers(request(tmp_path, source, {"paging": PAGES}))
    with pytest.raises(SourceUnavailable, match="26 declared, 25 were read"):
        offer.fetch()
    assert list((tmp_path / "workspace").iterdir()) == []


@pytest.mark.parametrize(
    ("rest", "document", "words"),
    [
        ({}, {"data": {}}, "no list at data.list"),
        ({}, {"data": {"list": {}}}, "no list at data.list"),
        ({}, b"<html>maintenance</html>", "not JSON"),
        ({"paging": PAGES}, {"data": {"list": []}}, "no total at data.total"),
    ],
)
def test_answers_of_another_shape_are_named(
    tmp_path: Path, serve: Callable[..., RestSource], rest: dict[str, Any], document: Any, words: str
) -> None:
    source = serve(lambda *_: (200, {}, document))
    (offer,) = offers(request(tmp_path, source, rest))
    with pytest.raises(SourceUnavailable, match=words):
        offer.fetch()


def test_null_is_an_empty_list(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda *_: (200, {}, {"data": {"list": None, "total": 0}}))
    (offer,) = offers(request(tmp_path, source, {"paging": PAGES}))
    assert fetch(offer).rows_declared == 0


def test_an_envelope_that_says_failure_is_one(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda *_: (200, {}, {"code": 500, "msg": "db down", "data": {"list": []}}))
    connection = {"success_at": "code", "success_values": ["0"]}
    (offer,) = offers(request(tmp_path, source, {}, connection=connection))
    with pytest.raises(SourceUnavailable, match="code = '500'"):
        offer.fetch()
