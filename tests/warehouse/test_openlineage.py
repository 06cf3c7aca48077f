"""A run as OpenLineage events: what they say, and where they go when an endpoint does not take them."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import attr
import pytest
from openlineage.client import event_v2, facet_v2

from tests.snapshot_fixture import build_snapshot
from warehouse.export import openlineage
from warehouse.home import Home
from warehouse.read import SnapshotReader

pytestmark = pytest.mark.slow

BEGAN, ENDED = datetime(2023, 6, 30, 0, 0, tzinfo=UTC), datetime(2023, 7, 1, 0, 5, tzinfo=UTC)
RUN = openlineage.EndedRun("r1", BEGAN, ENDED, fine=True, built=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("openlineage") / "home")
    build_snapshot(home)
    return home


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(openlineage.SETTING, raising=False)


def written(home: Home, run: openlineage.EndedRun = RUN) -> list[dict[str, Any]]:
    path = openlineage.report(home, run)
    assert path is not None
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


# The schema's own classes, generated from it by the client: a facet by the end of its `_schemaURL`.
FACETS = {
    name: kind
    for module in vars(facet_v2).values()
    for name, kind in getattr(module, "__dict__", {}).items()
    if isinstance(kind, type) and attr.has(kind)
}


def conforms(value: dict[str, Any], kind: type) -> None:
    """No key that the class lacks, none missing that it requires."""
    fields = {one.name: one for one in attr.fields(kind)}
    assert value.keys() <= fields.keys(), (kind, value.keys() - fields.keys())
    required = {name for name, one in fields.items() if one.default is attr.NOTHING and one.init}
    assert required <= value.keys(), (kind, required - value.keys())


def test_every_event_has_the_form_of_the_schema(home: Home) -> None:
    for event in written(home):
        conforms(event, event_v2.RunEvent)
        conforms(event["run"], event_v2.Run)
        conforms(event["job"], event_v2.Job)
        uuid.UUID(event["run"]["runId"])
        assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
        assert event["producer"] == openlineage.PRODUCER
        holders = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
        for data_set in event["inputs"]:
            conforms(data_set, event_v2.InputDataset)
        for data_set in event["outputs"]:
            conforms(data_set, event_v2.OutputDataset)
        for holder in holders:
            for part in ("facets", "inputFacets", "outputFacets"):
                for facet in holder.get(part, {}).values():
                    conforms(facet, FACETS[facet["_schemaURL"].rpartition("/")[2]])
                    assert facet["_producer"] == openlineage.PRODUCER


def test_each_job_starts_and_ends_once_under_the_run(home: Home) -> None:
    events = written(home)
    states: dict[str, list[str]] = {}
    for event in events:
        states.setdefault(event["job"]["name"], []).append(event["eventType"])
    assert set(map(tuple, states.values())) == {("START", "COMPLETE")}
    assert {"run", "pull.parking", "build.ind_s15", "publish"} <= states.keys()
    (parent,) = {event["run"]["runId"] for event in events if event["job"]["name"] == "run"}
    parents = {e["run"]["facets"]["parent"]["run"]["runId"] for e in events if e["job"]["name"] != "run"}
    assert parents == {parent}
    names = [event["job"]["name"] for event in events if event["eventType"] == "COMPLETE"]
    assert names.index("build.stg_parking__prk_lot") < names.index("build.fct_s15") < names.index("build.ind_s15")


def test_lineage_checks_and_counts_are_told(home: Home) -> None:
    ends = {event["job"]["name"]: event for event in written(home) if event["eventType"] == "COMPLETE"}
    (fact,) = ends["build.fct_s15"]["outputs"]
    lineage = fact["facets"]["columnLineage"]
    (origin,) = lineage["fields"]["intervals_due"]["inputFields"]
    assert (origin["name"], origin["field"]) == ("stg_parking__prk_lot", "upload_interval_minutes")
    assert origin["transformations"] == [{"type": "DIRECT", "subtype": "TRANSFORMATION"}]
    (chooses,) = lineage["dataset"]  # a filter concerns the whole data set
    assert chooses["field"] == "networked_on"
    assert chooses["transformations"] == [{"type": "INDIRECT", "subtype": "FILTER"}]
    (entity,) = ends["build.stg_parking__prk_event"]["inputs"]
    checks = entity["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert {one["success"] for one in checks} == {True, False}
    assert entity["inputFacets"]["dataQualityMetrics"]["fileCount"] == 2  # the third batch is held


def test_a_run_that_built_nothing_and_went_wrong(home: Home) -> None:
    jobs = [
        (event["job"]["name"], event["eventType"])
        for event in written(home, openlineage.EndedRun("r2", ENDED, ENDED, fine=False, built=False))
    ]
    assert jobs == [("run", "START"), ("run", "FAIL")]


def test_switched_off_or_impossible_nothing_is_raised(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert openlineage.report(Home(tmp_path / "empty"), RUN) is None  # nothing was ever published
    monkeypatch.setenv(openlineage.SETTING, "off")
    assert openlineage.report(home, RUN) is None


@contextmanager
def catalogue(takes: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An endpoint that takes so many events and refuses the rest."""
    taken: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(taken) < takes:
                taken.append(json.loads(body))
            self.send_response(201 if len(taken) < takes else 503)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_events_go_to_an_endpoint_and_what_it_refuses_to_the_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = len(list(openlineage.events(SnapshotReader(home), RUN)))
    with catalogue(takes=1000) as (url, taken):
        monkeypatch.setenv(openlineage.SETTING, url)
        assert openlineage.report(home, RUN) == url
    assert len(taken) == whole
    with catalogue(takes=3) as (url, taken):
        monkeypatch.setenv(openlineage.SETTING, url)
        assert len(written(home)) == whole - 2  # the third was answered with an error: told again rather than lost
    monkeypatch.setenv(openlineage.SETTING, url)  # nobody listens any more
    assert len(written(home)) == whole
