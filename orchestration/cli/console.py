"""Where commands print: results to standard output, everything else to standard error.

Belongs here: the two consoles. Does not belong here: what is printed.
"""

from __future__ import annotations

import sys

from rich.console import Console

# Where no terminal says how wide it is (a log, a pipe), tables must not be squeezed into 80 columns.
_WIDTH_WITHOUT_TERMINAL = 160


def results() -> Console:
    """For tables and results."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)


def remarks() -> Console:
    """For errors and progress; texts are printed as they are, markup in a file name means nothing."""
    return Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
