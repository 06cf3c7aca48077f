"""The seed of days on which the working week does not hold: holidays on weekdays, working days at weekends.

Belongs here: writing `seeds/working_day_exceptions.csv` from the chinesecalendar package, which transcribes the State
Council's yearly notices (国务院办公厅关于部分节假日安排的通知). Does not belong here: deadlines.
`python dbt_project/working_day_exceptions.py [--check]`; run it again when a new year's notice is in the package.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar

SEED = Path(__file__).parent / "seeds" / "working_day_exceptions.csv"
FIRST_YEAR = 2016  # the oldest data set that the platform is tried on


def render() -> str:
    """CSV `date_day,is_working_day,name_en` for all years the package knows from FIRST_YEAR on."""
    known_until = max(day.year for day in (*chinese_calendar.holidays, *chinese_calendar.workdays))
    day, rows = date(FIRST_YEAR, 1, 1), []
    while day.year <= known_until:
        working = chinese_calendar.is_workday(day)
        if working != (day.weekday() < 5):
            _, name = chinese_calendar.get_holiday_detail(day)
            rows.append((day.isoformat(), str(working).lower(), name or "Adjusted working day"))
        day += timedelta(days=1)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("date_day", "is_working_day", "name_en"))
    writer.writerows(rows)
    return text.getvalue()


def main() -> int:
    """Write the seed, or with --check say (exit code 1) that it differs from the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        SEED.write_text(render(), encoding="utf-8")
        return 0
    if SEED.read_text(encoding="utf-8") == render():
        return 0
    sys.stderr.write(
        f"{SEED.name} 与 chinesecalendar 不一致；请运行 python dbt_project/{Path(__file__).name}"
        f" / {SEED.name} differs from chinesecalendar; run python dbt_project/{Path(__file__).name}\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
