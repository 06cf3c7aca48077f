"""Personal values leave memory only as keyed hashes, masked, or not at all.

Belongs here: the key, HMAC-SHA256 (RFC 2104) in SQL, masking. Does not belong here: which fields are personal
(contract). The key is in one statement only, whose errors are not passed on; so no message can show it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Sequence

import duckdb

from sources.contract.feed import Entity
from sources.reading.quoting import identifier
from warehouse.home import Home

VARIABLE = "DISTRICT_PSEUDONYM_KEY"
# 128 bits: below that the key could be guessed, and with it every plate and person id.
_SHORTEST_KEY_BYTES = 16
_BLOCK_BYTES = 64  # of SHA-256
_TABLE = "_pseudonym"
_PADS = "_pseudonym_pads"


class PseudonymKeyError(RuntimeError):
    """The key of the keyed hash is unusable; the text names the place and the remedy, never the key."""


def load_key(home: Home) -> bytes:
    """The key: `DISTRICT_PSEUDONYM_KEY`, else the home's key file, made with mode 0600 when there is none."""
    given = os.environ.get(VARIABLE)
    key = given.encode() if given else _key_file(home)
    if len(key) < _SHORTEST_KEY_BYTES:
        place = f"环境变量 {VARIABLE}" if given else f"文件 {home.pseudonym_key}"
        raise PseudonymKeyError(
            f"{place} 的假名密钥不足 {_SHORTEST_KEY_BYTES} 字节；请换成更长的随机值。 / The pseudonym key in "
            f"{VARIABLE if given else home.pseudonym_key} is shorter than {_SHORTEST_KEY_BYTES} bytes; use a longer "
            "random value."
        )
    return key


def _key_file(home: Home) -> bytes:
    path = home.pseudonym_key
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # another process was first: its key holds
            os.link(draft, path)
        draft.unlink()
    path.chmod(0o600)  # restored from a backup, it may have become readable for others
    return path.read_bytes().strip()


def pseudonymised_fields(entity: Entity) -> list[str]:
    """Fields that become keyed hashes."""
    return [name for name, item in entity.fields.items() if item.protection == "pseudonymise"]


def hash_distinct_values(connection: duckdb.DuckDBPyConnection, key: bytes, table: str, columns: Sequence[str]) -> None:
    """Make `_pseudonym` (`clear`, `hashed`) of all values of `columns`; each distinct value is hashed once."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    inner_pad, outer_pad = bytes(b ^ 0x36 for b in block).hex(), bytes(b ^ 0x5C for b in block).hex()
    try:  # not as bound values: for those DuckDB imports pandas, which takes a second
        connection.execute(
            f"CREATE OR REPLACE TABLE {_PADS} AS SELECT from_hex('{inner_pad}') AS inner_pad, from_hex('{outer_pad}') "
            "AS outer_pad"
        )
    except duckdb.Error:
        raise PseudonymKeyError("假名密钥无法载入 DuckDB。 / The pseudonym key could not be given to DuckDB.") from None
    values = " UNION ".join(f"SELECT DISTINCT {identifier(column)} AS clear FROM {table}" for column in columns)
    inner = "unhex(sha256(inner_pad || encode(CAST(clear AS VARCHAR))))"
    connection.execute(
        f"CREATE OR REPLACE TABLE {_TABLE} AS SELECT clear, sha256(outer_pad || {inner}) AS hashed "
        f"FROM (SELECT DISTINCT clear FROM ({values}) WHERE clear IS NOT NULL) CROSS JOIN {_PADS}"
    )
    connection.execute(f"DROP TABLE {_PADS}")


def protected(entity: Entity, name: str) -> str:
    """SQL of the field as it may leave memory, in the scope of `protecting_joins`."""
    column = f"p.{identifier(name)}"
    match entity.fields[name].protection:
        case "pseudonymise":
            return f"{_alias(name)}.hashed"
        case "mask":
            return f"CASE WHEN {column} IS NOT NULL THEN left(CAST({column} AS VARCHAR), 1) || '**' END"
        case "drop":
            return "CAST(NULL AS VARCHAR)"
        case None:
            return column


def protecting_joins(entity: Entity) -> str:
    """Joins from the rows `p` to the hashes of their personal values."""
    return " ".join(
        f"LEFT JOIN {_TABLE} AS {_alias(name)} ON {_alias(name)}.clear = p.{identifier(name)}"
        for name in pseudonymised_fields(entity)
    )


def _alias(name: str) -> str:
    return identifier(f"_hash_{name}")
