"""Which version of the code makes a publication.

Belongs here: naming it. Does not belong here: versions of definitions.
"""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError, version

from warehouse.home import REPOSITORY


def code_version() -> str:
    """The commit of the repository ('-dirty' with changes), else the installed package's version, else 'unknown'."""
    try:
        described = subprocess.run(
            ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
        return described.stdout.strip()
    except (OSError, subprocess.SubprocessError):  # no git, or not a checkout
        pass
    try:
        return version("district-metrics")
    except PackageNotFoundError:
        return "unknown"
