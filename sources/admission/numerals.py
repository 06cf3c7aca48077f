"""Numbers in Chinese words, for the rare delivery that has any.

Belongs here: giving a connection the function that reads them. Does not belong here: which texts are such numbers
(`number_values.py`). A function in Python makes DuckDB load pandas (a quarter of a second), so it is made on demand.
"""

from __future__ import annotations

import duckdb

from sources.admission.number_values import CHINESE_NUMBER


def offer_chinese_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the function on the connection; doing it again has no effect."""
    from cn2an import cn2an

    def number(text: str) -> str | None:
        """The number as digits; None when the words are none (一百百)."""
        try:
            return str(cn2an(text, "smart"))
        except Exception:  # noqa: BLE001 - whatever words trip the library over are no number
            return None

    known = connection.execute(f"SELECT 1 FROM duckdb_functions() WHERE function_name = '{CHINESE_NUMBER}'").fetchone()
    if known is None:
        connection.create_function(CHINESE_NUMBER, number, ["VARCHAR"], "VARCHAR")
