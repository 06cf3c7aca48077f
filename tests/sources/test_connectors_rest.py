"""REST sources over real HTTP: windows, tokens, back-off and other ways to ask."""

from __future__ import annotations

import base64
import email.utils
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina

from sources.connectors.offer import PullRequest, SourceUnavailable
from sources.connectors.rest import offers
from tests.sources.connector_requests import ADMITTED, HELD, fetch
from tests.sources.rest_requests import JUNE, PAGES, ROWS, bodies, ids, page, request
from tests.sources.rest_source import Answer, RestSource, paths

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_waiting")]

TOKEN = {
    "kind": "token",
    "path": "/token",
    "body": {"appId": "demo"},
    "token_at": "data.token",
    "expires_at": "data.expiresIn",
}


# --- failures and tokens ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_source_is_asked_again(tmp_path: Path, serve: Callable[..., RestSource], status: int) -> None:
    refusals = iter([status, status])

    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        refused = next(refusals, None)
        return (refused, {"Retry-After": "0"}, {}) if refused else page(query)

    source = serve(answer)
    (offer,) = offers(request(tmp_path, source, {"paging": PAGES}))
    assert len(ids(offer)) == 25
    assert len(source.requests) == 5


def test_retry_after_is_waited_for(
    tmp_path: Path, serve: Callable[..., RestSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)  # what stamina sleeps with
    later = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    refusals = iter([{"Retry-After": "7"}, {"Retry-After": later}, {"Retry-After": "86400"}])

    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        refusal = next(refusals, None)
        return (429, refusal, {}) if refusal else page(query)

    (offer,) = offers(request(tmp_path, serve(answer), {"paging": PAGES}))
    with stamina.set_testing(False):
        assert len(ids(offer)) == 25
    assert waits == [7, pytest.approx(60, abs=15), 120]  # a day is longer than we wait


def test_a_source_that_stays_down_is_a_problem(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda *_: (503, {}, {}))
    (offer,) = offers(request(tmp_path, source, {}, connection={"attempts": 3}))
    with pytest.raises(SourceUnavailable, match="HTTP 503"):
        offer.fetch()
    assert len(source.requests) == 3


def test_nobody_listening_is_a_problem(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = RestSource(lambda *_: (200, {}, {}))
    with source.serving():
        wanted = request(tmp_path, source, {})
    (offer,) = offers(wanted)
    with pytest.raises(SourceUnavailable, match="ConnectError"):
        offer.fetch()


def test_a_client_error_is_not_tried_again(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda *_: (404, {}, {}))
    (offer,) = offers(request(tmp_path, source, {}))
    with pytest.raises(SourceUnavailable, match="HTTP 404"):
        offer.fetch()
    assert len(source.requests) == 1


def token_source(*, lives_for_pages: int, expires_in: float | None, revoked: Answer) -> Callable[..., Answer]:
    """Tokens that stop working after some pages, whatever their stated lifetime."""
    issued: dict[str, int] = {}

    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        if path == "/api/token":
            token = f"t{len(issued)}"
            issued[token] = 0
            return 200, {}, {"code": 0, "data": {"token": token, "expiresIn": expires_in}}
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in issued or issued[token] >= lives_for_pages:
            return revoked
        issued[token] += 1
        return page(query)

    return answer


@pytest.mark.parametrize("revoked", [(401, {}, {}), (200, {}, {"code": 1001, "msg": "token expired"})])
def test_a_token_that_dies_while_paging_is_renewed(
    tmp_path: Path, serve: Callable[..., RestSource], revoked: Answer
) -> None:
    source = serve(token_source(lives_for_pages=2, expires_in=7200, revoked=revoked))
    connection = {"authentication": TOKEN, "success_at": "code", "success_values": ["0"]}
    (offer,) = offers(request(tmp_path, source, {"paging": PAGES}, connection=connection))
    assert len(ids(offer)) == 25
    assert paths(source, "/api/token") == [{"appId": "demo"}] * 2


def test_a_token_is_renewed_before_it_expires(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(token_source(lives_for_pages=100, expires_in=0, revoked=(401, {}, {})))
    (offer,) = offers(request(tmp_path, source, {"paging": PAGES}, connection={"authentication": TOKEN}))
    assert len(ids(offer)) == 25
    assert len(paths(source, "/api/token")) == 3  # a lifetime of nothing: one for each page, and never a 401


def test_a_token_is_kept_over_windows(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(token_source(lives_for_pages=100, expires_in=7200, revoked=(401, {}, {})))
    rest = {"paging": PAGES, "windowed": True, "starts_on": "2023-06-01"}
    wanted = request(tmp_path, source, rest, connection={"authentication": TOKEN}, as_of=date(2023, 6, 3))
    assert [len(ids(offer)) for offer in offers(wanted)] == [25, 25, 25]
    assert len(paths(source, "/api/token")) == 1


def test_a_refused_token_is_a_problem(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda *_: (403, {}, {}))
    (offer,) = offers(request(tmp_path, source, {}, connection={"authentication": TOKEN}))
    with pytest.raises(SourceUnavailable, match="token refused"):
        offer.fetch()


def test_fixed_headers_go_with_every_request(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda path, query, headers: page(query) if headers.get("X-Key") == "k" else (403, {}, {}))
    connection = {"authentication": {"kind": "header", "headers": {"X-Key": "k"}}}
    (offer,) = offers(request(tmp_path, source, {"paging": PAGES}, connection=connection))
    assert len(ids(offer)) == 25


# --- windows -------------------------------------------------------------------------------------------------------

DAILY = {
    "paging": PAGES,
    "windowed": True,
    "starts_on": "2023-06-01",
    "parameters": {"begin": "{window_start}", "end": "{window_end}"},
}


def windows(source: RestSource) -> list[tuple[str, str]]:
    return list(dict.fromkeys((query["begin"], query["end"]) for query in paths(source, "/api/loans")))


def pulled(wanted: PullRequest, outcomes: dict[int, Any] | None = None) -> tuple[list[date | None], str | None]:
    """The windows offered, and the watermark after them; `outcomes` by day of month, admitted where not named."""
    days: list[date | None] = []
    mark = wanted.since
    for offer in offers(wanted):
        fetch(offer)
        assert offer.period_start is not None
        days.append(offer.period_start)
        mark = offer.watermark((outcomes or {}).get(offer.period_start.day, ADMITTED)) or mark
    return days, mark


@pytest.mark.parametrize(
    ("window_format", "first"),
    [
        ("iso", ("2023-06-01T00:00:00+08:00", "2023-06-02T00:00:00+08:00")),
        ("epoch_ms", ("1685548800000", "1685635200000")),
        ("epoch_s", ("1685548800", "1685635200")),
        ("date", ("2023-06-01", "2023-06-01")),
    ],
)
def test_windows_are_days_of_the_contract_s_zone(
    tmp_path: Path, serve: Callable[..., RestSource], window_format: str, first: tuple[str, str]
) -> None:
    source = serve(lambda path, query, headers: page(query))
    pulled(request(tmp_path, source, DAILY | {"window_format": window_format}, as_of=JUNE))
    assert windows(source) == [first]


def test_a_day_of_25_hours_is_one_window(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda path, query, headers: page(query))
    rest = DAILY | {"window_format": "epoch_s", "starts_on": "2016-10-30"}
    pulled(request(tmp_path, source, rest, as_of=date(2016, 10, 30), time_zone="Europe/London"))
    ((begin, end),) = windows(source)
    assert int(end) - int(begin) == 25 * 3600


def test_the_next_pull_goes_on_where_the_last_one_ended(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda path, query, headers: page(query))
    days, mark = pulled(request(tmp_path, source, DAILY, as_of=date(2023, 6, 3)))
    assert days == [date(2023, 6, day) for day in (1, 2, 3)]
    assert pulled(request(tmp_path, source, DAILY, as_of=date(2023, 6, 3), since=mark))[0] == []
    assert pulled(request(tmp_path, source, DAILY, as_of=date(2023, 6, 5), since=mark))[0] == [
        date(2023, 6, 4),
        date(2023, 6, 5),
    ]


def test_held_days_are_asked_for_again_and_do_not_stop_the_others(
    tmp_path: Path, serve: Callable[..., RestSource]
) -> None:
    source = serve(lambda path, query, headers: page(query))
    _, mark = pulled(request(tmp_path, source, DAILY, as_of=date(2023, 6, 4)), {2: HELD})
    days, mark = pulled(request(tmp_path, source, DAILY, as_of=date(2023, 6, 5), since=mark))
    assert days == [date(2023, 6, 2), date(2023, 6, 5)]
    assert pulled(request(tmp_path, source, DAILY, as_of=date(2023, 6, 5), since=mark))[0] == []


def test_a_day_that_is_not_over_is_asked_for_again(
    tmp_path: Path, serve: Callable[..., RestSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = serve(lambda path, query, headers: page(query))
    monkeypatch.setenv("DISTRICT_NOW", "2023-06-02T12:00:00+08:00")
    days, mark = pulled(request(tmp_path, source, DAILY, as_of=date(2023, 6, 2)))
    assert days == [date(2023, 6, 1), date(2023, 6, 2)]
    monkeypatch.setenv("DISTRICT_NOW", "2023-06-03T00:00:00+08:00")
    assert pulled(request(tmp_path, source, DAILY, as_of=date(2023, 6, 2), since=mark))[0] == [date(2023, 6, 2)]


def test_catching_up_can_take_several_days_at_once(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda path, query, headers: page(query))
    found = list(offers(request(tmp_path, source, DAILY | {"window_days": 7}, as_of=date(2023, 6, 10))))
    assert [(offer.period_start, offer.period_end) for offer in found] == [
        (date(2023, 6, 1), date(2023, 6, 7)),
        (date(2023, 6, 8), date(2023, 6, 10)),
    ]
    assert [offer.file_name for offer in found] == ["lib_loan_20230601-20230607.zip", "lib_loan_20230608-20230610.zip"]


def test_days_asked_for_again_leave_the_watermark(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda path, query, headers: page(query))
    _, mark = pulled(request(tmp_path, source, DAILY, as_of=date(2023, 6, 3)))
    again = request(tmp_path, source, DAILY, since=mark, period=(date(2023, 6, 1), date(2023, 6, 2)))
    found = list(offers(again))
    assert [offer.period_start for offer in found] == [date(2023, 6, 1), date(2023, 6, 2)]
    assert [offer.watermark(ADMITTED) for offer in found] == [None, None]


def test_a_whole_state_is_dated_by_its_day(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda path, query, headers: page(query))
    (offer,) = offers(request(tmp_path, source, {"paging": PAGES}, as_of=JUNE))
    assert (offer.period_start, offer.period_end) == (JUNE, JUNE)
    assert offer.watermark(ADMITTED) is None


# --- other ways to ask ---------------------------------------------------------------------------------------------


def whole(_path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
    return 200, {}, ROWS[:3]


@pytest.mark.parametrize("client_in", ["header", "body"])
def test_oauth_client_credentials(
    tmp_path: Path, serve: Callable[..., RestSource], monkeypatch: pytest.MonkeyPatch, client_in: str
) -> None:
    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        if path == "/api/oauth/token":
            by_header = headers.get("Authorization") == "Basic " + base64.b64encode(b"me:s3cret").decode()
            by_body = (query.get("client_id"), query.get("client_secret")) == ("me", "s3cret")
            known = by_header if client_in == "header" else by_body and "Authorization" not in headers
            asked = (query.get("grant_type"), query.get("scope")) == ("client_credentials", "read")
            return (200, {}, {"access_token": "T", "expires_in": 3600}) if known and asked else (401, {}, {})
        return whole(path, query, headers) if headers.get("Authorization") == "Bearer T" else (401, {}, {})

    monkeypatch.setenv("API_SECRET", "s3cret")
    source = serve(answer)
    oauth = {
        "kind": "oauth2",
        "token_url": "/oauth/token",
        "client_id": "me",
        "client_secret": "${API_SECRET}",
        "scope": "read",
        "client_in": client_in,
    }
    rest = {"records_at": "$"}
    [offer] = offers(request(tmp_path, source, rest, connection={"authentication": oauth}))
    assert bodies(offer) == [ROWS[:3]]


def test_basic_authentication(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        right = headers.get("Authorization") == "Basic " + base64.b64encode(b"me:pw").decode()
        return whole(path, query, headers) if right else (401, {}, {})

    basic = {"kind": "basic", "username": "me", "password": "pw"}
    [offer] = offers(request(tmp_path, serve(answer), {"records_at": "$"}, connection={"authentication": basic}))
    assert bodies(offer) == [ROWS[:3]]


def test_keys_and_windows_in_path_and_query(
    tmp_path: Path, serve: Callable[..., RestSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "k1")
    source = serve(whole)
    rest = {
        "path": "/v1/{window_start}",
        "parameters": {"appkey": "${API_KEY}", "to": "{window_end}"},
        "records_at": "$",
        "windowed": True,
        "starts_on": "2023-06-29",
        "window_format": "%Y%m%d",
    }
    for offer in offers(request(tmp_path, source, rest)):
        fetch(offer)
    assert source.requests == [
        ("/api/v1/20230629", {"appkey": "k1", "to": "20230629"}),
        ("/api/v1/20230630", {"appkey": "k1", "to": "20230630"}),
    ]


def test_post_sends_the_parameters_as_an_object(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda path, query, headers: page(query))
    [offer] = offers(request(tmp_path, source, {"method": "POST", "parameters": {"kind": "x"}, "paging": PAGES}))
    assert len(ids(offer)) == 25
    assert source.requests[0] == ("/api/loans", {"kind": "x", "pageNo": "1", "pageSize": "10"})


def test_lists_in_lists_are_counted_by_the_outer_one(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(lambda path, query, headers: page(query))
    [offer] = offers(request(tmp_path, source, {"records_at": "data.list[*].docks", "paging": PAGES}))
    assert fetch(offer).rows_declared is None


def test_a_query_in_the_path_is_sent(tmp_path: Path, serve: Callable[..., RestSource]) -> None:
    source = serve(whole)
    (offer,) = offers(request(tmp_path, source, {"path": "/x?station=7", "records_at": "$", "parameters": {"a": "b"}}))
    fetch(offer)
    assert source.requests == [("/api/x", {"station": "7", "a": "b"})]


def test_links_are_relative_to_their_answer_and_may_lie_under_a_key_with_dots(
    tmp_path: Path, serve: Callable[..., RestSource]
) -> None:
    def answer(path: str, query: dict[str, str], headers: dict[str, str]) -> Answer:
        more = {} if "page" in query else {"@odata.nextLink": "?page=2"}
        return 200, {}, {"data": {"list": ROWS[10:] if "page" in query else ROWS[:10]}, **more}

    source = serve(answer)
    rest = {"path": "/v1/items", "paging": {"kind": "link", "next_at": "@odata.nextLink"}}
    (offer,) = offers(request(tmp_path, source, rest))
    assert len(ids(offer)) == 25
    assert source.requests == [("/api/v1/items", {}), ("/api/v1/items", {"page": "2"})]
