"""From text to dates and times: ISO 8601, the contract's formats, epochs, Excel days; local time to UTC.

Belongs here: SQL expressions for dates and timestamps. Does not belong here: zones themselves (`zones.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sources.admission.cells import Cell, Steps, is_text
from sources.admission.zones import to_local, to_utc
from sources.contract.feed import Field
from sources.contract.properties import PERIOD_WORDS
from sources.reading.quoting import literal, literals

_ISO_NAIVE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?"
_OFFSET = r" ?(Z|z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)"
# As senders write it; whatever else an offset may look like is read by the slower way.
_ISO_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
_NO_SECONDS = "([T ][0-9]{1,2}:[0-9]{2})( ?[Zz+-].*)$"
_ISO_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
# Year first leaves no doubt. Groups: year, month, day, AM or PM, hour, minute, second, AM or PM.
_SPELLED = (
    "^([0-9]{4}) ?[-/.年] ?([0-9]{1,2}) ?[-/.月] ?([0-9]{1,2}) ?日?"
    "(?:[ T]*(AM|PM)? ?([0-9]{1,2}) ?[:时点] ?([0-9]{1,2})(?: ?[:分] ?([0-9]{1,2}(?:[.][0-9]{1,6})?))? ?[秒分]?"
    " ?(AM|PM)?)?$"
)
_SPELLED_SHAPE = r"\1-\2-\3 \5:\6:\7 \4\8"
_SPELLED_FORMS = (
    "%Y-%m-%d ::",
    "%Y-%m-%d %H:%M:",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %I:%M: %p",
    "%Y-%m-%d %I:%M:%S %p",
)
# 3/1/26 and 03/01/2026: day first or month first, nobody knows.
AMBIGUOUS_DATE = r"\s*[0-9]{1,2}[-/.][0-9]{1,2}[-/.]([0-9]{2}|[0-9]{4})([ T].*)?"
# The first day of a month, quarter, ISO week or year, where a contract says that a field holds one (PERIOD_WORDS).
_YEAR = "((?:19|20)[0-9]{2})"
_MONTH = rf"^{_YEAR} ?[-/._年]? ?m?(1[0-2]|0?[1-9]) ?月?(?:份)?$"
_MONTH_FIRST = rf"^(1[0-2]|0?[1-9])[-/.]{_YEAR}$"
_MONTH_WORD = r"^([a-z]{3})[a-z]*[-/. ,]*([0-9]{4})$"
_YEAR_MONTH_WORD = rf"^{_YEAR}[-/. ]*([a-z]{{3}})[a-z]*$"
_QUARTER = rf"^{_YEAR} ?[-/._年]? ?(?:q|第)? ?([1-4一二三四]) ?(?:季度|季)?$"
_QUARTER_FIRST = rf"^q([1-4])[-/. ]*{_YEAR}$"
_QUARTER_COUNTED = rf"^([1-4])q[-/. ]*{_YEAR}$"
_WEEK = rf"^{_YEAR} ?[-/._年]? ?(?:w|第) ?([0-9]{{1,2}}) ?周?$"
# Some write the end of a day as 24:00.
_MIDNIGHT = "[T ]24:00(:00([.]0+)?)?"
_EPOCHS = {"epoch_ms": 1_000, "epoch_s": 1_000_000}


def fast_is_local(raw: Cell, item: Field) -> bool:
    """Whether `fast_timestamp` gives naive local time, which `zones.to_utc` has to shift."""
    if item.type != "timestamp" or raw.type == "TIMESTAMP WITH TIME ZONE":
        return False
    return not is_text(raw.type) or not any(form in _EPOCHS for form in item.formats)


def fast_date(raw: Cell, item: Field) -> str | None:
    """ISO dates, the contract's formats, native dates and local times; None when there is no fast form."""
    if raw.type == "DATE":
        return raw.sql
    if is_text(raw.type):
        iso = f"WHEN regexp_full_match({raw.sql}, {literal(_ISO_DATE)}) THEN TRY_CAST({raw.sql} AS DATE)"
        return f"CASE {iso} {_fast_patterns(raw.sql, item, 'DATE')} END"
    # A time without zone is local already; an instant is looked at again, as text with its offset.
    return f"CAST({raw.sql} AS DATE)" if raw.type.startswith("TIMESTAMP") and "ZONE" not in raw.type else None


def fast_timestamp(raw: Cell, item: Field) -> str | None:
    """ISO times without offset, the contract's formats, epochs where declared, native times; None when there is no fast
    form."""
    if raw.type == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {raw.sql})"
    if raw.type.startswith("TIMESTAMP") or raw.type == "DATE":
        return f"CAST({raw.sql} AS TIMESTAMP)"
    if not is_text(raw.type):
        return None
    epoch = next((form for form in item.formats if form in _EPOCHS), None)
    if epoch is not None:
        whole = f"regexp_full_match({raw.sql}, '[0-9]{{1,14}}')"
        return f"CASE WHEN {whole} THEN make_timestamp(CAST({raw.sql} AS BIGINT) * {_EPOCHS[epoch]}) END"
    iso = f"WHEN regexp_full_match({raw.sql}, {literal(_ISO_NAIVE)}) THEN TRY_CAST({raw.sql} AS TIMESTAMP)"
    return f"CASE {iso} {_fast_patterns(raw.sql, item, 'TIMESTAMP')} END"


def fast_instant(raw: Cell) -> str:
    """ISO times with seconds and offset as naive UTC, NULL for all else; beside a `fast_timestamp` that is local."""
    if not is_text(raw.type):
        return "CAST(NULL AS TIMESTAMP)"
    return (
        f"CASE WHEN regexp_full_match({raw.sql}, {literal(_ISO_INSTANT)}) "
        f"THEN timezone('UTC', TRY_CAST({raw.sql} AS TIMESTAMPTZ)) END"
    )


def _fast_patterns(text: str, item: Field, kind: str) -> str:
    """The contract's own formats without an offset, for texts without blanks around them (removing these is counted as
    a repair)."""
    patterns = _patterns(item)
    if not patterns:
        return ""
    read = f"try_strptime({text}, [{literals(patterns)}])"
    shape = rf"[^\s]*{_digits_needed(patterns)}.*[^\s]|[0-9]"
    return f"WHEN regexp_full_match({text}, {literal(shape)}) THEN CAST({read} AS {kind})"


def _patterns(item: Field) -> list[str]:
    """The contract's formats of local times, as strptime has them."""
    return [
        form
        for form in item.formats
        if form not in (*_EPOCHS, *PERIOD_WORDS, "excel", "iso") and "%z" not in form and "%Z" not in form
    ]


def _digits_needed(patterns: Sequence[str]) -> str:
    """What a text must hold: DuckDB reads the words epoch and infinity in any format, and %Y takes 3/4/23 for a day of
    the year 3, where a year has four digits."""
    return "[0-9]{4}" if all("%Y" in form for form in patterns) else "[0-9]"


def any_time(text: str, item: Field, zone: str, steps: Steps, *, local: bool, spreadsheet: bool) -> tuple[str, str]:
    """All accepted spellings of a time: ISO 8601 with or without offset, the contract's formats, and, unless these are
    all (`strict_formats`), the forms that leave no doubt. Gives the value, and the value by ISO and the contract alone.

    Naive local time if `local`, else naive UTC. In a `spreadsheet` five digits are a day that lost its format.
    """
    naive = [
        f"CASE WHEN regexp_full_match({text}, {literal(_ISO_NAIVE)}) "
        f"THEN TRY_CAST(replace({text}, 'T', ' ') AS TIMESTAMP) END",
        _after_midnight(text, f"TRY_CAST(left({text}, 10) AS TIMESTAMP)", _ISO_DATE + _MIDNIGHT),
    ]
    # DuckDB wants seconds before an offset.
    whole = f"regexp_replace(regexp_replace({text}, ' ?(UTC|GMT)$', 'Z'), {literal(_NO_SECONDS)}, '\\1:00\\2')"
    instants = [
        f"CASE WHEN regexp_full_match({text}, {literal(_ISO_NAIVE + _OFFSET)}) "
        f"THEN timezone('UTC', TRY_CAST({whole} AS TIMESTAMPTZ)) "
        f"WHEN suffix({text}, ' GMT') THEN try_strptime({text}, '%a, %d %b %Y %H:%M:%S GMT') END"
    ]
    for form in item.formats:
        if form in _EPOCHS:
            instants.append(
                f"CASE WHEN regexp_full_match({text}, '-?[0-9]{{1,14}}([.]0+)?') "
                f"THEN TRY(make_timestamp(TRY_CAST({text} AS BIGINT) * {_EPOCHS[form]})) END"
            )
        elif form == "excel":
            naive.append(_spreadsheet_day(text, "[0-9]{1,7}([.][0-9]+)?"))
        elif form in PERIOD_WORDS:
            naive.append(_first_day(text, form))
    offset = [form for form in item.formats if "%z" in form or "%Z" in form]
    if offset:  # one with an offset gives an instant
        instants.append(f"CAST(try_strptime({text}, [{literals(offset)}]) AS TIMESTAMP)")
    patterns = _patterns(item)
    if patterns:
        read = f"try_strptime({text}, [{literals(patterns)}])"
        naive.append(f"CASE WHEN regexp_matches({text}, '{_digits_needed(patterns)}') THEN {read} END")
        if any("%H" in form for form in patterns):
            early = f"try_strptime(regexp_replace({text}, '24:00', '00:00'), [{literals(patterns)}])"
            naive.append(_after_midnight(text, early, "[0-9].*" + _MIDNIGHT))
    local_time = steps.add(0, f"coalesce({', '.join(naive)}, NULL)")
    instant = steps.add(0, f"coalesce({', '.join(instants)}, NULL)")
    declared = f"coalesce({local_time}, {instant})"
    if not item.strict_formats:
        spelled = steps.add(1, f"CASE WHEN {declared} IS NULL THEN {_spelled_out(text)} END")
        digits = [f"try_strptime({spelled}, [{literals(_SPELLED_FORMS)}])", _run_together(text)]
        if spreadsheet:
            digits.append(_spreadsheet_day(text, "[2-7][0-9]{4}([.][0-9]+)?"))
        other = f"CASE WHEN {declared} IS NULL THEN coalesce({', '.join(digits)}) END"
        local_time, instant = (
            steps.add(2, f"coalesce({local_time}, {other})"),
            steps.add(2, f"coalesce({instant}, CASE WHEN {declared} IS NULL THEN {_epoch(text)} END)"),
        )
    if local:
        return f"coalesce({local_time}, {to_local(instant, zone)})", declared
    return f"coalesce({instant}, {to_utc(local_time, zone)})", declared


def _after_midnight(text: str, early: str, shape: str) -> str:
    """The day after `early`, where the text is of that shape and ends with 24:00."""
    return f"CASE WHEN regexp_full_match({text}, {literal(shape)}) THEN {early} + INTERVAL 1 DAY END"


def _first_day(text: str, period: str) -> str:
    """The first day of a period as people write it: 2023Q2, 2023年第二季度, 2023-W14, 202306, Jun 2023."""
    low = f"lower({text})"

    def part(pattern: str, group: int) -> str:
        return f"regexp_extract({low}, {literal(pattern)}, {group})"

    def found(pattern: str) -> str:
        return f"regexp_matches({low}, {literal(pattern)})"

    def month(year: str, number: str) -> str:
        return f"TRY(make_timestamp(CAST({year} AS BIGINT), {number}, 1, 0, 0, 0))"

    match period:
        case "month":
            numbered = month(part(_MONTH, 1), f"CAST({part(_MONTH, 2)} AS BIGINT)")
            worded = f"try_strptime({part(_MONTH_WORD, 1)} || {part(_MONTH_WORD, 2)}, '%b%Y')"
            first = month(part(_MONTH_FIRST, 2), f"CAST({part(_MONTH_FIRST, 1)} AS BIGINT)")
            last = f"try_strptime({part(_YEAR_MONTH_WORD, 2)} || {part(_YEAR_MONTH_WORD, 1)}, '%b%Y')"
            return (
                f"CASE WHEN {found(_MONTH)} THEN {numbered} WHEN {found(_MONTH_WORD)} THEN {worded} "
                f"WHEN {found(_MONTH_FIRST)} THEN {first} WHEN {found(_YEAR_MONTH_WORD)} THEN {last} END"
            )
        case "quarter":
            digit = f"CAST(translate({part(_QUARTER, 2)}, '一二三四', '1234') AS BIGINT)"
            others = " ".join(
                f"WHEN {found(form)} THEN {month(part(form, 2), f'CAST({part(form, 1)} AS BIGINT) * 3 - 2')}"
                for form in (_QUARTER_FIRST, _QUARTER_COUNTED)
            )
            return f"CASE WHEN {found(_QUARTER)} THEN {month(part(_QUARTER, 1), f'{digit} * 3 - 2')} {others} END"
        case "week":
            # 4 January is in week 1; a year without week 53 has no first day of it.
            start = f"date_trunc('week', make_date(CAST({part(_WEEK, 1)} AS BIGINT), 1, 4))"
            day = f"({start} + to_days(7 * (CAST({part(_WEEK, 2)} AS INTEGER) - 1)))"
            same_year = f"isoyear({day}) = CAST({part(_WEEK, 1)} AS BIGINT)"
            real = f"week({day}) = CAST({part(_WEEK, 2)} AS INTEGER) AND {same_year}"
            return f"CASE WHEN {found(_WEEK)} THEN TRY(CASE WHEN {real} THEN CAST({day} AS TIMESTAMP) END) END"
        case _:
            year = rf"^{_YEAR} ?年?$"
            return f"CASE WHEN {found(year)} THEN {month(part(year, 1), '1')} END"


def _spreadsheet_day(text: str, pattern: str) -> str:
    # Day 0 is 1899-12-30 from March 1900 on: Excel believes in a 29 February 1900.
    return (
        f"CASE WHEN regexp_full_match({text}, {literal(pattern)}) THEN TRY(TIMESTAMP '1899-12-30' "
        f"+ to_microseconds(CAST(round(CAST({text} AS DOUBLE) * 86400) AS BIGINT) * 1000000)) END"
    )


def _spelled_out(text: str) -> str:
    """Year first, whatever stands between, with 上午 and 下午 or AM and PM before or after the time, in one shape."""
    words = f"replace(replace(upper({text}), '上午', 'AM'), '下午', 'PM')"
    return (
        f"CASE WHEN regexp_full_match({words}, {literal(_SPELLED)}) "
        f"THEN rtrim(regexp_replace({words}, {literal(_SPELLED)}, {literal(_SPELLED_SHAPE)})) END"
    )


def _run_together(text: str) -> str:
    """20260301, 202603010805, 20260301080500: eight, twelve or fourteen digits that are a day of 1900 to 2099."""
    day = "(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
    return (
        f"CASE WHEN regexp_full_match({text}, '{day}') THEN try_strptime({text}, '%Y%m%d') "
        f"WHEN regexp_full_match({text}, '{day}[0-9]{{4}}([0-9]{{2}})?') "
        f"THEN try_strptime({text}, ['%Y%m%d%H%M%S', '%Y%m%d%H%M']) END"
    )


def _epoch(text: str) -> str:
    """Thirteen digits are milliseconds, ten are seconds since 1970, as long as they cannot be 2030010112 (an hour)."""
    return (
        f"CASE WHEN regexp_full_match({text}, '1[0-9]{{12}}') THEN make_timestamp(CAST({text} AS BIGINT) * 1000) "
        f"WHEN regexp_full_match({text}, '1[0-8][0-9]{{8}}') THEN make_timestamp(CAST({text} AS BIGINT) * 1000000) END"
    )


def sentinel(value: str, item: Field, zone: str) -> str | None:
    """Condition that the typed value lies on a day that stands for no value; None when the field has no such day."""
    if not item.sentinels:
        return None
    if item.type == "date":
        return f"{value} IN ({', '.join(f'DATE {literal(day)}' for day in item.sentinels)})"
    spans = []
    for text in item.sentinels:
        first = datetime.combine(date.fromisoformat(text), time.min)
        start, end = _moment(first, zone), _moment(first + timedelta(days=1), zone) if first.year < 9999 else None
        spans.append(f"({value} >= {start}{f' AND {value} < {end}' if end else ''})")
    return " OR ".join(spans)


def latest(item: Field, received_at: datetime, zone: str) -> str | None:
    """SQL of the last moment (UTC) or day that the field may have in a delivery received then; None = no limit."""
    if item.max_future_days is None or item.type not in ("date", "timestamp"):
        return None
    moment = received_at.astimezone(ZoneInfo(zone)) + timedelta(days=item.max_future_days)
    return f"DATE {literal(moment.date().isoformat())}" if item.type == "date" else _utc(moment)


def _moment(local: datetime, zone: str) -> str:
    return _utc(local.replace(tzinfo=ZoneInfo(zone)))


def _utc(moment: datetime) -> str:
    return f"TIMESTAMP {literal(moment.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S'))}"
