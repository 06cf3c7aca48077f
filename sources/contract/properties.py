"""The custom properties that a contract may have, by place, each with the guideline that the reference page shows.

Belongs here: names and guidelines. Does not belong here: the shape of their values (`settings.py`).
"""

from __future__ import annotations

# Words of `formats`; anything else in it is a strptime pattern.
PERIOD_WORDS = ("month", "quarter", "week", "year")
FORMAT_WORDS = ("iso", "epoch_s", "epoch_ms", "excel", *PERIOD_WORDS)

FEED_PROPERTIES = {
    "name_en": "English name",
    "department_en": "English name of the department (`team.name` is the Chinese one)",
    "time_zone": "of naive times and of the feed's days, e.g. Europe/London; default: the district's",
    "simulated": "true: the deliveries are made by a simulator, and pages say so",
}
ENTITY_PROPERTIES = {
    "label_en": "English name",
    "history": "`event`: rows happen on a day (`dt`), a delivered day replaces the day; `register`: rows are the state "
    "of things, versions follow each other",
    "period": "Period: the field that dates a row; without it the delivery does (period in the file's name, window, "
    "day of receipt)",
    "calendar": "Calendar: when a delivery is due",
    "deliveries": "list of Delivery; none = the entity is not delivered",
    "row_rules": "list of RowRule: rows that break one are rejected with its reason",
    "exclusions": "list of Exclusion: rows that are no data (test records, cancelled orders) are left out and counted",
    "max_rejected_percent": "more rejected rows hold the whole batch (default 5); exact repeats do not count",
    "max_broken_percent": "more lines that cannot be split into columns hold the whole batch (default 1)",
}
FIELD_PROPERTIES = {
    "label_en": "English name",
    "unit": "unit of the stored value; in a field in 元 the file's own 单位：万元 or header （万元） is converted",
    "formats": "list of further spellings of a date or time: strptime patterns (`%d/%m/%Y %H:%M`, `%I:%M %p`, `%b`), "
    "`epoch_s`, `epoch_ms`, `excel` (day numbers), and for a date `month` (202306, 2023年6月, Jun 2023), `quarter` "
    "(2023Q2, 2023年第二季度), `week` (2023-W14), `year`, which give the first day. Without any: ISO 8601 with or "
    "without offset, year first, epochs. 3/1/23 needs a pattern",
    "strict_formats": "true: nothing but ISO 8601 and `formats`",
    "null_words": "list of words that mean nothing here (`.`, -999, 9999.9), besides NULL, N/A, `-`, 无; of numbers "
    "also NaN, NA",
    "true_words": "list of words for yes, instead of the usual ones (true, 1, yes, y, 是, 有)",
    "false_words": "list of words for no, instead of the usual ones (false, 0, no, n, 否, 无)",
    "factor": "what a delivered number is multiplied with: 10000 for 万元, 0.01 for cents, 0.3048 for feet",
    "constant": "the value of every row, in place of a column",
    "protection": "Protection of a personal value",
    "normalise": "false: text to the letter, white space too; true: full-width characters become plain ones (usual for "
    "codes, numbers, times)",
    "sentinels": "days that stand for no date (default 1900-01-01, 1970-01-01, 9999-12-31)",
    "max_future_days": "how far after receipt a date or time may lie; none = any; of an overlay none by default",
    "zero_pad": "digits of a code that spreadsheets rob of its leading zeros: 6 makes 105 000105",
    "crosswalk": "true: a spelling outside the code list is kept, not rejected",
}
CHECK_PROPERTIES = {
    "name_en": "English name",
    "gbt36344": "dimension of GB/T 36344-2018: 规范性, 完整性, 准确性, 一致性, 时效性, 可访问性",
    "blocking": "true: a failed check holds the batch; default: severity error blocks",
}
SERVER_PROPERTIES = {
    "connection": "FilesConnection, RestConnection, SqlConnection or MqttConnection",
}
ENUM_PROPERTIES = {
    "spellings": "list of further delivered spellings of the code",
}
