"""How a server is reached: the `connection` of a server in a contract.

Belongs here: connections, and how we say who we are. Does not belong here: what is fetched (`settings.py`), connecting
(`sources/connectors/`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sources.contract.strict import Settings


class FilesConnection(Settings):
    """A folder reached through fsspec; `servers[].location` is its URL (local path, sftp://, s3://)."""

    connector: Literal["files"]
    storage_options: dict[str, str] = Field(default={}, description="fsspec options; secrets as ${ENVIRONMENT} names")


class TokenAuthentication(Settings):
    """POST of app id and secret to `path`; the token goes into `header` as `scheme token`; renewed before expiry."""

    kind: Literal["token"]
    path: str
    body: dict[str, str] = Field(description="JSON body of the token request; values may name ${ENVIRONMENT}")
    token_at: str = Field(description="dotted path of the token in the answer, e.g. data.token")
    expires_at: str | None = Field(default=None, description="dotted path of the lifetime in seconds")
    header: str = "Authorization"
    scheme: str = "Bearer"


class HeaderAuthentication(Settings):
    """Fixed headers with every request; values may name ${ENVIRONMENT}."""

    kind: Literal["header"]
    headers: dict[str, str]


class BasicAuthentication(Settings):
    """User and password with every request (RFC 7617)."""

    kind: Literal["basic"]
    username: str = Field(description="as a ${ENVIRONMENT} name")
    password: str = Field(description="as a ${ENVIRONMENT} name")


class OAuthAuthentication(Settings):
    """OAuth 2.0 client credentials (RFC 6749, 4.4): a form to `token_url`, the answer's `access_token` as bearer.

    The token is renewed before its `expires_in`.
    """

    kind: Literal["oauth2"]
    token_url: str = Field(description="below the server's base URL, or a whole URL (the key is sent there)")
    client_id: str = Field(description="as a ${ENVIRONMENT} name")
    client_secret: str = Field(description="as a ${ENVIRONMENT} name")
    scope: str = ""
    parameters: dict[str, str] = Field(default={}, description="further fields of the form, e.g. audience")
    client_in: Literal["header", "body"] = Field(
        default="header", description="where the client names itself: basic authentication, or fields of the form"
    )


Authentication = Annotated[
    TokenAuthentication | HeaderAuthentication | BasicAuthentication | OAuthAuthentication,
    Field(discriminator="kind"),
]


class RestConnection(Settings):
    """A JSON API over HTTP; `servers[].location` is its base URL. 429 and 5xx are retried with back-off."""

    connector: Literal["rest"]
    authentication: Authentication | None = None
    success_at: str | None = Field(default=None, description="dotted path of the envelope's code, e.g. code")
    success_values: tuple[str, ...] = ()
    timeout_seconds: float = 30
    attempts: int = Field(default=5, description="tries for one request before the source counts as unreachable")


class SqlConnection(Settings):
    """A database view through SQLAlchemy; `servers[].location` is the database URL."""

    connector: Literal["sql"]


class MqttConnection(Settings):
    """A broker; `servers[].location` is its URL (mqtt://host:port, mqtts:// with TLS).

    Without a user name the connection is anonymous.
    """

    connector: Literal["mqtt"]
    username: str = Field(default="", description="as a ${ENVIRONMENT} name, e.g. ${IOT_USER:-}")
    password: str = Field(default="", description="as a ${ENVIRONMENT} name")
    timeout_seconds: float = Field(
        default=60, description="the barrier of one pull must be back by then; a day's reports take seconds"
    )


Connection = Annotated[
    FilesConnection | RestConnection | SqlConnection | MqttConnection, Field(discriminator="connector")
]
