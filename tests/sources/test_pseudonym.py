"""Personal values: keyed hashes that Python's own hmac confirms, and no clear value anywhere on disk."""

from __future__ import annotations

import hashlib
import hmac
import json
import stat
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.admission.pseudonym import VARIABLE, PseudonymKeyError
from tests.sources.admission_case import admitted, check, entity, field, file_delivery
from warehouse.home import Home

HASHED = entity(field("id"), field("plate", protection="pseudonymise"))
KEY = "0123456789abcdef-test"
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=("Cs", "Zs", "Cc", "Cf")),
    min_size=1,
    max_size=80,
)


@settings(max_examples=12, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=30), st.text("abcdef0123456789", min_size=16, max_size=100))
def test_hashes_are_hmac_sha256(tmp_path_factory: pytest.TempPathFactory, values: list[str], key: str) -> None:
    verbatim = entity(field("id"), field("plate", protection="pseudonymise", normalise=False))
    body = "".join(f'{{"id": {n}, "plate": {_json(value)}}}\n' for n, value in enumerate(values))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, key)
        case = admitted(tmp_path_factory.mktemp("h"), verbatim, file_delivery("ndjson"), body)
    expected = [hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest() for value in values]
    assert [hashed for (hashed,) in case.rows("plate", order="id::INTEGER")] == expected


def _json(text: str) -> str:
    return json.dumps(text)


def test_key_file_is_made_once_and_is_for_the_account_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    home = Home(tmp_path / "home").prepare()
    first = admitted(tmp_path, HASHED, file_delivery(), "id,plate\n1,沪A1\n", home=home).rows("plate")
    key = home.pseudonym_key.read_bytes()
    assert stat.S_IMODE(home.pseudonym_key.stat().st_mode) == 0o600
    home.pseudonym_key.chmod(0o644)
    second = admitted(tmp_path, HASHED, file_delivery(), "id,plate\n2,沪A1\n", home=home).rows("plate")
    assert first == second
    assert home.pseudonym_key.read_bytes() == key
    assert stat.S_IMODE(home.pseudonym_key.stat().st_mode) == 0o600
    other = admitted(tmp_path, HASHED, file_delivery(), "id,plate\n1,沪A1\n").rows("plate")
    assert other != first


def test_short_key_is_refused_without_showing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "tooshort")
    with pytest.raises(PseudonymKeyError) as refused:
        admitted(tmp_path, HASHED, file_delivery(), "id,plate\n1,x\n")
    assert VARIABLE in str(refused.value)
    assert "tooshort" not in str(refused.value)


def test_no_clear_value_reaches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    personal = entity(
        field("id"),
        field("plate", protection="pseudonymise", pattern="沪.*"),
        field("name", protection="mask"),
        field("phone", protection="drop"),
        field("n", "integer"),
        checks=(check("small", {"invalid": {"valid_max": 1, "threshold": {"must_be": 0}}}, column="n"),),
    )
    secrets = ["沪A12345", "京B54321", "欧阳修文", "13800138000"]
    body = (
        "id,plate,name,phone,n\n"
        "1,沪A12345,欧阳修文,13800138000,1\n"
        "1,沪A12345,欧阳修文,13800138000,1\n"
        "2,京B54321,欧阳修文,13800138000,2\n"
        "3,沪A12345,欧阳修文,13800138000,x\n"
        "4,沪A12345,欧阳修文,13800138000\n"
        "5,沪A12345,欧阳修文,13800138000,5\n"
    )
    case = admitted(tmp_path, personal, file_delivery(), body)
    assert case.admission.status == "held"
    assert [row[2:4] for row in case.rows("id, plate, name, phone")] == [("欧**", None)] * 2
    assert {code for (code,) in case.rejects("reason_code")} == {
        "duplicate_row",
        "wrong_pattern",
        "unreadable_value",
        "too_few_columns",
    }
    assert (case.workspace / "failed_rows" / "small.parquet").exists()
    shown = repr(case.admission) + repr(case.rejects("*")) + repr(case.rows())
    on_disk = case.written_bytes()
    for secret in [*secrets, KEY]:
        assert secret not in shown
        assert secret.encode() not in on_disk
    # zstd would hide a value from a search of bytes: look at every value too
    for file in case.workspace.rglob("*.parquet"):
        text = str(pq.read_table(file).to_pylist())
        assert not [secret for secret in secrets if secret in text], file
