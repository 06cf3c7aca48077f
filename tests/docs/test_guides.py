"""The two guides, followed to the letter in a copy of the repository: their files written, their commands run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.district_command import environment
from warehouse.home import REPOSITORY

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(1800),  # two whole runs, each with a build
    pytest.mark.xdist_group("guides"),
]

GUIDES = ("add-a-feed.md", "add-an-indicator.md")
_FILE = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_COMMANDS = re.compile(r"^```bash\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def files_of(guide: str) -> dict[str, str]:
    return dict(_FILE.findall((REPOSITORY / "docs" / guide).read_text("utf-8")))


def commands_of(guide: str) -> list[str]:
    blocks = _COMMANDS.findall((REPOSITORY / "docs" / guide).read_text("utf-8"))
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A copy of the repository after both guides, and the output of each command."""
    copy = tmp_path_factory.mktemp("guides") / "repository"
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for name in tracked.stdout.splitlines():
        if (REPOSITORY / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, copy / name)
    variables = environment(copy / "warehouse" / "home", PYTHONPATH=str(copy), PYTHON=sys.executable)
    said = {}
    for guide in GUIDES:
        for name, text in files_of(guide).items():
            assert not (copy / name).exists(), f"{guide} edits an existing file: {name}"
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_text(text, encoding="utf-8")
        for line in commands_of(guide):
            # The tests' own Python, whatever the machine's PATH holds: an activated environment hid a missing command.
            words = re.sub(r"^district ", "$PYTHON -m orchestration.cli.main ", line)
            words = re.sub(r"^python ", "$PYTHON ", words)
            assert words.startswith("$PYTHON "), f"{guide}: a command that this test cannot run: {line}"
            done = subprocess.run(["bash", "-c", words], cwd=copy, env=variables, capture_output=True, text=True)
            assert done.returncode == 0, f"{guide}: {line}\n{done.stdout}{done.stderr}"
            said[line] = done.stdout
    return copy, said


def test_the_indicator_of_the_guide_is_published_and_proved(followed: tuple[Path, dict[str, str]]) -> None:
    copy, said = followed
    home = environment(copy / "warehouse" / "home", PYTHONPATH=str(copy))
    asked = [sys.executable, "-m", "orchestration.cli.main", "trace", "LIB01", "--json"]
    trace = json.loads(subprocess.run(asked, cwd=copy, env=home, capture_output=True, text=True, check=True).stdout)

    assert "LIB01" in said["district status --as-of 2023-06-30"]
    assert trace["value"] > 0
    assert trace["agrees"]
    assert [batch["file_name"] for batch in trace["batches"]] == ["library_visits_202305.csv"]


def test_two_files_make_a_feed_and_none_is_edited(followed: tuple[Path, dict[str, str]]) -> None:
    copy, _ = followed
    written = {name for guide in GUIDES for name in files_of(guide)}
    changed = {
        name
        for name in subprocess.run(
            ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        if (REPOSITORY / name).is_file() and (copy / name).read_bytes() != (REPOSITORY / name).read_bytes()
    }

    assert len([name for name in written if name.startswith("sources/")]) == 2
    assert changed == set()


def test_every_command_of_the_readme_exists() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")

    targets = set(re.findall(r"\bmake ([a-z-]+)", readme))
    assert {"run", "test"} <= targets
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in targets), targets


def test_every_file_that_the_readme_links_exists() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8")

    linked = [name for name in re.findall(r"\]\(([^)#]+)\)", readme) if "://" not in name]
    assert linked
    assert [name for name in linked if not (REPOSITORY / name).exists()] == []
