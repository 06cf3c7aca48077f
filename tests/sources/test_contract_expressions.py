"""The gate for a contract's SQL: one expression about the row, and nothing else."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.contract.expressions import ExpressionRefused, expression_columns


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("a", {"a"}),
        ('"费用（元）" * 10000', {"费用（元）"}),
        ("CASE WHEN a > 1 THEN b ELSE 'x' END", {"a", "b"}),
        ("coalesce(nullif(trim(a), ''), b)", {"a", "b"}),
        ("list_transform([a, b], lambda x: x + c)", {"a", "b", "c"}),
        ("a BETWEEN 0 AND b", {"a", "b"}),
        ("a + INTERVAL 5 MINUTES", {"a"}),
        ("strptime(a, '%Y-%m-%d')::DATE", {"a"}),
        ("split_part(a, '/', 2)", {"a"}),
        ("regexp_replace(a, '\\s', '') -- tidy", {"a"}),
        ("'a '' ); DROP TABLE x; --'", set()),
        ("replace(a, '\u3000', '')", {"a"}),
        ("'1'", set()),
    ],
)
def test_expressions_about_the_row_pass(sql: str, columns: set[str]) -> None:
    assert expression_columns(sql) == columns


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "a, b",
        "a AS b",
        "*",
        "a FROM t",
        "a WHERE b",
        "a; DROP TABLE t",
        "a) FROM read_csv('/etc/passwd') WHERE (b",
        "a) + (b",
        "(SELECT 1)",
        "(SELECT content FROM read_text('/etc/passwd'))",
        "EXISTS (FROM t)",
        "a IN (SELECT b FROM t)",
        "getenv('HOME')",
        "getvariable('x')",
        "current_setting('home_directory')",
        "read_text('/etc/passwd')",
        "glob('*')",
        "now()",
        "current_date",
        "random()",
        "nextval('s')",
        "count(*)",
        "sum(a)",
        "row_number() OVER ()",
        "unnest([1, 2])",
        "COLUMNS(*)",
        "$1",
        "?",
        "no_such_function(a)",
        "other.trim(a)",
        "a\x00b",
        "a +",
        "a /* open",
        "DROP TABLE t",
        "PRAGMA version",
        "COPY t TO 'x'",
        "list_transform([1], lambda x: (SELECT 1))",
    ],
)
def test_anything_else_is_refused_in_both_languages(sql: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        expression_columns(sql)
    assert refused.value.zh
    assert refused.value.en


@given(st.text(max_size=40))
def test_what_passes_is_one_column_of_one_row(text: str) -> None:
    try:
        columns = expression_columns(text)
    except ExpressionRefused:
        return
    con = duckdb.connect(config={"enable_external_access": "false"})
    named = ", ".join(f'1 AS "{column.replace(chr(34), chr(34) * 2)}"' for column in columns) or "1 AS one"
    try:
        rows = con.execute(f"SELECT ({text}\n) FROM (SELECT {named})").fetchall()
    except duckdb.Error:
        return  # types need not fit here; what runs gives one value
    assert len(rows) == 1
    assert len(rows[0]) == 1
