"""One HTTP source: requests with a token that is renewed in time, retries with back-off, the envelope's code.

Belongs here: everything between "get this" and an answer that may be trusted. Does not belong here: paging
(`paging.py`).
"""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urljoin, urlsplit

import httpx
import stamina

from sources.connectors.files import address
from sources.connectors.offer import SourceUnavailable
from sources.contract.connections import (
    BasicAuthentication,
    HeaderAuthentication,
    OAuthAuthentication,
    RestConnection,
    TokenAuthentication,
)
from warehouse.clock import now

# Department platforms allow a new token in the last five minutes; a tenth of the lifetime for short-lived ones.
_RENEW_SECONDS = 300.0
_RENEW_SHARE = 0.1
# What a source may make us wait before we go on and say that it is busy.
_LONGEST_WAIT_SECONDS = 120.0
_LONGEST_BACKOFF_SECONDS = 30.0
# What sources answer to a page after their last one; an outage is none of these.
_NO_SUCH_PAGE = (400, 404, 416, 422)
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


Trouble = Literal["source_busy", "source_failed", "token_renewed", "pages_read_again"]


class _Refused(Exception):
    """An answer that another try may better. `retry_after` is the wait in seconds that the source asks for."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Session:
    """Requests to one server; `address` is fit to be stored. A context manager that may be entered again and again:
    connections live as long as the block, the token as long as the session."""

    def __init__(self, name: str, location: str, connection: RestConnection) -> None:
        self.name = name
        self.address = address(location)
        self._base = location.rstrip("/")
        self._connection = connection
        # Made once: reading the certificates takes longer than most requests. None are needed without TLS.
        known = connection.authentication
        places = (location, known.token_url if isinstance(known, OAuthAuthentication) else "")
        self._tls = httpx.create_ssl_context() if any(place.startswith("https:") for place in places) else False
        self._client: httpx.Client | None = None
        self._token: str | None = None
        self._renew_at = 0.0
        self._user = (known.username, known.password) if isinstance(known, BasicAuthentication) else None
        self.troubles: Counter[Trouble] = Counter()
        """What had to be tried again since somebody emptied it."""

    def __enter__(self) -> Self:
        # Redirects are not followed: a token must not travel to another host.
        self._client = httpx.Client(timeout=self._connection.timeout_seconds, follow_redirects=False, verify=self._tls)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def ask(self, path: str, parameters: Mapping[str, str] | None, method: str = "GET") -> httpx.Response:
        """The answer to a request of a path below the base URL (or a whole URL); raises `SourceUnavailable`. POST sends
        the parameters as a JSON object.

        429 and 5xx are tried again after the wait that the answer asks for, else with growing waits; 401 and a refusing
        envelope once more with a new token.
        """
        return self._trusted(self._answer(path, parameters, method))

    def ask_beyond(self, path: str, parameters: Mapping[str, str], method: str = "GET") -> httpx.Response | None:
        """As `ask`, for a page that may not exist: None when the source says that there is none."""
        answer = self._answer(path, parameters, method)
        if answer.status_code in _NO_SUCH_PAGE or not self._accepted(answer):
            return None
        return self._trusted(answer)

    def _trusted(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code >= 300:
            raise self._failure(f"HTTP {answer.status_code}")
        if not self._accepted(answer):
            raise self._failure(f"{self._connection.success_at} = {self._code(answer)!r}")
        return answer

    def _answer(self, path: str, parameters: Mapping[str, str] | None, method: str) -> httpx.Response:
        """The last answer to a request; after a refusal it was sent once more with a new token."""
        url = path if urlsplit(path).scheme else f"{self._base}/{path.lstrip('/')}"

        def send() -> httpx.Response:
            if method == "POST":
                return self._request("POST", url, body=parameters)
            return self._request("GET", url, parameters=parameters)

        answer = send()
        if self._token is not None and (answer.status_code == 401 or not self._accepted(answer)):
            self._token = None
            self.troubles["token_renewed"] += 1
            answer = send()
        return answer

    def document(self, answer: httpx.Response) -> Any:
        """The answer's JSON; raises `SourceUnavailable` for anything else."""
        try:
            return json.loads(answer.content)
        except ValueError:
            raise self._failure("应答不是 JSON", "the answer is not JSON") from None

    def same_origin(self, link: str, answer: httpx.Response) -> str:
        """The whole URL of a link to the next page, relative to the answer that has it (RFC 8288, section 3.2); another
        host is refused, it would be given our credentials."""
        url = urljoin(str(answer.url), link)
        if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
            raise self._failure("下一页指向另一台主机", "the next page is on another host")
        return url

    def _request(
        self,
        method: str,
        url: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        user: tuple[str, str] | None = None,
        authenticated: bool = True,
    ) -> httpx.Response:
        client = self._client
        if client is None:
            raise RuntimeError("a session is used within its block")
        try:
            for attempt in stamina.retry_context(
                on=_wait, attempts=self._connection.attempts, timeout=None, wait_max=_LONGEST_BACKOFF_SECONDS
            ):
                with attempt:
                    headers = self._headers() if authenticated else {}
                    # Merged: `params` would replace a query that the path has already.
                    whole = httpx.URL(url).copy_merge_params(dict(parameters)) if parameters else url
                    answer = client.request(
                        method, whole, json=body, data=form, headers=headers, auth=user or self._user
                    )
                    if answer.status_code == 429 or answer.status_code >= 500:
                        self.troubles["source_busy" if answer.status_code == 429 else "source_failed"] += 1
                        raise _Refused(f"HTTP {answer.status_code}", _retry_after(answer))
                    return answer
        except _Refused as refused:
            raise self._failure(str(refused)) from refused
        except httpx.HTTPError as error:
            raise self._failure(f"{type(error).__name__}: {error}") from error
        except httpx.InvalidURL as error:
            raise self._failure(f"地址不合法：{error}", f"invalid URL: {error}") from error
        raise AssertionError("stamina gives at least one attempt")

    def _headers(self) -> dict[str, str]:
        authentication = self._connection.authentication
        if isinstance(authentication, HeaderAuthentication):
            return dict(authentication.headers)
        if isinstance(authentication, TokenAuthentication):
            if self._token is None or time.monotonic() >= self._renew_at:
                self._renew(authentication)
            return {authentication.header: f"{authentication.scheme} {self._token}".strip()}
        if isinstance(authentication, OAuthAuthentication):
            if self._token is None or time.monotonic() >= self._renew_at:
                self._renew_by_client(authentication)
            return {"Authorization": f"Bearer {self._token}"}
        return {}

    def _renew(self, authentication: TokenAuthentication) -> None:
        self._token = None
        url = f"{self._base}/{authentication.path.lstrip('/')}"
        answer = self._request("POST", url, body=authentication.body, authenticated=False)
        self._take_token(answer, authentication.token_at, authentication.expires_at)

    def _renew_by_client(self, authentication: OAuthAuthentication) -> None:
        self._token = None
        url = authentication.token_url
        url = url if urlsplit(url).scheme else f"{self._base}/{url.lstrip('/')}"
        form = {"grant_type": "client_credentials", **authentication.parameters}
        if authentication.scope:
            form["scope"] = authentication.scope
        client = (authentication.client_id, authentication.client_secret)
        if authentication.client_in == "body":
            form |= {"client_id": client[0], "client_secret": client[1]}
        user = client if authentication.client_in == "header" else None
        answer = self._request("POST", url, form=form, user=user, authenticated=False)
        self._take_token(answer, "access_token", "expires_in", enveloped=False)

    def _take_token(
        self, answer: httpx.Response, token_at: str, expires_at: str | None, *, enveloped: bool = True
    ) -> None:
        if answer.status_code >= 300 or (enveloped and not self._accepted(answer)):
            raise self._failure(
                f"令牌被拒绝（HTTP {answer.status_code}）", f"token refused (HTTP {answer.status_code})"
            )
        document = self.document(answer)
        token = at_path(document, token_at)
        if not isinstance(token, str) or not token:
            raise self._failure(f"{token_at} 处没有令牌", f"no token at {token_at}")
        lifetime = at_path(document, expires_at) if expires_at else None
        self._token = token
        try:
            seconds = float(str(lifetime))
        except ValueError:
            self._renew_at = float("inf")  # the source does not say: a 401 will
        else:
            self._renew_at = time.monotonic() + seconds - min(_RENEW_SECONDS, seconds * _RENEW_SHARE)

    def _accepted(self, answer: httpx.Response) -> bool:
        """Whether the envelope says success; sources answer 200 to everything and put the failure into a code."""
        if self._connection.success_at is None or answer.status_code >= 300:
            return True
        return self._code(answer) in self._connection.success_values

    def _code(self, answer: httpx.Response) -> str:
        return str(at_path(self.document(answer), self._connection.success_at or ""))

    def _failure(self, zh: str, en: str | None = None) -> SourceUnavailable:
        """`en` None: `zh` is in no language."""
        return SourceUnavailable(
            f"来源 {self.name}（{self.address}）请求失败：{zh}；请检查后重新运行",
            f"source {self.name} ({self.address}) failed: {en or zh}; check address and credentials, then run again",
        )


def at_path(document: Any, path: str, absent: Any = None) -> Any:
    """The value at a dotted path such as `data.list` or `links[0].next` (`$` = the whole), `absent` without one."""
    value, rest = document, path.removeprefix("$").lstrip(".")
    while step := _STEP.match(rest):
        if isinstance(value, dict) and rest in value:
            return value[rest]  # a key that has dots itself, such as @odata.nextLink
        if step[2]:
            value = value[int(step[2])] if isinstance(value, list) and int(step[2]) < len(value) else absent
        else:
            value = value.get(step[1], absent) if isinstance(value, dict) else absent
        rest = rest[step.end() :].lstrip(".")
    return value


def _wait(error: Exception) -> bool | float:
    """Whether another try may help, or the seconds to wait before it."""
    if isinstance(error, _Refused):
        return True if error.retry_after is None else min(error.retry_after, _LONGEST_WAIT_SECONDS)
    return isinstance(error, httpx.TransportError)


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds of a Retry-After header, given as such or as a date (RFC 9110, 10.2.3); None without one."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    until, sent = _http_date(text), _http_date(answer.headers.get("Date", ""))
    if until is None:
        return None
    return max(0.0, (until - (sent or now())).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        return email.utils.parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
