"""Running checks on a table with Soda, in process and without any network; the only module that imports Soda.

Belongs here: one verification of one table, results per check, and the failing rows as Parquet. Does not belong here:
what a check may say (`soda_contract.py`), what follows from an outcome.

Soda looks at few things the way we need: it is not safe to use from two threads (one parser is shared), one broken
expression leaves all others of its query unevaluated, what was not evaluated counts as fine, and failing rows are not
in its results. Here one lock guards it, checks are repeated one by one when the common query fails, everything but
PASSED and WARN is a failure, and failing rows are selected by the conditions of the parsed contract.
"""

# ruff: noqa: E402 - the environment below has to be set before Soda is imported
from __future__ import annotations

import os

# Before the first import: it would start an exporter to the maker's collector, and read any .env above this file.
os.environ["SODA_CORE_TELEMETRY_ENABLED"] = "false"
_dotenv = os.environ.get("PYTHON_DOTENV_DISABLED")
os.environ["PYTHON_DOTENV_DISABLED"] = "true"

import logging
import re
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from soda_core.common.logging_constants import soda_logger
from soda_core.common.sql_ast import FROM, SELECT, STAR, WHERE, WITH
from soda_core.common.yaml import ContractYamlSource, FileType, YamlObject
from soda_core.contracts.contract_verification import ContractVerificationSession
from soda_core.contracts.impl.contract_verification_impl import (
    ContractVerificationHandler,
    ContractVerificationHandlerRegistry,
)
from soda_duckdb.common.data_sources.duckdb_data_source import DuckDBDataSourceImpl

from warehouse.checks.outcome import CheckOutcome, CheckSpec, OutcomeWord
from warehouse.checks.soda_contract import DATA_SOURCE, contract_yaml, shape_problems, threshold_text
from warehouse.clock import now

if _dotenv is None:
    del os.environ["PYTHON_DOTENV_DISABLED"]
else:
    os.environ["PYTHON_DOTENV_DISABLED"] = _dotenv

soda_logger.setLevel(logging.WARNING)  # it prints tables of results; errors and warnings are read below

_lock = threading.RLock()
_RESTRICTED_FOLDER, _RESTRICTED_FILE = 0o700, 0o600
_NAME = re.compile(r"(?:(?P<schema>[^./\"]+)\.)?(?P<table>[^./\"]+)")


def verify(
    con: duckdb.DuckDBPyConnection,
    table: str,
    checks: Sequence[CheckSpec],
    *,
    failed_rows_dir: Path | None,
    row_limit: int = 10_000,
    as_of: datetime | None = None,
) -> list[CheckOutcome]:
    """Run the checks on `table` (`schema.table`, or a table of schema main); outcomes in the order of `checks`.

    The table must be committed and not temporary: Soda works on a cursor of `con`, which sees no temporary tables.
    `con` should hold just the batch or be read-only, with external access off and configuration locked: checks are
    SQL from contract files. `as_of` (aware; default now) is what `${var.as_of}` and `now_variable: as_of` give.
    Failing rows of checks that have rows go to `failed_rows_dir/<key>.parquet`, at most `row_limit`. A check that
    Soda cannot evaluate is NOT_EVALUATED with its errors; nothing is raised for a bad check.
    """
    if not checks:
        return []
    named = _NAME.fullmatch(table)
    if named is None:
        raise ValueError(f"not a table name: {table!r}")
    moment = (as_of or now()).isoformat()
    target = _Target(con, named["schema"] or "main", named["table"], moment, failed_rows_dir, row_limit)
    problems: dict[str, list[str]] = {}
    for key, text in _shape_problems(_Key(checks)):
        problems.setdefault(key, []).append(text)
    sound = [check for check in checks if check.key not in problems]
    with _lock:
        outcomes = {outcome.spec.key: outcome for outcome in _verify(target, sound)} if sound else {}
    return [outcomes.get(check.key) or _not_evaluated(check, problems[check.key]) for check in checks]


def lint(checks: Sequence[CheckSpec]) -> list[str]:
    """What is wrong with the checks, each text with the key first; empty when they may be run."""
    problems = list(shape_problems(checks))
    bad = {key for key, _ in problems}
    with _lock:
        for check in checks:
            if check.key not in bad:
                found = _parse_only(contract_yaml("main", "table", [check]))
                problems.extend((check.key, text) for text in found)
    return [f"{key}: {text}" for key, text in problems]


class _Key(tuple[CheckSpec, ...]):
    """Checks as a dictionary key: their text decides, for bodies are mappings without a hash."""

    def __hash__(self) -> int:
        return hash(repr(tuple(self)))


class _Target:
    """What is verified, and where failing rows go."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        schema: str,
        table: str,
        moment: str,
        failed_rows_dir: Path | None,
        row_limit: int,
    ) -> None:
        self.con = con
        self.schema = schema
        self.table = table
        self.failed_rows_dir = failed_rows_dir
        self.row_limit = row_limit
        self.variables = {"table": f'"{schema}"."{table}"', "as_of": moment}


@lru_cache(maxsize=256)
def _shape_problems(checks: _Key) -> list[tuple[str, str]]:
    return list(shape_problems(checks))


@lru_cache(maxsize=256)
def _contract(schema: str, table: str, checks: _Key) -> str:
    return contract_yaml(schema, table, checks)


class _ContractSource(ContractYamlSource, file_type=FileType.CONTRACT):  # type: ignore[misc, call-arg]  # untyped
    """A contract whose parsed YAML is kept: a run verifies hundreds of small batches against the same text."""

    def parse(self) -> YamlObject:
        return YamlObject(self, _parsed(self.yaml_str))


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:
    return ContractYamlSource.from_str(text).parse().yaml_dict


class _Collector(ContractVerificationHandler):  # type: ignore[misc]  # untyped
    """Soda's own hook after a verification; keeps the parsed contract, from which failing rows are selected."""

    contract: Any = None

    def handle(self, contract_impl: Any, *others: Any, **more: Any) -> None:
        self.contract = contract_impl

    def provides_post_processing_stages(self) -> list[Any]:
        return []


_collector = _Collector()
ContractVerificationHandlerRegistry.register(_collector)


def _verify(target: _Target, checks: Sequence[CheckSpec]) -> list[CheckOutcome]:
    text = _contract(target.schema, target.table, _Key(checks))
    cursor = target.con.cursor()
    _collector.contract = None
    try:
        source = DuckDBDataSourceImpl.from_existing_cursor(cursor, name=DATA_SOURCE)
        session = ContractVerificationSession.execute(
            [_ContractSource.from_str(text)], data_source_impls=[source], variables=target.variables
        )
        verified = session.contract_verification_results[0]
        results = {result.check.qualifier: result for result in verified.check_results}
        problems = [*verified.get_errors(), *verified.get_warnings()]
        parsed = _collector.contract
    except Exception as error:  # noqa: BLE001  whatever Soda raises, the checks did not pass
        results, problems, parsed = {}, [f"{type(error).__name__}: {error}"], None
    finally:
        cursor.close()
        _collector.contract = None
    if problems and len(checks) > 1:
        # One broken check spoils those that share its query: find out which it is.
        return [outcome for check in checks for outcome in _verify(target, [check])]
    if problems or parsed is None or set(results) != {check.key for check in checks}:
        return [_not_evaluated(check, problems) for check in checks]
    implementations = {item.check_yaml.qualifier: item for item in parsed.all_check_impls}
    return [_outcome(target, check, results[check.key], implementations[check.key]) for check in checks]


def _outcome(target: _Target, check: CheckSpec, result: Any, implementation: Any) -> CheckOutcome:
    words: dict[str, OutcomeWord] = {"PASSED": "PASSED", "WARN": "WARN", "FAILED": "FAILED"}
    outcome = words.get(result.outcome.name, "NOT_EVALUATED")
    if outcome == "NOT_EVALUATED":
        return _not_evaluated(check, [])
    measured = None if result.threshold_value is None else float(result.threshold_value)
    rows: int | None = None
    file: Path | None = None
    if outcome != "PASSED":
        sql = _failing_rows_sql(implementation)
        if sql is not None:
            rows, file = _keep_failing_rows(target, check.key, sql)
    tested, satisfied = _tested(result.diagnostic_metric_values or {}, implementation.type)
    return CheckOutcome(
        check, outcome, measured, threshold_text(check), rows, file, rows_tested=tested, rows_satisfied=satisfied
    )


def _tested(metrics: Mapping[str, Any], kind: str) -> tuple[int | None, int | None]:
    """Rows that the check looked at, and those of them that satisfied it; (None, None) where it does not go by rows."""
    tested = metrics.get("check_rows_tested")
    failing = metrics.get("failed_rows_count" if kind == "failed_rows" else f"{kind}_count")
    if kind == "row_count" or tested is None or failing is None:
        return None, None
    return int(tested), max(0, int(tested) - int(failing))


def _not_evaluated(check: CheckSpec, errors: Sequence[str]) -> CheckOutcome:
    reasons = tuple(errors) or (
        "没有可比较的值（空表或结果为空）。 / there was no value to compare (an empty table, or a NULL result).",
    )
    return CheckOutcome(check, "NOT_EVALUATED", errors=reasons)


def _keep_failing_rows(target: _Target, key: str, sql: str) -> tuple[int, Path | None]:
    def run(query: str) -> duckdb.DuckDBPyConnection:
        return target.con.cursor().execute(query)

    rows = int(run(f"SELECT count(*) FROM ({sql})").fetchall()[0][0])
    if target.failed_rows_dir is None:
        return rows, None
    columns = [column[0] for column in run(f"SELECT * FROM ({sql}) LIMIT 0").description]
    order = "ORDER BY _row" if "_row" in columns else ""
    # pyarrow writes, for COPY is refused without external access.
    found = run(f"SELECT * FROM ({sql}) {order} LIMIT {int(target.row_limit)}").to_arrow_table()
    target.failed_rows_dir.mkdir(mode=_RESTRICTED_FOLDER, parents=True, exist_ok=True)
    file = target.failed_rows_dir / f"{key}.parquet"
    aside = file.with_suffix(".writing")
    aside.touch(mode=_RESTRICTED_FILE)
    pq.write_table(found, aside, compression="zstd")
    os.replace(aside, file)
    return rows, file


def _failing_rows_sql(implementation: Any) -> str | None:
    """The failing rows of a check as a query; None where a check has no rows (counts, averages, metrics)."""
    dialect = implementation.contract_impl.data_source_impl.sql_dialect
    cte = implementation.scope.cte
    kind = implementation.type

    def select(*more: Any) -> str:
        return str(dialect.build_select_sql([WITH([cte]), SELECT(STAR()), FROM(cte.alias), *more], add_semicolon=False))

    if kind == "missing":
        return select(WHERE(implementation.missing_count_metric_impl.sql_condition_expression()))
    if kind == "invalid":
        if implementation.missing_and_validity.has_reference_data():
            query = implementation.ref_query.build_query(cte=cte, select_clause=SELECT(STAR(alias="C")))
            return str(dialect.build_select_sql(query, add_semicolon=False))
        return select(WHERE(implementation.invalid_count_metric_impl.sql_condition_expression()))
    if kind == "failed_rows":
        query = implementation.failed_rows_check_yaml.query
        if query:
            return str(query).rstrip("; \n")
        return select(WHERE(implementation.failed_rows_count_metric_impl.sql_condition_expression()))
    if kind == "duplicate":
        condition = f"({implementation.check_yaml.filter})" if implementation.check_yaml.filter else "TRUE"
        if implementation.column_impl is None:
            keys = ", ".join(dialect.quote_default(column) for column in implementation.check_yaml.columns)
        else:
            keys = dialect.build_expression_sql(implementation.column_expression)
            missing = implementation.missing_and_validity.is_missing_expr(implementation.column_expression)
            condition += f" AND NOT ({dialect.build_expression_sql(missing)})"
        return f"{select()}\nWHERE {condition}\nQUALIFY count(*) OVER (PARTITION BY {keys}) > 1\nORDER BY {keys}"
    return None


def _parse_only(text: str) -> list[str]:
    try:
        session = ContractVerificationSession.execute(
            [ContractYamlSource.from_str(text)], only_validate_without_execute=True, variables={}
        )
    except Exception as error:  # noqa: BLE001  whatever Soda raises, the contract cannot be read
        return [f"{type(error).__name__}: {error}"]
    parsed = session.contract_verification_results[0]
    return [*parsed.get_errors(), *parsed.get_warnings()]
