"""The typed shape of our custom properties inside an ODCS contract: what is delivered, when, and what rows must be.

Belongs here: strict pydantic models of the `value` of custom properties (unknown keys are refused, and so is every
property name that is not listed in `properties.py`), with the guideline for each field. Does not belong here: how a
server is reached (`connections.py`), what a file looks like inside (`formats.py`), reading YAML (`loading.py`), the
derived view of a feed (`feed.py`), any input or output.
The reference page `docs/contract-reference.md` is generated from these models.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from sources.contract.formats import Format, JsonFormat, ParquetFormat
from sources.contract.strict import Settings

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
