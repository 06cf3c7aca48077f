"""What a run says on standard error while it works."""

import dagster as dg
import pytest

from orchestration.progress import step_logger


@dg.asset
def broken_feed(context: dg.AssetExecutionContext) -> None:
    context.log.warning("file parking.csv is late")
    raise RuntimeError("disk full")


@dg.asset(deps=[broken_feed])
def figures() -> None:
    raise AssertionError("never reached")


def test_a_failure_is_said_once_and_not_for_every_step_that_it_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    defs = dg.Definitions(
        assets=[broken_feed, figures], jobs=[dg.define_asset_job("all")], loggers={"district": step_logger}
    )
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def("all").execute_in_process(
            instance=instance, raise_on_error=False, run_config={"loggers": {"district": {}}}
        )
    said = capfd.readouterr().err
    assert not result.success
    assert "✘ broken_feed" in said
    assert "file parking.csv is late" in said
    assert "Dependencies for step" not in said
