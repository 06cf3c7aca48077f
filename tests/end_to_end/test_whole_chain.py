"""What a whole run promises: a bad delivery stops nobody else, a killed run does no harm, nothing is built twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.district_command import AS_OF, SMALL, district, kill_at
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.provenance.verify import verify
from warehouse.publish.compare import differences

pytestmark = [
    pytest.mark.integration,
    pytest.mark.xdist_group("end_to_end"),  # one worker makes the small district once
    pytest.mark.timeout(1800),  # whole runs in processes of their own, several in turn
]


def status(home: Path) -> dict[str, dict[str, Any]]:
    answer = district(home, "status", "--json", "--as-of", AS_OF)
    assert answer.returncode == 0, answer.stderr
    return {row["indicator_code"]: row for row in json.loads(answer.stdout)}


def test_a_run_with_nothing_new_builds_and_publishes_nothing(undisturbed: Path) -> None:
    before = Home(undisturbed).current_snapshot.resolve()

    again = district(undisturbed, "run", "--as-of", AS_OF, *SMALL)

    assert again.returncode == 0, again.stdout + again.stderr
    assert "build_staging" not in again.stdout + again.stderr
    assert Home(undisturbed).current_snapshot.resolve() == before


def test_a_truncated_parking_file_is_held_and_the_other_feeds_publish(new_home: Callable[[str], Path]) -> None:
    home = new_home("truncated")
    files = sorted((home / "departments" / "parking" / "events").glob("*.ndjson"))
    broken = files[len(files) // 2]
    content = broken.read_bytes()
    broken.write_bytes(content[: len(content) // 2])

    ended = district(home, "run", "--as-of", AS_OF, *SMALL)

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert broken.name in ended.stdout + ended.stderr
    with Ledger.of(Home(home)) as ledger:
        held = [batch for batch in ledger.batches() if batch.status == "held"]
    assert [batch.file_name for batch in held] == [broken.name]
    assert held[0].reason_zh
    assert broken.name in held[0].reason_zh
    figures = status(home)
    for code in ("S06", "L01", "ECM01", "S14"):  # education, hospital, e-commerce, and parking's other deliveries
        assert figures[code]["value"] is not None, code


def test_killed_at_five_moments_it_ends_like_an_undisturbed_run(
    undisturbed: Path, new_home: Callable[[str], Path]
) -> None:
    home = new_home("killed")
    for moment in (
        "▶ pull_parking",
        "✔ pull_hospital_interconnect",
        "▶ build_staging",
        "▶ build_indicators",
        "▶ publish",
    ):
        kill_at(home, moment, "run", "--as-of", AS_OF, *SMALL)

    ended = district(home, "run", "--as-of", AS_OF, *SMALL)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    snapshots = [Home(folder).current_snapshot.resolve() for folder in (undisturbed, home)]
    assert differences(*snapshots, ignore={("batch", "source")}) == []  # the source names the home's own folder
    with Ledger.of(Home(home)) as ledger:
        assert verify(Home(home), ledger).findings == ()
