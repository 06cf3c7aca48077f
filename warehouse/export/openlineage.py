"""A run as OpenLineage events, for catalogues that understand them (openlineage.io, the only module that imports it).

Belongs here: which jobs, data sets and facets a run consists of, and where the events go: a file of the home, or an
endpoint. Does not belong here: finding lineage out (`warehouse.publish`), when a run has ended (`orchestration`).

Jobs: `run` is the parent of all others; `pull.<feed>` per feed that brought batches; `build.<model>` per model of the
published lineage; `publish`. Data sets have the names of `lineage_edge` nodes in the namespace of the district. What a
job read and wrote is told when it is complete; single steps are dated with the run, which alone is timed here.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState, set_producer
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    data_quality_assertions_dataset,
    data_quality_metrics_input_dataset,
    job_type_job,
    nominal_time_run,
    output_statistics_output_dataset,
    parent_run,
    schema_dataset,
)
from openlineage.client.serde import Serde
from openlineage.client.transport.http import HttpConfig, HttpTransport

from warehouse.home import Home
from warehouse.read import SnapshotReader
from warehouse.read.overview import snapshot_info

SETTING: Final = "DISTRICT_OPENLINEAGE"
"""`off`: no events; an http(s) address: sent there; else (default): files `openlineage/<run id>.ndjson` of the home."""

PRODUCER: Final = "urn:district-metrics"
_TIMEOUT: Final = 5.0  # seconds for one event: a catalogue that is slower must not hold up a run
_FILES_KEPT: Final = 30  # a month of daily runs, one or two MB each
_log = logging.getLogger(__name__)
set_producer(PRODUCER)  # of the facets; kept by the client for the process


@dataclass(frozen=True, slots=True)
class EndedRun:
    """What a run was: times in UTC, whether its verdict was fine, whether it built and published."""

    run_id: str
    started_at: datetime
    ended_at: datetime
    fine: bool
    built: bool


def report(home: Home, run: EndedRun) -> str | None:
    """Send or write the events of a run; returns where they went, None when switched off. Never raises.

    Events that an endpoint does not take are written to the file, so that they can be sent later.
    """
    target = os.environ.get(SETTING, "").strip()
    if target.lower() == "off":
        return None
    try:
        waiting = list(events(SnapshotReader(home), run))
        if target.startswith(("http://", "https://")):
            waiting = _send(target, waiting)
            if not waiting:
                return target
        return str(_write(home, run.run_id, waiting))
    except Exception:  # noqa: BLE001 whatever goes wrong with a report for others must not fail the run it tells of
        _log.warning("%s: 未能写出 OpenLineage 事件 / OpenLineage events not written", run.run_id, exc_info=True)
        return None


def events(reader: SnapshotReader, run: EndedRun) -> Iterator[RunEvent]:
    """The events of a run: a start and an end for each job, parents first."""
    writer = _Writer(reader, run)
    yield writer.event("run", RunState.START)
    for feed in writer.feeds_with_batches():
        yield from writer.job(f"pull.{feed}", "PULL", [], writer.pulled(feed))
    if run.built:
        for model in writer.models():
            yield from writer.job(f"build.{model}", "MODEL", writer.inputs_of(model), [writer.output(model)])
        yield from writer.job("publish", "PUBLISH", writer.measured(), [writer.published()])
    yield writer.event("run", RunState.COMPLETE if run.fine else RunState.FAIL)


class _Writer:
    """Makes the events of one run from what the snapshot says."""

    def __init__(self, reader: SnapshotReader, run: EndedRun) -> None:
        self._run = run
        info = snapshot_info(reader)
        self._namespace = f"district-metrics://{info.district_code}"
        self._as_of = info.as_of
        self._into: dict[str, list[dict[str, Any]]] = {}
        for edge in reader.rows("SELECT * FROM lineage_edge ORDER BY ALL"):
            self._into.setdefault(edge["to_node"], []).append(edge)
        self._columns: dict[str, list[dict[str, Any]]] = {}
        for row in reader.rows("SELECT * FROM lineage_column WHERE column_name <> '' ORDER BY node, position"):
            self._columns.setdefault(row["node"], []).append(row)
        self._checks: dict[str, list[dict[str, Any]]] = {}
        for row in reader.rows(
            """
            SELECT 'raw_' || feed || '.' || entity AS node, check_key, column_name, outcome, severity
            FROM check_result WHERE scope = 'feed'
            QUALIFY row_number() OVER (PARTITION BY feed, entity, check_key ORDER BY evaluated_at DESC) = 1
            ORDER BY ALL
            """
        ):
            self._checks.setdefault(row["node"], []).append(row)
        self._batches = reader.rows(
            """
            SELECT feed, entity, 'raw_' || feed || '.' || entity AS node, sum(rows_admitted)::BIGINT AS rows,
                   sum(bytes)::BIGINT AS bytes, count(*) AS files, max(received_at) AS received_at,
                   coalesce(sum(rows_admitted) FILTER (decided_at >= $since), 0)::BIGINT AS new_rows,
                   count(*) FILTER (decided_at >= $since) AS new_files
            FROM batch WHERE status = 'admitted' GROUP BY feed, entity ORDER BY feed, entity
            """,
            {"since": run.started_at.astimezone(UTC).replace(tzinfo=None)},
        )

    def event(
        self,
        job: str,
        state: RunState,
        *,
        kind: str = "RUN",
        inputs: Sequence[InputDataset] = (),
        outputs: Sequence[OutputDataset] = (),
    ) -> RunEvent:
        """One event; all but those of `run` name it as their parent."""
        facets: dict[str, Any] = {"nominalTime": nominal_time_run.NominalTimeRunFacet(f"{self._as_of}T00:00:00Z")}
        if job != "run":
            facets["parent"] = parent_run.ParentRunFacet(
                run=parent_run.Run(self._run_id("run")), job=parent_run.Job(self._namespace, "run")
            )
        at = self._run.started_at if state is RunState.START else self._run.ended_at
        return RunEvent(
            eventTime=at.astimezone(UTC).isoformat(),
            producer=PRODUCER,
            eventType=state,
            run=Run(self._run_id(job), facets),
            job=Job(
                self._namespace,
                job,
                {"jobType": job_type_job.JobTypeJobFacet("BATCH", "DISTRICT", kind)},
            ),
            inputs=list(inputs),
            outputs=list(outputs),
        )

    def job(
        self, name: str, kind: str, inputs: Sequence[InputDataset], outputs: Sequence[OutputDataset]
    ) -> Iterator[RunEvent]:
        """Start and end of a job that is a part of the run."""
        yield self.event(name, RunState.START, kind=kind)
        yield self.event(name, RunState.COMPLETE, kind=kind, inputs=inputs, outputs=outputs)

    def feeds_with_batches(self) -> list[str]:
        """Feeds that brought an admitted batch in this run."""
        return sorted({row["feed"] for row in self._batches if row["new_files"]})

    def pulled(self, feed: str) -> list[OutputDataset]:
        """What a feed brought: entities with the rows and files that are new."""
        return [
            OutputDataset(
                self._namespace,
                row["node"],
                facets=self._facets(row["node"]),
                outputFacets={
                    "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                        rowCount=row["new_rows"], fileCount=row["new_files"]
                    )
                },
            )
            for row in self._batches
            if row["feed"] == feed and row["new_files"]
        ]

    def models(self) -> list[str]:
        """Models of the build, those that others are made from first."""
        made = {node for node, edges in self._into.items() if edges[0]["to_kind"] in ("staging", "conformed", "model")}
        upper = {node: {edge["from_node"] for edge in self._into[node]} & made for node in made}
        ordered: list[str] = []
        while len(ordered) < len(made):
            ordered += sorted(m for m in made - set(ordered) if upper[m] <= set(ordered))
        return ordered

    def inputs_of(self, node: str) -> list[InputDataset]:
        """What a model reads; delivered entities come with the newest results of their checks."""
        return [self._input(name) for name in sorted({edge["from_node"] for edge in self._into[node]})]

    def output(self, node: str) -> OutputDataset:
        """What a model writes, with the lineage of its columns."""
        return OutputDataset(self._namespace, node, facets=self._facets(node, self._lineage({node})))

    def measured(self) -> list[InputDataset]:
        """What publishing reads: the models of the indicators."""
        return [
            self._input(name)
            for name in sorted({edge["from_node"] for node in self._indicators() for edge in self._into[node]})
        ]

    def published(self) -> OutputDataset:
        """The published observations, whose columns come from all indicator models."""
        lineage = self._lineage(self._indicators())
        fields = [schema_dataset.SchemaDatasetFacetFields(name) for name in lineage.fields] if lineage else []
        facets: dict[str, Any] = {"schema": schema_dataset.SchemaDatasetFacet(fields)}
        if lineage:
            facets["columnLineage"] = lineage
        return OutputDataset(self._namespace, "published.indicator_observation", facets=facets)

    def _indicators(self) -> list[str]:
        return [node for node, edges in self._into.items() if edges[0]["to_kind"] == "indicator"]

    def _input(self, node: str) -> InputDataset:
        facets: dict[str, Any] = {}
        if found := self._checks.get(node):
            facets["dataQualityAssertions"] = data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
                [
                    data_quality_assertions_dataset.Assertion(
                        assertion=check["check_key"],
                        success=check["outcome"] in ("PASSED", "WARN"),
                        column=check["column_name"],
                        severity="error" if check["severity"] == "error" else "warn",
                    )
                    for check in found
                ]
            )
        for batch in self._batches:
            if batch["node"] == node:
                facets["dataQualityMetrics"] = data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
                    columnMetrics={},
                    rowCount=batch["rows"],
                    bytes=batch["bytes"],
                    fileCount=batch["files"],
                    lastUpdated=batch["received_at"].replace(tzinfo=UTC).isoformat(),
                )
        return InputDataset(
            self._namespace,
            node,
            # a model's columns are told where it is written
            facets=self._facets(node) if node.startswith("raw_") else {},
            inputFacets=facets,
        )

    def _facets(
        self, node: str, lineage: column_lineage_dataset.ColumnLineageDatasetFacet | None = None
    ) -> dict[str, Any]:
        fields = [
            schema_dataset.SchemaDatasetFacetFields(
                row["column_name"], description=" / ".join(filter(None, (row["label_zh"], row["label_en"]))) or None
            )
            for row in self._columns.get(node, ())
        ]
        found: dict[str, Any] = {"schema": schema_dataset.SchemaDatasetFacet(fields)} if fields else {}
        return found | ({"columnLineage": lineage} if lineage else {})

    def _lineage(self, nodes: Iterable[str]) -> column_lineage_dataset.ColumnLineageDatasetFacet | None:
        """Column lineage into these nodes taken as one data set; None where there is none."""
        into: dict[str, dict[tuple[str, str], list[str]]] = {}
        for edge in (edge for node in nodes for edge in self._into[node] if edge["from_column"]):
            origin = (edge["from_node"], edge["from_column"])
            into.setdefault(edge["to_column"], {}).setdefault(origin, []).append(edge["transformation"])
        if not into:
            return None
        whole = self._origins(into.pop("", {}))
        fields = {name: column_lineage_dataset.Fields(self._origins(origins)) for name, origins in into.items()}
        return column_lineage_dataset.ColumnLineageDatasetFacet(fields, whole)

    def _origins(self, origins: Mapping[tuple[str, str], Sequence[str]]) -> list[column_lineage_dataset.InputField]:
        return [
            column_lineage_dataset.InputField(
                self._namespace,
                node,
                column,
                [
                    column_lineage_dataset.Transformation(
                        "DIRECT" if kind in ("identity", "transformation", "aggregation") else "INDIRECT", kind.upper()
                    )
                    for kind in dict.fromkeys(kinds)
                ],
            )
            for (node, column), kinds in sorted(origins.items())
        ]

    def _run_id(self, job: str) -> str:
        """The same run and job give the same UUID, as the specification asks."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._namespace}/{self._run.run_id}/{job}"))


def _send(url: str, waiting: Sequence[RunEvent]) -> list[RunEvent]:
    """Post events until one is refused; returns those that are left."""
    transport = HttpTransport(HttpConfig(url=url, timeout=_TIMEOUT, retry={"total": 0}))
    try:
        for position, event in enumerate(waiting):
            try:
                transport.emit(event)
            except (
                OSError,
                ValueError,
            ) as error:  # requests' errors are of the first kind, a bad address of the second
                _log.warning(
                    "OpenLineage: %s 未接收，其余写入文件 / takes no events, the rest goes to a file: %s", url, error
                )
                return list(waiting[position:])
    finally:
        transport.close()
    return []


def _write(home: Home, run_id: str, waiting: Sequence[RunEvent]) -> Path:
    home.openlineage.mkdir(parents=True, exist_ok=True)
    path = home.openlineage / f"{run_id}.ndjson"
    part = path.with_suffix(".part")
    part.write_text("".join(f"{Serde.to_json(event)}\n" for event in waiting), encoding="utf-8")
    part.replace(path)
    for old in sorted(home.openlineage.glob("*.ndjson"), key=lambda file: file.stat().st_mtime)[:-_FILES_KEPT]:
        old.unlink(missing_ok=True)
    return path
