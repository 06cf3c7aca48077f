"""Checks on a table: outcomes, failing rows, failing closed, and what a contract may not do."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.checks import CheckOutcome, CheckSpec
from warehouse.checks.soda import lint, verify
from warehouse.home import REPOSITORY

pytestmark = pytest.mark.slow

ROWS = """
CREATE TABLE batch AS
SELECT _row, 'P' || _row AS lot_code, free_spaces, 100 AS 总泊位,
       CASE WHEN _row = 3 THEN NULL ELSE '甲' || _row END AS 名称,
       TIMESTAMP '2023-06-30 00:00:00' + to_hours(_row) AS snapshot_time, 'A' AS "空 格"
FROM (VALUES (1, 10), (2, 50), (3, 101), (4, -1), (5, NULL), (6, 60)) AS rows (_row, free_spaces)
"""
# As admission opens it: just the batch, nothing outside reachable, nothing to be reconfigured.
LOCKED = "SET enable_external_access = false; SET lock_configuration = true"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(ROWS)
        opened.execute(LOCKED)
        yield opened


def check(
    key: str, soda: Mapping[str, Any], column: str | None = None, *, severity: Any = "error", blocking: bool = False
) -> CheckSpec:
    return CheckSpec(key, column, "名称", "name", "准确性", severity, blocking, "停车管理科", "因为", soda)


def run(
    con: duckdb.DuckDBPyConnection, *checks: CheckSpec, rows: Path | None = None, **more: Any
) -> list[CheckOutcome]:
    return verify(con, "batch", checks, failed_rows_dir=rows, **more)


CASES: list[tuple[CheckSpec, str, float | None, int | None]] = [
    (check("rows", {"row_count": None}), "PASSED", 6, None),
    (check("rows_few", {"row_count": {"threshold": {"must_be_greater_than_or_equal": 60}}}), "FAILED", 6, None),
    (check("named", {"missing": None}, "名称"), "FAILED", 1, 1),
    (
        check("named_mostly", {"missing": {"threshold": {"metric": "percent", "must_be_less_than": 20}}}, "名称"),
        "PASSED",
        100 / 6,
        None,
    ),
    (check("free_known", {"missing": None}, "free_spaces", severity="warning"), "WARN", 1, 1),
    (check("free_in_range", {"invalid": {"valid_min": 0, "valid_max": 100}}, "free_spaces"), "FAILED", 2, 2),
    (
        check("code_form", {"invalid": {"valid_format": {"name": "P", "regex": "^P[0-9]+$"}}}, "lot_code"),
        "PASSED",
        0,
        None,
    ),
    (check("code_words", {"invalid": {"valid_values": ["P1", "P2"]}}, "lot_code"), "FAILED", 4, 4),
    (check("code_once", {"duplicate": None}, "lot_code"), "PASSED", 0, None),
    (check("total_once", {"duplicate": None}, "总泊位"), "FAILED", 5, 6),
    (check("pair_once", {"duplicate": {"columns": ["总泊位", "空 格"]}}), "FAILED", 5, 6),
    (
        check(
            "mean",
            {"aggregate": {"function": "avg", "threshold": {"must_be_between": {"greater_than": 0, "less_than": 60}}}},
            "free_spaces",
        ),
        "PASSED",
        44,
        None,
    ),
    (
        check(
            "mean_only_valid",
            {
                "aggregate": {
                    "function": "avg",
                    "filter": "free_spaces BETWEEN 0 AND 总泊位",
                    "threshold": {"must_be": 40},
                }
            },
            "free_spaces",
        ),
        "PASSED",
        40,
        None,
    ),
    (check("free_fits", {"failed_rows": {"expression": "free_spaces > 总泊位 OR free_spaces < 0"}}), "FAILED", 2, 2),
    (
        check("free_query", {"failed_rows": {"query": "SELECT * FROM ${var.table} WHERE free_spaces < 0"}}),
        "FAILED",
        1,
        1,
    ),
    (
        check(
            "share",
            {
                "failed_rows": {
                    "query": "SELECT * FROM ${var.table} WHERE free_spaces < 0",
                    "rows_tested_query": "SELECT count(*) FROM ${var.table}",
                    "threshold": {"metric": "percent", "must_be_less_than": 20},
                }
            },
        ),
        "PASSED",
        100 / 6,
        None,
    ),
    (
        check("metric", {"metric": {"expression": "sum(free_spaces)", "threshold": {"must_be_less_than": 100}}}),
        "FAILED",
        220,
        None,
    ),
    (
        check(
            "metric_query",
            {"metric": {"query": "SELECT max(free_spaces) FROM ${var.table}", "threshold": {"must_be": 101}}},
        ),
        "PASSED",
        101,
        None,
    ),
    (
        check(
            "two_levels",
            {
                "failed_rows": {
                    "expression": "free_spaces < 0",
                    "threshold": {"must_be_less_than": 5, "additional": {"must_be": 0}},
                }
            },
        ),
        "WARN",
        1,
        1,
    ),
    (
        check(
            "fresh",
            {"freshness": {"now_variable": "as_of", "threshold": {"unit": "hour", "must_be_less_than": 3}}},
            "snapshot_time",
        ),
        "PASSED",
        2,
        None,
    ),
    (
        check(
            "not_outside",
            {
                "metric": {
                    "expression": "min(_row)",
                    "threshold": {"must_be_not_between": {"greater_than": 5, "less_than": 0}},
                }
            },
        ),
        "FAILED",
        1,
        None,
    ),
]
AS_OF = datetime(2023, 6, 30, 8, tzinfo=UTC)


@pytest.mark.parametrize("together", [True, False])
def test_every_kind_of_check_gives_its_outcome_measure_and_failing_rows(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, together: bool
) -> None:
    checks = [case[0] for case in CASES]
    assert lint(checks) == []
    if together:
        outcomes = run(con, *checks, rows=tmp_path, as_of=AS_OF)
    else:
        outcomes = [run(con, one, rows=tmp_path, as_of=AS_OF)[0] for one in checks]
    for (spec, outcome, measured, failed), found in zip(CASES, outcomes, strict=True):
        assert found.spec is spec
        assert (found.outcome, found.failed_rows) == (outcome, failed), spec.key
        assert found.measured == pytest.approx(measured), spec.key
        assert found.ok == (outcome != "FAILED")
        if failed is None:
            assert found.failed_rows_file is None
        else:
            assert found.failed_rows_file == tmp_path / f"{spec.key}.parquet"
            assert pq.read_table(found.failed_rows_file).num_rows == failed
    by_key = {found.spec.key: found for found in outcomes}
    assert by_key["rows_few"].threshold == "≥ 60"
    assert by_key["named_mostly"].threshold == "< 20 %"
    assert by_key["free_known"].threshold == "= 0"
    assert by_key["two_levels"].threshold == "< 5; warning = 0"
    assert by_key["mean"].threshold == "> 0, < 60"
    assert by_key["not_outside"].threshold == "> 5 / < 0"
    assert by_key["fresh"].threshold == "< 3 hour"


def test_failing_rows_are_the_rows_in_their_order_limited_and_restricted(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "failed_rows" / "b1"
    (found,) = run(con, check("all", {"failed_rows": {"expression": "_row > 1"}}), rows=folder, row_limit=3)
    assert found.failed_rows == 5
    assert found.failed_rows_file is not None
    table = pq.read_table(found.failed_rows_file)
    assert table.column("_row").to_pylist() == [2, 3, 4]
    assert table.column_names == ["_row", "lot_code", "free_spaces", "总泊位", "名称", "snapshot_time", "空 格"]
    assert stat.S_IMODE(found.failed_rows_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["all.parquet"]
    (unkept,) = run(con, check("all", {"failed_rows": {"expression": "_row > 1"}}))
    assert (unkept.failed_rows, unkept.failed_rows_file) == (5, None)


BROKEN = {
    "no_such_column": check("no_such_column", {"failed_rows": {"expression": "colour = 1"}}, blocking=True),
    "not_sql": check("not_sql", {"failed_rows": {"expression": "free_spaces >"}}, blocking=True),
    "bad_regex": check(
        "bad_regex", {"invalid": {"valid_format": {"name": "x", "regex": "(["}}}, "lot_code", blocking=True
    ),
    "nothing_to_compare": check(
        "nothing_to_compare",
        {"metric": {"expression": "avg(CAST(NULL AS INTEGER))", "threshold": {"must_be": 0}}},
        blocking=True,
    ),
    "not_a_number": check(
        "not_a_number",
        {"metric": {"expression": "'NaN'::DOUBLE", "threshold": {"must_be_less_than": 5}}},
        blocking=True,
    ),
    "no_threshold": check("no_threshold", {"metric": {"expression": "count(*)"}}, blocking=True),
    "misspelt": check("misspelt", {"row_count": {"threshold": {"must_be_grater_than": 1000}}}, blocking=True),
    "unknown_key": check("unknown_key", {"row_count": {"minimum": 1000}}, blocking=True),
    "unknown_type": check("unknown_type", {"reconciliation": {}}, blocking=True),
    "no_such_table": check("no_such_table", {"failed_rows": {"query": "SELECT * FROM lots"}}, blocking=True),
    "outside": check("outside", {"failed_rows": {"query": "SELECT * FROM read_text('/etc/hostname')"}}, blocking=True),
}


@pytest.mark.parametrize("key", BROKEN)
def test_a_check_that_cannot_be_evaluated_fails_and_spoils_no_other(con: duckdb.DuckDBPyConnection, key: str) -> None:
    good = check("rows", {"row_count": None})
    bad = check("free_fits", {"failed_rows": {"expression": "free_spaces > 总泊位"}})
    first, broken, last = run(con, good, BROKEN[key], bad)
    assert (first.outcome, last.outcome) == ("PASSED", "FAILED")
    assert broken.outcome == "NOT_EVALUATED"
    assert not broken.ok
    assert broken.blocks
    assert any(broken.errors), "the reason is kept"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (check("a", {"row_count": {"foo": 1}}), "row_count.foo"),
        (check("a", {"row_count": {"threshold": {"must_be_grater": 1}}}), "threshold.must_be_grater"),
        (check("a", {"row_count": {"threshold": {"must_be": 1, "must_be_less_than": 3}}}), "exactly one comparison"),
        (check("a", {"row_count": {"threshold": {"must_be": 1, "level": "warn"}}}), "severity decides"),
        (check("a", {"row_count": {"threshold": [1]}}), "threshold has to be a mapping"),
        (check("a", {"row_count": {"threshold": {"must_be_between": {"greater_than": 1}}}}), "a lower and an upper"),
        (check("a", {"row_count": {"threshold": {"must_be_less_than": "many"}}}), "must_be_less_than"),
        (check("a", {"metric": {"expression": "count(*)"}}), "exactly one comparison"),
        (check("a", {"metric": {"threshold": {"must_be": 1}}}), "expression"),
        (check("a", {"missing": None}), "belongs to a field"),
        (check("a", {"duplicate": None}), "belongs to a field, or lists"),
        (check("a", {"duplicate": {"columns": ["x"]}}, "lot_code"), "belongs to a field, or lists"),
        (check("a", {"freshness": {"threshold": {"unit": "hour", "must_be_less_than": 1}}}), "has to name its column"),
        (
            check("a", {"aggregate": {"function": "median", "threshold": {"must_be": 1}}}, "lot_code"),
            "has to be one of avg",
        ),
        (check("a", {"schema": {}}), "unknown check type schema"),
        (check("a", {"row_count": {}, "missing": {}}), "exactly one Soda check type"),
        (check("a", {"row_count": 5}), "has to be a mapping"),
        (check("a", {"row_count": {}}, severity="warning", blocking=True), "a warning cannot block"),
        (check("行数", {"row_count": {}}), "letters, digits and underscores"),
        (check("a", {"missing": None}, 'lot"code'), "double quote"),
        (check("a", {"failed_rows": {"expression": "lot_code = '${env.HOME}'"}}), "environment variable"),
        (check("a", {"invalid": {"valid_values": ["${env.HOME}"]}}, "lot_code"), "environment variable"),
        (check("a", {"failed_rows": {"expression": "1 = 1); DROP TABLE batch; --"}}), "one reading SQL expression"),
        (check("a", {"failed_rows": {"query": "SELECT 1; DROP TABLE batch; SELECT 2"}}), "one reading SQL query"),
        (check("a", {"failed_rows": {"query": "DROP TABLE batch"}}), "one reading SQL query"),
        (check("a", {"failed_rows": {"query": "INSERT INTO batch SELECT * FROM batch"}}), "one reading SQL query"),
        (check("a", {"row_count": {"filter": "1 = 1) UNION SELECT (2"}}), "one reading SQL expression"),
        (check("a", {"metric": {"query": "not sql", "threshold": {"must_be": 1}}}), "one reading SQL query"),
        (
            check("a", {"failed_rows": {"query": "SELECT 1", "threshold": {"metric": "percent", "must_be": 1}}}),
            "rows_tested_query",
        ),
    ],
)
def test_lint_names_the_check_and_what_is_wrong(con: duckdb.DuckDBPyConnection, spec: CheckSpec, said: str) -> None:
    problems = lint([spec])
    assert problems, "nothing was found"
    assert all(problem.startswith(f"{spec.key}: ") for problem in problems)
    assert said in "\n".join(problems)
    (found,) = run(con, spec)
    assert found.outcome == "NOT_EVALUATED", "what the lint refuses does not pass at run time either"
    assert con.cursor().execute("SELECT count(*) FROM batch").fetchall() == [(6,)], "nothing was changed"


def test_keys_are_unique(con: duckdb.DuckDBPyConnection) -> None:
    twice = [check("rows", {"row_count": None}), check("rows", {"row_count": None})]
    assert "used twice" in lint(twice)[0]
    assert [outcome.outcome for outcome in run(con, *twice)] == ["NOT_EVALUATED", "NOT_EVALUATED"]


def test_an_empty_batch_fails_where_a_number_is_needed(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DELETE FROM batch")
    checks = [
        check("rows", {"row_count": None}),
        check("named", {"missing": None}, "名称"),
        check("once", {"duplicate": None}, "lot_code"),
        check("mean", {"aggregate": {"function": "avg", "threshold": {"must_be_greater_than": 0}}}, "free_spaces"),
    ]
    outcomes = {outcome.spec.key: outcome.outcome for outcome in run(con, *checks)}
    assert outcomes == {"rows": "FAILED", "named": "PASSED", "once": "PASSED", "mean": "NOT_EVALUATED"}


def test_no_checks_is_no_outcome(con: duckdb.DuckDBPyConnection) -> None:
    assert run(con) == []
    assert lint([]) == []


def test_views_schemas_and_files_opened_read_only_are_checked_too(tmp_path: Path) -> None:
    database = tmp_path / "build.duckdb"
    with duckdb.connect(str(database)) as writer:
        writer.execute("CREATE SCHEMA marts; CREATE VIEW marts.fct AS SELECT 1 AS _row, 5 AS value")
    config: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": False,
        "lock_configuration": True,
    }
    spec = check("value_small", {"failed_rows": {"expression": "value > 3"}})
    with duckdb.connect(str(database), read_only=True, config=config) as reader:
        (found,) = verify(reader, "marts.fct", [spec], failed_rows_dir=tmp_path / "rows")
    assert (found.outcome, found.failed_rows) == ("FAILED", 1)
    with pytest.raises(ValueError, match="not a table name"):
        verify(duckdb.connect(), 'marts."fct', [spec], failed_rows_dir=None)


def test_the_connection_of_the_caller_is_left_as_it_was(con: duckdb.DuckDBPyConnection) -> None:
    unread = con.execute("SELECT _row FROM batch ORDER BY _row")
    run(con, *[case[0] for case in CASES])
    assert unread.fetchall() == [(1,), (2,), (3,), (4,), (5,), (6,)]


def test_threads_do_not_disturb_each_other() -> None:
    def verify_rows(count: int) -> tuple[int, float | None, int | None]:
        with duckdb.connect() as own:
            own.execute(f"CREATE TABLE batch AS SELECT range AS free_spaces FROM range({count})")
            rows, free = run(
                own, check("rows", {"row_count": None}), check("f", {"failed_rows": {"expression": "free_spaces >= 1"}})
            )
            return count, rows.measured, free.failed_rows

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(verify_rows, range(2, 34))) == [(n, float(n), n - 1) for n in range(2, 34)]


def test_the_same_checks_give_the_same_on_the_next_batch(con: duckdb.DuckDBPyConnection) -> None:
    """Parsed contracts are kept; nothing of an earlier batch or moment may stay in them."""
    fresh = check(
        "fresh",
        {"freshness": {"now_variable": "as_of", "threshold": {"unit": "hour", "must_be_less_than": 3}}},
        "snapshot_time",
    )
    rows = check("rows", {"row_count": {"threshold": {"must_be": 6}}})
    assert [o.outcome for o in run(con, fresh, rows, as_of=AS_OF)] == ["PASSED", "PASSED"]
    assert [o.outcome for o in run(con, fresh, rows, as_of=AS_OF.replace(day=29, month=7))] == ["FAILED", "PASSED"]
    con.execute("DELETE FROM batch WHERE _row = 1")
    assert [o.outcome for o in run(con, fresh, rows, as_of=AS_OF)] == ["PASSED", "FAILED"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.one_of(st.none(), st.integers(-5, 15)), max_size=12),
    low=st.integers(-3, 5),
    high=st.integers(5, 12),
)
def test_counts_and_failing_rows_agree_with_the_rule(
    tmp_path: Path, values: list[int | None], low: int, high: int
) -> None:
    with duckdb.connect() as own:
        own.execute("CREATE TABLE batch (_row INTEGER, v INTEGER)")
        for number, value in enumerate(values):
            own.execute("INSERT INTO batch VALUES (?, ?)", [number, value])
        invalid, missing, duplicate = run(
            own,
            check("i", {"invalid": {"valid_min": low, "valid_max": high}}, "v"),
            check("m", {"missing": None}, "v"),
            check("d", {"duplicate": None}, "v"),
            rows=tmp_path,
        )
    known = [value for value in values if value is not None]
    outside = [number for number, value in enumerate(values) if value is not None and not low <= value <= high]
    assert (invalid.measured, missing.measured) == (len(outside), values.count(None))
    assert duplicate.measured == len(known) - len(set(known))
    for found in (invalid, missing, duplicate):
        assert (found.outcome == "PASSED") == (found.measured == 0)
    if invalid.failed_rows_file is not None:
        assert pq.read_table(invalid.failed_rows_file).column("_row").to_pylist() == outside
    if duplicate.failed_rows_file is not None:
        in_groups = [number for number, value in enumerate(values) if value is not None and values.count(value) > 1]
        assert pq.read_table(duplicate.failed_rows_file).column("_row").to_pylist() == in_groups


def test_an_outcome_becomes_a_row_of_the_ledger(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    spec = check("free_fits", {"failed_rows": {"expression": "free_spaces > 总泊位"}}, blocking=True)
    (found,) = run(con, spec, rows=tmp_path / "failed_rows" / "b1")
    row = found.as_result(
        scope="feed",
        run_id="r",
        evaluated_at=AS_OF,
        home=tmp_path,
        feed="parking",
        entity="prk_snapshot",
        batch_id="b1",
    )
    assert (row.outcome, row.measured, row.threshold, row.failed_rows) == ("FAILED", 1.0, "= 0", 1)
    assert row.failed_rows_file == "failed_rows/b1/free_fits.parquet"
    assert (row.check_key, row.blocking, row.reason, row.errors) == ("free_fits", True, "因为", None)


def test_soda_reaches_no_network_and_no_settings_file(tmp_path: Path) -> None:
    """No exporter thread, telemetry off, and a `.env` beside the work is not read."""
    (tmp_path / ".env").write_text("DISTRICT_FROM_DOTENV=1\n")
    code = (
        "import os, threading, warehouse.checks.soda\n"
        "print(os.environ['SODA_CORE_TELEMETRY_ENABLED'], 'DISTRICT_FROM_DOTENV' in os.environ,"
        " 'PYTHON_DOTENV_DISABLED' in os.environ, [t.name for t in threading.enumerate()])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON_DOTENV_DISABLED"}
    environment |= {"PYTHONPATH": str(REPOSITORY), "SODA_CORE_TELEMETRY_ENABLED": "true"}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert said.strip() == "false False False ['MainThread']"
