"""Locks: no formula changes behind its version number.

`python dbt_project/definition_lock.py` compares, and exits 1 when a formula differs from its lock;
`... --accept REASON [--same-figures]` locks the formulas as they are.
Beside each indicator model lies `<model>.lock`, one line per accepted state of the formula: version, hash, reason. The
hash covers the model's SQL (without comments and layout), the formula in words, unit, period, proof, and the values of
the project variables that SQL and proof name; targets, owners and labels may change freely. An indicator that
is undefined, or drafted without data, has no formula and needs no lock; what was locked before stays locked.
Does not belong here: whether a definition is complete (macros/definitions.sql); shared models (a change there shows as
a figure that its proof does not confirm).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parent
FORMULA_KEYS = (
    "code",
    "definition_en",
    "definition_zh",
    "denominator_zh",
    "entities",
    "numerator_zh",
    "period_type",
    "proof",
    "unit_zh",
)
_HEADER = "# version sha256 reason; written by dbt_project/definition_lock.py\n"
_COMMENTS = re.compile(r"\{#.*?#\}|--[^\n]*", re.DOTALL)
_VARIABLE = re.compile(r"""var\(\s*["'](\w+)["']\s*\)""")


@dataclass(frozen=True)
class Formula:
    """One indicator as its files say now: model file, version, hash of the formula, whether there is none yet."""

    model: Path
    version: int
    sha256: str
    is_open: bool

    @property
    def lock(self) -> Path:
        """The lock file beside the model."""
        return self.model.with_suffix(".lock")

    def accepted(self) -> tuple[int, str] | None:
        """Version and hash of the last accepted line; None when nothing was accepted yet."""
        if not self.lock.exists():
            return None
        lines = [line for line in self.lock.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
        version, sha256 = lines[-1].split(maxsplit=2)[:2]
        return int(version), sha256

    def problem(self) -> str | None:
        """What is wrong with the lock, and the remedy; None when it fits."""
        last = self.accepted()
        name = self.model.name
        if last is None and self.is_open:
            return None
        if last is None:
            return (
                f"{name}：口径尚未锁定；请运行 python dbt_project/definition_lock.py --accept 原因"
                f" / {name}: not locked yet; run python dbt_project/definition_lock.py --accept REASON"
            )
        if last == (self.version, self.sha256):
            return None
        if last[0] == self.version:
            return (
                f"{name}：口径已变而版本仍为 {self.version}；数值会变则将 version 改为 {self.version + 1} 并运行 "
                f"--accept 原因，数值不变则运行 --accept 原因 --same-figures / {name}: the formula changed under "
                f"version {self.version}; raise version to {self.version + 1} and run --accept REASON, or, when no "
                "figure changes, run --accept REASON --same-figures"
            )
        return (
            f"{name}：版本 {self.version} 尚未锁定（上次为 {last[0]}）；请运行 --accept 原因"
            f" / {name}: version {self.version} is not locked (last {last[0]}); run --accept REASON"
        )

    def accept(self, reason: str, *, same_figures: bool) -> None:
        """Append the current state; raises ValueError when the version says that nothing changed, or jumps."""
        last = self.accepted()
        if last == (self.version, self.sha256) or (last is None and self.is_open):
            return
        if last is not None and not same_figures and self.version != last[0] + 1:
            raise ValueError(self.problem())
        text = self.lock.read_text(encoding="utf-8") if last is not None else _HEADER
        self.lock.write_text(f"{text}{self.version} {self.sha256} {reason}\n", encoding="utf-8")


def formulas(project: Path = PROJECT) -> Iterator[Formula]:
    """Every `ind_*` model under `project` with its definition; raises ValueError for a model without one."""
    variables = yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    for model in sorted((project / "models" / "indicators").rglob("ind_*.sql")):
        definition = _definition(model)
        sql = model.read_text(encoding="utf-8")
        sha256 = _hash(sql, definition, variables)
        is_open = definition.get("state") in ("undefined", "drafting") and not definition.get("entities")
        yield Formula(model, int(definition["version"]), sha256, is_open)


def _definition(model: Path) -> Mapping[str, Any]:
    path = model.with_suffix(".yml")
    document = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    for entry in document.get("models", ()):
        if entry["name"] == model.stem and "indicator" in entry.get("config", {}).get("meta", {}):
            found: Mapping[str, Any] = entry["config"]["meta"]["indicator"]
            return found
    raise ValueError(
        f"{path}：没有 {model.stem} 的 config.meta.indicator / {path}: no config.meta.indicator of {model.stem}"
    )


def _hash(sql: str, definition: Mapping[str, Any], variables: Mapping[str, Any]) -> str:
    formula = {key: definition.get(key) for key in FORMULA_KEYS}
    named = sorted(set(_VARIABLE.findall(sql) + _VARIABLE.findall(str(definition.get("proof", "")))))
    content = {
        "sql": " ".join(_COMMENTS.sub(" ", sql).split()),
        "formula": formula,
        "variables": {name: variables[name] for name in named},
    }
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def main() -> int:
    """Compare, or append the current formulas to their locks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accept", metavar="REASON", help="append the formulas as they are, with this reason")
    parser.add_argument("--same-figures", action="store_true", help="the version stays: no figure changes")
    options = parser.parse_args()
    problems = []
    for formula in formulas():
        if options.accept:
            try:
                formula.accept(options.accept, same_figures=options.same_figures)
            except ValueError as refusal:
                problems.append(str(refusal))
        elif problem := formula.problem():
            problems.append(problem)
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
