"""What `make setup` prepares for every home of this installation.

Belongs here: that list. Does not belong here: installing packages (`Makefile`), anything of one home.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from orchestration.instance import set_environment
from warehouse.home import Home


def set_up() -> None:
    """Parse the dbt project, from which every home builds."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder)).prepare()
        set_environment(home)  # dbt reads it on import
        from orchestration.dbt_project import prepared_project

        prepared_project(home)


if __name__ == "__main__":
    set_up()
