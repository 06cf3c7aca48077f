"""What a delivered file looks like inside: the `format` of a delivery.

Belongs here: formats with the guideline for each setting. Does not belong here: where files come from (`settings.py`),
reading them (`sources/reading/`).
"""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from sources.contract.strict import Settings

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
