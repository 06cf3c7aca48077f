"""Contracts: what they say arrives in the feed, every mistake is named with its place, overlays keep the canonical."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from sources.contract import reference
from sources.contract.dbt_sources import main, render_source
from sources.contract.environment import NotConfigured, resolve
from sources.contract.feed import Feed
from sources.contract.loading import BUILT_IN, CONTRACT_FILE, lint, load_feeds, read_feeds
from sources.contract.problem import ContractError
from tests.sources.contract_example import contract, entity_of, load, set_property, write_contract

pytestmark = pytest.mark.slow

Document = dict[str, Any]


def entity(document: Document) -> Document:
    found: Document = document["schema"][0]
    return found


def field(document: Document, name: str) -> Document:
    return next(item for item in entity(document)["properties"] if item["name"] == name)


# --- what a contract says ------------------------------------------------------------------------------------------


def test_the_feed_says_what_the_contract_says(tmp_path: Path) -> None:
    feed = load(tmp_path)
    loans = feed.entities["lib_loan"]
    assert (feed.name, feed.label_zh, feed.department_code, feed.department_zh) == (
        "library",
        "图书馆",
        "culture_commission",
        "区文旅局",
    )
    assert (loans.history, loans.period_field, loans.key, loans.delivered) == ("event", "loan_date", ("loan_id",), True)
    assert loans.fields["fee"].source_names == ("费用（元）", "费用")
    assert loans.fields["loan_id"].source_names == ("loan_id",)
    assert loans.fields["kind"].codes == {"book": "book", "图书": "book", "书": "book", "film": "film", "影像": "film"}
    assert loans.fields["reader_hash"].protection == "pseudonymise"
    assert loans.raw_columns["fee"] == "DECIMAL(18,2)"
    assert loans.raw_columns["_batch_order"] == "BIGINT"
    check = loans.checks[0]
    assert (check.key, check.dimension, check.blocking, check.reason) == (
        "loans_present",
        "完整性",
        True,
        "每日都有借阅",
    )


def test_the_owner_follows_the_dates(tmp_path: Path) -> None:
    feed = load(tmp_path)
    assert feed.owner == "新科"
    assert [feed.owner_on(day) for day in (date(2019, 1, 1), date(2022, 12, 31), date(2023, 1, 1))] == [
        None,
        "旧科",
        "新科",
    ]


def test_the_hash_changes_with_the_contract(tmp_path: Path) -> None:
    changed = contract()
    changed["version"] = "1.0.1"
    assert load(tmp_path / "a").contract_sha256 == load(tmp_path / "b").contract_sha256
    assert load(tmp_path / "c", changed).contract_sha256 != load(tmp_path / "a").contract_sha256


# --- mistakes ------------------------------------------------------------------------------------------------------


def set_delivery(document: Document, **settings: Any) -> None:
    deliveries = {"server": "drop", "mode": "delta", "file": {"pattern": "*.csv", "format": {"kind": "csv"}}} | settings
    set_property(entity(document), "deliveries", [deliveries])


def set_format(document: Document, **settings: Any) -> None:
    set_delivery(document, file={"pattern": "*.csv", "format": {"kind": "csv"} | settings})


MISTAKES: list[tuple[str, Callable[[Document], Any], str, str]] = [
    ("unknown key at the top", lambda c: c.update(sever="x"), "sever", "servers"),
    ("unknown key of a server", lambda c: c["servers"][0].update(locaton="x"), "servers[drop].locaton", "location"),
    (
        "unknown key deep in an enum",
        lambda c: field(c, "kind")["enum"][0].update(lable="x"),
        "schema[lib_loan].properties[kind].enum[book].lable",
        "label",
    ),
    (
        "unknown custom property",
        lambda c: set_property(entity(c), "calender", {}),
        "schema[lib_loan].customProperties[calender]",
        "calendar",
    ),
    (
        "unknown key of a setting",
        lambda c: set_property(entity(c), "period", {"feild": "loan_date"}),
        "schema[lib_loan].customProperties[period].value.feild",
        "feild",
    ),
    ("feed name", lambda c: c.update(id="other"), "id", "library"),
    ("no owner", lambda c: c["team"].update(members=[]), "team", "role: owner"),
    ("time zone", lambda c: set_property(c, "time_zone", "Asia/Shangai"), "customProperties", "Asia/Shangai"),
    ("no key", lambda c: field(c, "loan_id").pop("primaryKey"), "schema[lib_loan]", "primaryKey"),
    (
        "name of a column that staging adds",
        lambda c: field(c, "fee").update(name="valid_to"),
        "schema[lib_loan].properties[valid_to]",
        "valid_from",
    ),
    (
        "logical type",
        lambda c: field(c, "fee").update(logicalType="money"),
        "schema[lib_loan].properties[fee].logicalType",
        "number",
    ),
    (
        "decimal of a string",
        lambda c: field(c, "kind").update(physicalType="decimal(18,2)"),
        "schema[lib_loan].properties[kind].physicalType",
        "logicalType: number",
    ),
    (
        "pattern",
        lambda c: field(c, "kind").update(logicalTypeOptions={"pattern": "(["}),
        "schema[lib_loan].properties[kind].logicalTypeOptions.pattern",
        "regular expression",
    ),
    (
        "option that nothing enforces",
        lambda c: field(c, "fee").update(logicalTypeOptions={"multipleOf": 5}),
        "schema[lib_loan].properties[fee].logicalTypeOptions.multipleOf",
        "row_rules",
    ),
    (
        "one spelling for two codes",
        lambda c: field(c, "kind")["enum"][1].update(label="书"),
        "schema[lib_loan].properties[kind].enum[film]",
        "书",
    ),
    (
        "period field that is no date",
        lambda c: set_property(entity(c), "period", {"field": "fee"}),
        "schema[lib_loan]",
        "date or timestamp",
    ),
    (
        "delivery from an unknown server",
        lambda c: set_property(
            entity(c), "deliveries", [{"server": "ftp", "file": {"pattern": "*.csv", "format": {"kind": "csv"}}}]
        ),
        "schema[lib_loan].customProperties[deliveries].value[ftp]",
        "drop",
    ),
    (
        "files behind a link",
        lambda c: c["servers"][0].update(location="https://data.example/loans"),
        "servers[drop].location",
        "rest",
    ),
    (
        "delivery that its server cannot give",
        lambda c: set_property(entity(c), "deliveries", [{"server": "drop", "sql": {"view": "v"}}]),
        "schema[lib_loan].customProperties[deliveries].value[drop]",
        "files",
    ),
    (
        "placeholder of a pattern",
        lambda c: set_property(
            entity(c), "deliveries", [{"server": "drop", "file": {"pattern": "{day}.csv", "format": {"kind": "csv"}}}]
        ),
        "schema[lib_loan].customProperties[deliveries].value[drop].file.pattern",
        "{day}",
    ),
    (
        "rule about a field that is not there",
        lambda c: set_property(
            entity(c),
            "row_rules",
            [{"name": "r", "expression": "fees > 0", "reason_zh": "x", "reason_en": "x", "dimension": "准确性"}],
        ),
        "schema[lib_loan].customProperties[row_rules].value[r].expression",
        "fees",
    ),
    (
        "expression that reads a file",
        lambda c: field(c, "fee").update(transformLogic="(SELECT max(x) FROM read_csv('/etc/passwd'))"),
        "schema[lib_loan].properties[fee].transformLogic",
        "SUBQUERY",
    ),
    (
        "check without reason",
        lambda c: entity(c)["quality"][0].pop("description"),
        "schema[lib_loan].quality[有借阅]",
        "description",
    ),
    (
        "check of no dimension",
        lambda c: set_property(entity(c)["quality"][0], "gbt36344", "快乐性"),
        "schema[lib_loan].quality[有借阅]",
        "完整性",
    ),
    (
        "encoding that nobody knows",
        lambda c: set_format(c, encoding="utf-9"),
        "schema[lib_loan].customProperties[deliveries].value[drop].file.format.encoding",
        "utf-9",
    ),
    (
        "separator of two characters",
        lambda c: set_format(c, delimiter="||"),
        "schema[lib_loan].customProperties[deliveries].value[drop].file.format.delimiter",
        "1 character",
    ),
    (
        "pattern of no language that we read",
        lambda c: set_property(field(c, "loan_date"), "formats", ["dd/MM/yyyy"]),
        "schema[lib_loan].properties[loan_date]",
        "%d/%m/%Y",
    ),
    (
        "unpivot of records",
        lambda c: set_delivery(
            c,
            unpivot={"columns": ["*"], "name": "a", "value": "b"},
            file={"pattern": "*", "format": {"kind": "json"}},
        ),
        "schema[lib_loan].customProperties[deliveries].value[drop].unpivot",
        "records_at",
    ),
    (
        "check that nothing runs",
        lambda c: entity(c)["quality"][0].update(engine="greatExpectations"),
        "schema[lib_loan].quality[有借阅]",
        "soda",
    ),
]


@pytest.mark.parametrize(
    ("change", "place", "remedy"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)
def test_a_mistake_is_named_with_file_place_and_remedy(
    tmp_path: Path, change: Callable[[Document], Any], place: str, remedy: str
) -> None:
    document = contract()
    change(document)
    file = write_contract(tmp_path, document)
    with pytest.raises(ContractError) as raised:
        load_feeds([tmp_path])
    found = [problem for problem in raised.value.problems if problem.place == place]
    assert found, [str(problem) for problem in raised.value.problems]
    assert found[0].file == file
    assert remedy in found[0].en + found[0].zh
    assert found[0].line is not None
    assert found[0].line > 0
    assert str(file) in found[0].text_zh


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    document = contract()
    document["sever"] = 1
    field(document, "fee")["logicalType"] = "money"
    entity(document)["quality"][0].pop("severity")
    write_contract(tmp_path, document)
    _, problems = read_feeds([tmp_path])
    assert {problem.place for problem in problems} >= {
        "sever",
        "schema[lib_loan].properties[fee].logicalType",
        "schema[lib_loan].quality[有借阅]",
    }


def test_the_line_is_the_line_of_the_mistake(tmp_path: Path) -> None:
    text = yaml.safe_dump(contract(), allow_unicode=True, sort_keys=False)
    lines = text.replace("logicalType: number", "logicalType: money").splitlines()
    write_contract(tmp_path, "\n".join(lines))
    _, problems = read_feeds([tmp_path])
    assert problems[0].line == next(number for number, line in enumerate(lines, 1) if "money" in line)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a: [1", "YAML"),
        ("- 1\n- 2\n", "mapping"),
        ("", "mapping"),
        ("id: library\nid: library\nkind: DataContract\n", "twice"),
        ("id: library\nkind: 5\n", "kind"),
        ("\u0000", "YAML"),
    ],
)
def test_a_file_that_is_no_contract_is_a_problem_not_a_crash(tmp_path: Path, text: str, word: str) -> None:
    write_contract(tmp_path, text)
    feeds, problems = read_feeds([tmp_path])
    assert "library" not in feeds
    assert any(word in problem.en for problem in problems)


def test_a_broken_contract_leaves_the_others_usable(tmp_path: Path) -> None:
    write_contract(tmp_path, "a: [1", "broken")
    write_contract(tmp_path, contract())
    feeds, problems = read_feeds([tmp_path])
    assert "library" in feeds
    assert {problem.file.parent.name for problem in problems} == {"broken"}


def test_two_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    write_contract(tmp_path / "a", contract())
    write_contract(tmp_path / "b", contract())
    _, problems = read_feeds([tmp_path / "a", tmp_path / "b"])
    assert [problem.file.parent.parent.name for problem in problems] == ["b"]


def test_an_empty_feeds_folder_is_a_problem(tmp_path: Path) -> None:
    _, problems = read_feeds([tmp_path / "nowhere"])
    assert "DISTRICT_FEEDS" in problems[0].en


def test_feeds_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_contract(tmp_path / "many", contract())
    monkeypatch.setenv("DISTRICT_FEEDS", f"{file.parent}")  # the folder of a feed itself
    assert "library" in load_feeds()
    monkeypatch.setenv("DISTRICT_FEEDS", f"{tmp_path / 'many'}")  # a folder of feeds
    assert "library" in load_feeds()


# --- the built-in feeds, their lint and dbt sources ----------------------------------------------------------------


@pytest.fixture(scope="module")
def built_in() -> dict[str, Feed]:
    return load_feeds(())


def test_built_in_contracts_are_sound(built_in: dict[str, Feed]) -> None:
    assert set(built_in) == {folder.parent.name for folder in BUILT_IN.glob(f"*/{CONTRACT_FILE}")}
    assert all(entity.delivered for feed in built_in.values() for entity in feed.entities.values())


def test_lint_passes_the_built_in_contracts_with_their_soda_checks() -> None:
    assert lint(BUILT_IN) == []


def test_lint_names_a_typo_in_a_soda_check(tmp_path: Path) -> None:
    document = contract()
    entity(document)["quality"][0]["implementation"] = {"row_count": {"treshold": {"must_be_greater_than": 0}}}
    file = write_contract(tmp_path, document)
    problems = lint(file)
    assert [problem.place for problem in problems] == ["schema[lib_loan].quality[loans_present]"]
    assert "treshold" in problems[0].en


def test_lint_of_a_folder_without_contract(tmp_path: Path) -> None:
    assert CONTRACT_FILE in lint(tmp_path)[0].en


def test_the_committed_dbt_sources_match_the_contracts() -> None:
    assert main(["--check"]) == 0, "run python -m sources.contract.dbt_sources to write them"


def test_the_committed_reference_matches_the_settings() -> None:
    assert reference.main(["--check"]) == 0, (
        f"run python -m sources.contract.reference to write {reference.TARGET.name}"
    )


def test_check_says_when_the_sources_are_out_of_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"], staging=tmp_path) == 1
    assert "python -m sources.contract.dbt_sources" in capsys.readouterr().err
    assert main([], staging=tmp_path) == 0
    assert main(["--check"], staging=tmp_path) == 0


def test_a_dbt_source_names_the_columns_of_the_raw_table(tmp_path: Path) -> None:
    feed = load(tmp_path)
    source = yaml.safe_load(render_source(feed))["sources"][0]
    table = source["tables"][0]
    assert source["name"] == "raw_library"
    assert table["config"]["meta"]["raw_path"] == "raw/library/lib_loan"
    assert table["config"]["meta"]["dagster"]["asset_key"] == ["raw", "library", "lib_loan"]
    columns = {column["name"]: column["data_type"] for column in table["columns"]}
    assert columns == dict(feed.entities["lib_loan"].raw_columns)
    assert columns["reader_hash"] == "VARCHAR"


# --- overlays ------------------------------------------------------------------------------------------------------

OVERLAY = """
apiVersion: v3.1.0
kind: DataContract
id: parking
version: 2.0.0
status: active
customProperties:
  - {property: time_zone, value: Europe/London}
servers:
  - server: data
    type: local
    location: data
    customProperties: [{property: connection, value: {connector: files}}]
schema:
  - name: prk_snapshot
    customProperties:
      - {property: max_rejected_percent, value: 10}
      - property: deliveries
        value: [{server: data, file: {pattern: "*.csv", format: {kind: csv, header: false}}}]
    properties:
      - {name: lot_code, physicalName: column1}
      - name: snapshot_time
        physicalName: column4
        customProperties: [{property: formats, value: ["%Y-%m-%d %H:%M:%S"]}]
      - {name: total_spaces, physicalName: column2}
      - {name: free_spaces, transformLogic: "CAST(column2 AS BIGINT) - CAST(column3 AS BIGINT)"}
      - {name: weather, businessName: 天气, logicalType: string, physicalName: column9}
"""


def test_an_overlay_maps_another_source_to_the_canonical_entity(tmp_path: Path, built_in: dict[str, Feed]) -> None:
    write_contract(tmp_path, OVERLAY, "parking")
    feed = load_feeds([tmp_path])["parking"]
    canonical = built_in["parking"]
    snapshot = feed.entities["prk_snapshot"]
    own = canonical.entities["prk_snapshot"]
    assert list(feed.entities) == list(canonical.entities)
    assert (feed.time_zone, feed.department_zh, feed.simulated) == ("Europe/London", canonical.department_zh, False)
    assert list(snapshot.fields)[: len(own.fields)] == list(own.fields)
    assert {name: snapshot.raw_columns[name] for name in own.fields} == {
        name: own.raw_columns[name] for name in own.fields
    }
    assert (snapshot.key, snapshot.period_field, snapshot.history) == (own.key, own.period_field, own.history)
    assert snapshot.row_rules == ()
    assert [check for check in snapshot.checks if check.engine == "soda"] == []
    assert snapshot.calendar is None
    assert snapshot.fields["lot_code"].source_names == ("column1",)
    assert snapshot.fields["receive_time"].source_names == ()  # not named: NULL
    assert not snapshot.fields["receive_time"].required
    assert snapshot.fields["lot_code"].required  # the key always is
    assert snapshot.raw_columns["weather"] == "VARCHAR"  # an extension
    assert feed.contract_sha256 != canonical.contract_sha256


def test_an_overlay_keeps_what_holds_of_values_beyond_a_code_list(tmp_path: Path, built_in: dict[str, Feed]) -> None:
    own = "      - {name: lot_code, physicalName: column1}\n"
    events = f"  - name: prk_event\n    properties:\n{own}      - {{name: event_id, physicalName: column2}}\n"
    write_contract(tmp_path, OVERLAY + events, "parking")
    lot_code = load_feeds([tmp_path])["parking"].entities["prk_event"].fields["lot_code"]
    assert lot_code.codes == built_in["parking"].entities["prk_event"].fields["lot_code"].codes
    assert lot_code.crosswalk


def test_entities_that_an_overlay_does_not_name_are_not_delivered(tmp_path: Path) -> None:
    write_contract(tmp_path, OVERLAY, "parking")
    lots = load_feeds([tmp_path])["parking"].entities["prk_lot"]
    assert (lots.delivered, lots.deliveries, lots.checks, lots.calendar) == (False, (), (), None)
    assert "lot_name" in lots.raw_columns


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("name: total_spaces, physicalName", "name: total_spaces, logicalType: string, physicalName", "integer"),
        ("name: lot_code, physicalName: column1", "name: receive_time, physicalName: column1", "lot_code"),
        (
            "      - {property: max_rejected_percent, value: 10}",
            "      - {property: history, value: register}",
            "event",
        ),
    ],
)
def test_an_overlay_cannot_bend_the_canonical(tmp_path: Path, old: str, new: str, remedy: str) -> None:
    assert old in OVERLAY
    write_contract(tmp_path, OVERLAY.replace(old, new), "parking")
    feeds, problems = read_feeds([tmp_path])
    assert any(remedy in problem.en for problem in problems)
    assert "parking" not in feeds  # nor does the built-in contract silently stand in for it


def test_an_overlay_cannot_lift_protection(tmp_path: Path, built_in: dict[str, Feed]) -> None:
    text = OVERLAY.replace("name: prk_snapshot", "name: prk_event").replace(
        "lot_code, physicalName: column1", "event_id, physicalName: column1"
    )
    text = text[: text.index("      - name: snapshot_time")] + "      - {name: plate_hash, physicalName: column2}\n"
    write_contract(tmp_path, text, "parking")
    fields = load_feeds([tmp_path])["parking"].entities["prk_event"].fields
    assert fields["plate_hash"].source_names == ("column2",)
    assert fields["plate_hash"].protection == built_in["parking"].entities["prk_event"].fields["plate_hash"].protection
    assert fields["plate_hash"].protection == "pseudonymise"


# --- messages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "remedy"), [("iot/#/loans", "iot/+/heartbeat"), ("iot/a+", "iot/+/heartbeat"), ("", "iot/+/heartbeat")]
)
def test_a_topic_filter_is_one(tmp_path: Path, topic: str, remedy: str) -> None:
    write_contract(tmp_path, messages(topic))
    assert any(remedy in problem.en for problem in read_feeds([tmp_path])[1])


def test_two_deliveries_do_not_share_a_session(tmp_path: Path) -> None:
    document = messages("iot/+/loans")
    assert load(tmp_path / "one", document).entities["lib_loan"].deliveries[0].key == "broker:iot/+/loans"
    second = copy.deepcopy(entity(document))
    second["name"] = "lib_return"
    document["schema"].append(second)
    write_contract(tmp_path / "two", document)
    (problem,) = read_feeds([tmp_path / "two"])[1]
    assert "client_id" in problem.en


def messages(topic: str) -> dict[str, Any]:
    """The example, its loans as messages."""
    document = contract()
    connection = {"property": "connection", "value": {"connector": "mqtt"}}
    document["servers"] = [{"server": "broker", "location": "mqtt://h", "customProperties": [connection]}]
    settings = {"topic": topic, "client_id": "us", "format": {"kind": "ndjson"}}
    set_property(entity(document), "deliveries", [{"server": "broker", "mqtt": settings}])
    return document


# --- servers -------------------------------------------------------------------------------------------------------


def test_locations_are_expanded_when_connecting(tmp_path: Path) -> None:
    server = load(tmp_path).servers["drop"]
    assert resolve(server, {}).location == str(tmp_path / "library" / "drop")  # relative: beside the contract
    assert resolve(server, {"LIBRARY_DROP": "/data/drop"}).location == "/data/drop"
    assert resolve(server, {"LIBRARY_DROP": "sftp://host/drop"}).location == "sftp://host/drop"


def test_a_missing_variable_says_which_and_where(tmp_path: Path) -> None:
    document = contract()
    document["servers"][0]["location"] = "${LIBRARY_DROP}/loans"
    document["servers"][0]["customProperties"][0]["value"]["storage_options"] = {"password": "${LIBRARY_SECRET}"}
    server = load(tmp_path, document).servers["drop"]
    with pytest.raises(NotConfigured, match="LIBRARY_DROP"):
        resolve(server, {"LIBRARY_SECRET": "x"})
    with pytest.raises(NotConfigured, match="LIBRARY_SECRET"):
        resolve(server, {"LIBRARY_DROP": "/x"})
    resolved = resolve(server, {"LIBRARY_DROP": "/x", "LIBRARY_SECRET": "geheim"})
    assert resolved.connection.model_dump()["storage_options"] == {"password": "geheim"}


@pytest.mark.parametrize(("form", "placeholders"), [("year", False), ("iso", True)])
def test_a_field_of_periods_has_no_placeholder_days(tmp_path: Path, form: str, placeholders: bool) -> None:
    document = contract()
    loan_date = next(one for one in entity_of(document)["properties"] if one["name"] == "loan_date")
    loan_date["customProperties"] = [{"property": "formats", "value": [form]}]
    field = load(tmp_path, document).entities["lib_loan"].fields["loan_date"]
    assert bool(field.sentinels) == placeholders
