"""The typed shape of our custom properties inside an ODCS contract: how a delivery is reached, read and dated.

Belongs here: strict pydantic models of the `value` of every custom property that we define (unknown keys are
refused, and so is every property name that is not listed here), with the guideline for each field.
Does not belong here: reading YAML (`loading.py`), the derived view of a feed (`feed.py`), any input or output.
The reference page `docs/contract-reference.md` is generated from these models.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator


class Settings(BaseModel):
    """Base of all settings: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- servers[].customProperties: connection ----------------------------------------------------------------------


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


# --- schema[].customProperties: deliveries, period, calendar, history, row_rules ---------------------------------


# Of the reports that the departments fill in; no key of ours is such a word.
TOTAL_WORDS = ("合计", "小计", "总计")


def _is_encoding(value: str) -> str:
    try:
        if value != "auto":
            codecs.lookup(value)
    except LookupError as error:
        raise ValueError(f"没有名为 {value} 的编码 / no encoding is called {value}") from error
    return value


Encoding = Annotated[str, AfterValidator(_is_encoding)]
ENCODING = "auto = strict UTF-8, else GB18030; BOM and UTF-16 are seen; others by name, e.g. latin-1, windows-1252"


class CsvFormat(Settings):
    """Delimited text, RFC 4180 quoting.

    Two columns of one name are `name` and `name_2`. Numbers with a decimal comma: `decimal` of the delivery.
    """

    kind: Literal["csv"]
    encoding: Encoding = Field(default="auto", description=ENCODING)
    delimiter: str = Field(
        default=",", min_length=1, max_length=1, description="one character: `;`, `|`, or `\\t` for a tab"
    )
    quote: str = Field(default='"', max_length=1, description="written twice inside a value; empty = no quoting")
    header: bool = Field(default=True, description="false: columns are named column1, column2, ... by position")
    skip_rows: int = Field(default=0, description="lines before the header or the first row")
    header_search_rows: int = Field(
        default=20, ge=1, description="how far down the header is looked for by its labels, below title rows"
    )
    total_words: tuple[str, ...] = Field(default=TOTAL_WORDS, description="a key cell that says this: a row of totals")
    trailer: str | None = Field(
        default=None,
        description="regular expression of the last line, which says that the file is whole; a group `rows` in it is "
        "the declared number of rows, e.g. `#END,(?P<rows>[0-9]+)`",
    )
    ends_before: str | None = Field(
        default=None,
        description="regular expression found in the first line below the table: it and what follows is no data, e.g. "
        "`^(Source|Notes?)\\b|^\\s*$`",
    )

    @field_validator("delimiter", mode="before")
    @classmethod
    def _tab(cls, value: object) -> object:
        return "\t" if value in ("\\t", "tab") else value

    @field_validator("trailer", "ends_before")
    @classmethod
    def _is_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"不是合法的正则表达式 / not a valid regular expression: {error}") from error
        return value


class ExcelFormat(Settings):
    """Sheets of a workbook (xlsx, xls, ods); title, unit and note rows around the table are recognised.

    Expressions know the sheet's name as `_sheet`.
    """

    kind: Literal["excel"]
    sheet: str | None = Field(
        default=None,
        description="sheet name, or a glob of several (`*`, `2023-*`): sheets without a header of ours are left out "
        "and remarked on; none = the first sheet",
    )
    header_search_rows: int = Field(default=20, description="how far down the header is looked for by its labels")
    total_words: tuple[str, ...] = Field(default=TOTAL_WORDS, description="a cell that says this: a row of totals")
    max_cells: int = Field(
        default=4_000_000,
        ge=1,
        description="of the sheet's used area; a sheet is held in memory, some 220 bytes a cell; more belongs in CSV",
    )


class JsonFormat(Settings):
    """NDJSON (one object a line) or one JSON document (GeoJSON too), in either with records at `records_at`.

    Source columns are dotted paths into a record, e.g. `geometry.coordinates[0]`; `$.` starts at the top of the
    document or line (`$.last_updated`), `^.` at the record that holds this one (`^.^.` one further out).
    """

    kind: Literal["ndjson", "json"]
    encoding: Encoding = Field(default="auto", description=ENCODING)
    records_at: str | None = Field(
        default=None,
        description="dotted path of the record list in the document, or in each line, e.g. data.list; lists in lists "
        "as `data.stations[*].docks`; `.*` takes the values of an object, whose key is then `_key`: `data.*`",
    )


class XmlFormat(Settings):
    """XML; each element at `records_at` is a row.

    Source columns are dotted paths of elements below it without name spaces, `@` before an attribute: `id.@code`.
    A repeated element is taken as `value[0]`, `value[1]`; the text of an element that has attributes or elements
    besides is `name.#text`. `$.` leads down from the root, `^.` from the element that holds the record, to what stands
    before the record: `$.Header.Prepared`, `^.SeriesKey.Value[0].@value`.
    """

    kind: Literal["xml"]
    records_at: str = Field(description="path of the record's element from the root, e.g. stations.station")


class FixedColumn(Settings):
    """A column of a text of fixed width."""

    name: str
    start: int = Field(ge=1, description="first character, from 1")
    width: int = Field(ge=1, description="characters, not bytes")


class FixedFormat(Settings):
    """Text whose columns stand at fixed places of a line; white space around a value is no part of it."""

    kind: Literal["fixed"]
    encoding: Encoding = Field(default="auto", description=ENCODING)
    columns: tuple[FixedColumn, ...] = Field(min_length=1)
    skip_rows: int = Field(default=0, ge=0, description="lines before the first row")


class ParquetFormat(Settings):
    """Apache Parquet."""

    kind: Literal["parquet"]


class FhirFormat(Settings):
    """FHIR R4 Bundle (JSON) or NDJSON of resources; one row a resource of `resource_type`.

    Source columns are JSONPath-like dotted paths into the resource, e.g. `code.coding[0].code`.
    """

    kind: Literal["fhir"]
    resource_type: str


Format = Annotated[
    CsvFormat | ExcelFormat | JsonFormat | XmlFormat | FixedFormat | ParquetFormat | FhirFormat,
    Field(discriminator="kind"),
]


# The largest honest delivery (a month of events) is about a tenth of it.
LARGEST_ARCHIVE_MEGABYTES = 16_384
# Text packs 5 to 30 times; a thousandfold member is built to fill a disk.
LARGEST_COMPRESSION_RATIO = 300


class ControlFile(Settings):
    """A small file that the sender writes beside each delivered file, last: it says that the delivery is whole, and may
    declare its checksum and its number of rows.

    A delivery without its control file is still being written: it waits, and is a problem only after its deadline. A
    checksum that does not match holds the batch, and so does another number of rows than declared.
    """

    name: str = Field(
        description="`{name}` stands for the delivered file's name, `{stem}` for it without its last ending: "
        "`{name}.md5`, `{stem}.ok`; without either one list names many files, e.g. `SHA256SUMS`"
    )
    declares: Literal["nothing", "checksum", "pattern"] = Field(
        default="nothing",
        description="nothing: that it is there is enough; checksum: what md5sum, sha1sum, sha256sum or sha512sum "
        "write, or the digits alone; pattern: what `pattern` finds",
    )
    pattern: str | None = Field(
        default=None,
        description="regular expression with a group `checksum` (hexadecimal digits), `rows` or both, looked for "
        "anywhere in the text, e.g. `rows=(?P<rows>[0-9]+)`; `^` and `$` stand for the ends of a line",
    )

    @field_validator("name")
    @classmethod
    def _is_name(cls, value: str) -> str:
        if re.sub(r"\{(?:name|stem)\}", "", value).strip() == "" or re.search(r"\{(?!name\}|stem\})", value):
            raise ValueError(
                "可用的占位符只有 {name}、{stem}，其外还须有文字，如 {name}.md5 / "
                "only {name} and {stem} may stand in it, beside other text, e.g. {name}.md5"
            )
        return value

    @model_validator(mode="after")
    def _has_pattern(self) -> ControlFile:
        if (self.pattern is not None) != (self.declares == "pattern"):
            raise ValueError(
                "declares: pattern 与 pattern 须同时写 / pattern goes with declares: pattern, and only then"
            )
        if self.pattern is not None:
            try:
                groups = set(re.compile(self.pattern).groupindex)
            except re.error as error:
                raise ValueError(f"不是合法的正则表达式 / not a valid regular expression: {error}") from error
            if not groups or groups - {"checksum", "rows"}:
                raise ValueError(
                    "pattern 须有名为 checksum 或 rows 的组，且无其他命名组 / "
                    "pattern needs a group named checksum or rows, and no other named group"
                )
        return self


class FileDelivery(Settings):
    """Files of a folder server. `pattern` is a glob, or a `parse`-like template that dates the file.

    `{period}` takes YYYY, YYYYMM, YYYYMMDD or YYYYMMDDHH (district-local; `-`, `_` or `.` between, 2023年6月1日), a
    quarter (2023Q2, 2023年第二季度) or an ISO week (2023-W14); `{year}`, `{month}`, `{day}` take them apart, in folders
    too: `{year}/{month}/{day}/usage.csv`. `{seq}` is an integer, `{*}` anything; e.g. `usage_{period}.ndjson`.
    A pattern without placeholders is a glob (`*.csv`, `**/*.json`). Expressions know the file's path below the
    server's location as `_file_name`. Files packed with gzip, bzip2, xz or Zstandard are unpacked.
    """

    pattern: str
    member: str | None = Field(
        default=None, description="glob of the members inside a zip or tar (tar.gz, tar.bz2, tar.xz) archive"
    )
    mode_from_manifest: bool = Field(default=False, description="OneRoster manifest.csv in the zip says bulk or delta")
    max_unpacked_megabytes: int = Field(default=LARGEST_ARCHIVE_MEGABYTES, ge=1, description="of all members together")
    max_compression_ratio: int = Field(default=LARGEST_COMPRESSION_RATIO, ge=1, description="of a member above 16 MB")
    format: Format
    one_batch: bool = Field(
        default=False, description="true: all new files of one pull make one batch (many small files)"
    )
    control_file: ControlFile | None = Field(
        default=None, description="the file that the sender writes after each delivery; none: a file counts as it lies"
    )


class PagePaging(Settings):
    """Pages by number."""

    kind: Literal["page"]
    page_parameter: str = "pageNo"
    size_parameter: str = "pageSize"
    size: int = 1000
    first_page: int = 1
    total_at: str | None = Field(default=None, description="dotted path of the total; checked against what was read")


class OffsetPaging(Settings):
    """Pages by the number of records to skip."""

    kind: Literal["offset"]
    offset_parameter: str = "offset"
    limit_parameter: str = "limit"
    size: int = 1000
    total_at: str | None = None


class CursorPaging(Settings):
    """Pages by an opaque cursor that each answer gives at the dotted path `next_at` (absent or empty = last)."""

    kind: Literal["cursor"]
    cursor_parameter: str = "cursor"
    next_at: str


class LinkPaging(Settings):
    """RFC 8288 `Link: <...>; rel="next"` headers, or a full URL at `next_at` of the body."""

    kind: Literal["link"]
    next_at: str | None = None


Paging = Annotated[PagePaging | OffsetPaging | CursorPaging | LinkPaging, Field(discriminator="kind")]


class RestDelivery(Settings):
    """One resource of a REST server, pulled by windows of whole days (of the contract's zone) when it takes a window.

    `{window_start}` is the first moment of the first day, `{window_end}` the first moment after the last one; with
    `window_format: date`, or a pattern without hours, they are the first and the last day.
    """

    path: str = Field(description="may use {window_start}, {window_end}, ${ENVIRONMENT}")
    parameters: dict[str, str] = Field(
        default={}, description="as path; a key that goes into the query, as ${ENVIRONMENT}, too"
    )
    method: Literal["GET", "POST"] = Field(
        default="GET", description="POST sends the parameters, paging included, as a JSON object"
    )
    window_format: str = Field(
        default="iso",
        pattern="^(iso|epoch_ms|epoch_s|date|.*%.*)$",
        description="`iso`, `epoch_ms`, `epoch_s`, `date`, or a strftime pattern such as `%Y%m%d`",
    )
    window_days: int = Field(default=1, ge=1, le=31, description="days of one window, and so of one batch")
    starts_on: date | None = Field(default=None, description="first day that the source has; needed when windowed")
    windowed: bool = Field(default=True, description="false: one pull brings the whole state")
    records_at: str = Field(description="as in JsonFormat, whose source columns hold here too; `$` = the whole answer")
    generated_at: str | None = Field(default=None, description="dotted path of the answer's own time (epoch ms or ISO)")
    paging: Paging | None = None


class SqlDelivery(Settings):
    """Rows of a view or of `query`, by watermark with overlap; deletes as tombstones."""

    view: str | None = None
    query: str | None = Field(default=None, description="SELECT used in place of `view`")
    watermark: str | None = Field(default=None, description="column polled with > last value minus overlap")
    overlap_minutes: int = Field(default=10, description="clocks of source nodes differ by minutes, not hours")


MessageFormat = Annotated[JsonFormat | ParquetFormat, Field(discriminator="kind")]


class MqttDelivery(Settings):
    """Messages that a broker keeps for us between pulls: a persistent session of a fixed client.

    A pull subscribes, publishes a marker to `<client_id>/barrier` and takes what comes before the marker: the account
    must be allowed to write and read that topic. A message is acknowledged once it is on our disk. Rows also have the
    source columns `message_topic` and `message_received_at` (UTC). A message may be packed with gzip. Of a message that
    is one bare value (`23.5`, `ON`), that value is the source column `message_value`.
    """

    topic: str = Field(description="topic filter, e.g. iot/+/heartbeat; a new filter needs a new client_id")
    client_id: str = Field(description="names the session at the broker: one for each delivery of each installation")
    qos: Literal[0, 1] = Field(default=1, description="1: kept until acknowledged; 0: lost between pulls")
    format: MessageFormat = Field(
        description="a message is one JSON document (json), lines of JSON (ndjson) or a compact block (parquet)"
    )
    max_messages: int = Field(
        default=100_000, ge=1, description="messages of one batch: one gateway report an hour of 4,000 gateways"
    )
    max_megabytes: int = Field(default=256, ge=1, description="payload of one batch; it is unpacked in memory")


# Every sheet numbers its rows, every view of the exchange carries its own marks: they tell nothing of the district.
USUAL_COLUMNS = ("序号", "row_guid", "cd_*")


class Unpivot(Settings):
    """Turns a wide table (a column for each month, station, indicator) into one row for each cell.

    Each row has the other columns of its line, and the number of the line.
    """

    columns: tuple[str, ...] = Field(
        min_length=1, description="globs of the columns to take apart, e.g. `20??-??`; `*` = all that no field takes"
    )
    name: str = Field(description="source column that gets the column's label")
    value: str = Field(description="source column that gets the cell")
    keep_empty: bool = Field(default=False, description="true: an empty cell is a row too; false: it says nothing")


class Delivery(Settings):
    """One way in which an entity arrives. Exactly one of file, rest, sql, mqtt must fit the server's connector."""

    server: str
    mode: Literal["full", "delta", "correction"] = "delta"
    file: FileDelivery | None = None
    rest: RestDelivery | None = None
    sql: SqlDelivery | None = None
    mqtt: MqttDelivery | None = None
    time_zone: str | None = Field(default=None, description="of naive times in this delivery; default: the contract's")
    ignored_columns: tuple[str, ...] = Field(
        default=(),
        description="columns that we know of and do not take (globs), besides 序号 and what the exchange adds, "
        "row_guid and cd_*; any other column that the contract does not name is remarked on",
    )
    decimal: Literal[".", ","] = Field(
        default=".", description='"," where numbers are written 1.234,5: the other mark, or a space, groups thousands'
    )
    unpivot: Unpivot | None = None
    operation_column: str | None = Field(default=None, description="cd_operation: D rows become tombstones")
    where: str | None = Field(default=None, description="SQL condition over source columns; other rows are not ours")
    columns: dict[str, str] = Field(default={}, description="field -> source column, over physicalName and synonyms")
    expressions: dict[str, str] = Field(
        default={}, description="field -> SQL expression over (text) source columns, over transformLogic"
    )

    @property
    def connector(self) -> Literal["files", "rest", "sql", "mqtt"]:
        """The connector that the given way needs; the contract reader has made sure that there is exactly one."""
        if self.file is not None:
            return "files"
        if self.mqtt is not None:
            return "mqtt"
        return "rest" if self.rest is not None else "sql"

    @property
    def key(self) -> str:
        """Name of this way in the ledger (watermarks, replays): stable as long as the place read stays the same."""
        if self.file is not None:
            place = f"{self.file.pattern}!{self.file.member}" if self.file.member else self.file.pattern
        elif self.rest is not None:
            place = self.rest.path
        elif self.sql is not None:
            place = self.sql.view or f"query {hashlib.sha256((self.sql.query or '').encode()).hexdigest()[:12]}"
        elif self.mqtt is not None:
            place = self.mqtt.topic
        else:
            place = ""
        return f"{self.server}:{place}"


# register: the state of things, one row a thing, newest wins; event: what happened, one row an occurrence.
History = Literal["register", "event"]
Percent = Annotated[float, Field(ge=0, le=100)]


class Period(Settings):
    """What dates a row (`dt`, a district-local date): a field of the row, or the delivery (file period, pull day)."""

    field: str | None = None


class Calendar(Settings):
    """When a delivery is expected and due; periods are district-local."""

    cadence: Literal["hourly", "daily", "weekly", "monthly", "quarterly", "half_yearly", "yearly", "irregular"]
    due_working_days: int | None = Field(default=None, description="n-th working day after the period's end")
    due_days: int | None = Field(default=None, description="calendar days after the period's end")
    due_time: str = "23:59"
    grace_days: int = 0
    exempt_months: tuple[int, ...] = ()
    starts_on: date | None = Field(default=None, description="first day from which on periods are expected at all")
    reason: str = Field(description="where the deadline comes from")


# The six dimensions of GB/T 36344-2018.
Dimension = Literal["规范性", "完整性", "准确性", "一致性", "时效性", "可访问性"]


class RowRule(Settings):
    """A condition (SQL over the typed fields) that each row must meet; others are rejected with the reason."""

    name: str
    expression: str
    reason_zh: str
    reason_en: str
    dimension: Dimension


class Exclusion(Settings):
    """A condition (SQL over the typed fields) of rows that are no data, such as test records: they are left out and
    counted, and say nothing against the delivery."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$", description="the code under which they are counted: test_record")
    expression: str
    reason_zh: str
    reason_en: str


# --- properties[].customProperties -------------------------------------------------------------------------------


class Protection(Settings):
    """What happens to a personal value before it touches Parquet: keyed HMAC-SHA256, masking, or nothing kept."""

    method: Literal["pseudonymise", "mask", "drop"]


# One row in twenty: beyond it the delivery itself is at fault (wrong unit, shifted columns), not single rows.
DEFAULT_MAX_REJECTED_PERCENT = 5.0

# One broken row in a hundred: a value with an unquoted separator is an accident, more is the export program's fault.
DEFAULT_MAX_BROKEN_PERCENT = 1.0
# What systems write for "no date"; none is a day on which anything of ours happened.
DEFAULT_SENTINELS = ("1900-01-01", "1970-01-01", "9999-12-31")
# A day of grace for clocks and for deliveries around midnight.
DEFAULT_MAX_FUTURE_DAYS = 1
