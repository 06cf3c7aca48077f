"""dbt inside this process: its modules are imported once, its project is parsed once, and every layer builds from that.

Belongs here: parsing, remembering the parsed project beside `manifest.json`, building what a Dagster step is about,
telling Dagster what came of each node. Does not belong here: which layers there are, what a build begins with
(`transform.py`).

dagster-dbt would start a process for each layer, which imports dbt, reads the parsed project again, and parses
everything anew when the as-of day has changed: most of the time of a small build (docs/decisions/0016).
"""

# No postponed annotations here: Dagster reads the types of a resource's fields when it is defined.

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder
from dbt_common.events.base_types import EventMsg
from dbt_common.events.functions import msg_to_dict

from orchestration.layers import manifest_path, parsed_project, run_results
from warehouse.home import REPOSITORY, Home

PROJECT = REPOSITORY / "dbt_project"

# What dagster-dbt turns into events of a Dagster step: the result of a node.
_RESULTS = {"LogSeedResult", "LogModelResult", "LogTestResult"}

# The parsed project of this process, by the home and the fingerprint of what it was parsed from.
_parsed: dict[tuple[Path, str], Manifest] = {}


class DbtFailed(Exception):
    """dbt ended with an error or a failed test: the step stops, and with it what comes after."""


def parse(home: Home, fingerprint: str, variables: Mapping[str, Any]) -> None:
    """Parse the project and write the manifest; `fingerprint` names what it was parsed from.

    `variables` are needed because definitions may refer to them; the as-of day is none of these, so that a parsed
    project serves any day.
    """
    _parsed.clear()
    done = _invoke(home, ["parse", "--quiet", "--no-partial-parse", *_vars(variables)])
    if not isinstance(done.result, Manifest):
        raise DbtFailed(str(done.exception or "dbt parse"))
    _parsed[home.root, fingerprint] = done.result
    draft = parsed_project(home).with_suffix(".draft")
    draft.write_bytes(done.result.to_msgpack(extended_mashumaro_encoder))
    draft.replace(parsed_project(home))


def read_manifest(home: Home) -> Mapping[str, Any] | None:
    """`manifest.json`; None when it is missing or half written by a process that was killed."""
    try:
        manifest: Mapping[str, Any] = json.loads(manifest_path(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if parsed_project(home).exists() else None


class Dbt(dg.ConfigurableResource):  # type: ignore[type-arg]  # generic over an object that we do not make
    """dbt for the steps of a build. `fingerprint` is that of the code which the definitions were made from."""

    fingerprint: str

    def build(
        self,
        context: dg.AssetExecutionContext,
        home: Home,
        arguments: Sequence[str],
        variables: Mapping[str, Any],
        on_result: Callable[[], None],
    ) -> Iterator[Any]:
        """`dbt build` of what the step is about; yields outputs and check results, in the end raises DbtFailed.

        `on_result` is called after each node, from dbt's own threads.
        """
        chosen = get_updated_cli_invocation_params_for_context(
            context=context, manifest={}, dagster_dbt_translator=DagsterDbtTranslator()
        )
        results: list[Mapping[str, Any]] = []

        def hear(event: EventMsg) -> None:
            if event.info.name in _RESULTS:
                results.append(msg_to_dict(event))
                on_result()

        # The parsed project is as it was, compiled SQL has its own files: writing both anew took three seconds a build.
        command = ["--no-write-json", "build", *arguments, *_vars(variables), *chosen.selection_args]
        if chosen.indirect_selection:
            command += ["--indirect-selection", chosen.indirect_selection]
        project = Path(chosen.dbt_project.project_dir) if chosen.dbt_project else PROJECT
        done = _invoke(home, command, manifest=self._manifest(home), callbacks=[hear], project=project)
        for result in results:
            message = DbtCoreCliEventMessage(raw_event=dict(result), event_history_metadata={})
            yield from message.to_default_asset_events(
                manifest=chosen.manifest,
                dagster_dbt_translator=chosen.dagster_dbt_translator,
                context=context,
                target_path=home.dbt_target,
                project=chosen.dbt_project,
            )
        if done.exception is not None and not isinstance(done.exception, Exception):
            raise done.exception  # somebody asked us to stop, while dbt was at work
        if not done.success:
            if isinstance(done.result, RunExecutionResult):
                done.result.write(str(run_results(home)))
            raise DbtFailed(str(done.exception or f"dbt {' '.join(chosen.selection_args)}: see run_results.json"))

    def _manifest(self, home: Home) -> Manifest:
        key = (home.root, self.fingerprint)
        if key not in _parsed:
            _parsed.clear()
            _parsed[key] = Manifest.from_msgpack(parsed_project(home).read_bytes(), decoder=extended_mashumuro_decoder)
        return _parsed[key]


def _vars(variables: Mapping[str, Any]) -> list[str]:
    return ["--vars", json.dumps(variables)]


def _invoke(
    home: Home,
    command: Sequence[str],
    *,
    manifest: Manifest | None = None,
    callbacks: Sequence[Callable[[EventMsg], None]] = (),
    project: Path = PROJECT,
) -> dbtRunnerResult:
    places = ["--project-dir", str(project), "--profiles-dir", str(REPOSITORY), "--target-path", str(home.dbt_target)]
    # The statements that dbt ran are in target/run; logging them took 30 % of what its threads did (docs/performance).
    places += ["--log-path", str(home.dbt_target), "--log-level-file", "info"]
    try:
        with chdir(project):  # dbt goes there itself, and would not come back
            return dbtRunner(manifest=manifest, callbacks=list(callbacks)).invoke(
                [*command, *places, "--no-use-colors"]
            )
    finally:
        # The adapter keeps the database open for the process; publishing reads it next.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
