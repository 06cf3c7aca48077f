"""`python -m benchmarks [--quick] [--only NAME ...]`: every goal of `goals/`, in turn; `make bench`.

Prints the table and writes `benchmarks/results/latest.json` and `latest.md`. Exit code 0 whether or not goals are met:
a benchmark measures, tests judge.
"""

from __future__ import annotations

import argparse
import tempfile
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from time import monotonic

from benchmarks import goals
from benchmarks.result import Result, table, write


def main() -> int:
    """Measure what was chosen, print and write the results as they come."""
    names = sorted(found.name for found in iter_modules(goals.__path__))
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="small data, few rounds: minutes, not half an hour")
    arguments.add_argument("--only", nargs="*", choices=names, default=names)
    chosen = arguments.parse_args()
    results: list[Result] = []
    began = monotonic()
    for name in chosen.only:
        name_began = monotonic()
        with tempfile.TemporaryDirectory(prefix=f"district-{name}-") as folder:
            for result in import_module(f"{goals.__name__}.{name}").measure(Path(folder), quick=chosen.quick):
                results.append(result)
                print(f"{result.goal}: {result.measured} (target {result.target})", flush=True)
                write(results)
        print(f"{name}: {monotonic() - name_began:.0f} s of measuring", flush=True)
    print(f"\n{table(results)}\nIn {(monotonic() - began) / 60:.1f} minutes.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
