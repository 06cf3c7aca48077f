"""Writes `docs/licences.md`: every runtime dependency of the lock file with the licence its own metadata declares.

Belongs here: reading installed package metadata and the short list of licences that need a word of explanation.
Does not belong here: choosing dependencies (`pyproject.toml`). Run `python docs/generate_licences.py [--check]`.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"

# What a reader must know beyond the licence's name.
REMARKS = {
    "soda-core": "Elastic License 2.0: free for own use, not to be offered to third parties as a hosted service. "
    "Only `warehouse/checks/soda.py` imports it.",
    "soda-duckdb": "As soda-core.",
    "psycopg": "Used unmodified, as a library.",
    "psycopg-binary": "Used unmodified, as a library.",
    "paramiko": "Used unmodified, as a library (SFTP drops).",
}
# Packages whose metadata says nothing useful; read from their repositories or wheels.
DECLARED_ELSEWHERE = {"soda-core": "Elastic-2.0", "soda-duckdb": "Elastic-2.0"}


def locked_packages(lock: Path) -> list[str]:
    """Names in the lock file, in its order, each once."""
    names = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", lock.read_text("utf-8"), flags=re.MULTILINE)
    return list(dict.fromkeys(names))  # once, where the lock has a version for each Python


def licence_of(package: str) -> str | None:
    """SPDX expression, else licence field's first line, else classifiers; None where not installed on this platform."""
    try:
        about = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return None
    if package in DECLARED_ELSEWHERE:
        return DECLARED_ELSEWHERE[package]
    if expression := about.get("License-Expression"):
        return str(expression)
    classifiers = [c.rsplit(" :: ", 1)[-1] for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    if classifiers:
        return ", ".join(classifiers)
    text = (about.get("License") or "").strip()
    return text.splitlines()[0][:80] if text else "not declared in its metadata"


def page() -> str:
    """The Markdown page."""
    lines = [
        "# Licences of what we depend on",
        "",
        "Made by `python docs/generate_licences.py` from the metadata of the installed packages of",
        "`requirements.lock`. Packages for other platforms only are named as such.",
        "",
        "| package | licence | remark |",
        "|---|---|---|",
    ]
    for name in locked_packages(ROOT / "requirements.lock"):
        licence = licence_of(name) or "(other platforms only)"
        lines.append(f"| {name} | {licence.replace('|', '/')} | {REMARKS.get(name, '')} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Writes the page, or with --check compares the package names (licence texts may differ by platform)."""
    if "--check" in sys.argv:
        listed = set(re.findall(r"^\| ([A-Za-z0-9._-]+) \|", PAGE.read_text("utf-8"), flags=re.MULTILINE)) - {"package"}
        missing = sorted(set(locked_packages(ROOT / "requirements.lock")) ^ listed)
        if missing:
            sys.stderr.write(f"docs/licences.md does not match the lock file ({', '.join(missing)}): make it again\n")
        return 1 if missing else 0
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
