"""Personal values leave memory only as keyed hashes, masked, or not at all.

Belongs here: the key, HMAC-SHA256 (RFC 2104) in SQL, masking. Does not belong here: which fields are personal
(contract). The key is in the statements that load it alone, whose errors are not passed on; so no message can show it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets

import duckdb

from sources.contract.feed import Entity
from sources.reading.quoting import identifier
from warehouse.home import Home

VARIABLE = "DISTRICT_PSEUDONYM_KEY"
# 128 bits: below that the key could be guessed, and with it every plate and person id.
_SHORTEST_KEY_BYTES = 16
_BLOCK_BYTES = 64  # of SHA-256
_INNER, _OUTER = "pseudonym_inner_pad", "pseudonym_outer_pad"


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


def offer_key(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Let `protected` hash with `key` on this connection.

    Each value is hashed where it is written. Hashing every distinct one once and joining costs as much as it saves, and
    the join loses the order of the rows, which then have to be sorted.
    """
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    pads = {_INNER: bytes(b ^ 0x36 for b in block), _OUTER: bytes(b ^ 0x5C for b in block)}
    try:  # not as bound values: for those DuckDB imports pandas, which takes a second
        for name, pad in pads.items():
            connection.execute(f"SET VARIABLE {name} = from_hex('{pad.hex()}')")
    except duckdb.Error:
        raise PseudonymKeyError("假名密钥无法载入 DuckDB。 / The pseudonym key could not be given to DuckDB.") from None


def protected(entity: Entity, name: str) -> str:
    """SQL of the field of the rows `p` as it may leave memory; hashed ones need `offer_key` first."""
    column = f"p.{identifier(name)}"
    match entity.fields[name].protection:
        case "pseudonymise":
            inner = f"unhex(sha256(getvariable('{_INNER}') || encode(CAST({column} AS VARCHAR))))"
            return f"sha256(getvariable('{_OUTER}') || {inner})"
        case "mask":
            return f"CASE WHEN {column} IS NOT NULL THEN left(CAST({column} AS VARCHAR), 1) || '**' END"
        case "drop":
            return "CAST(NULL AS VARCHAR)"
        case None:
            return column
