"""What a run says while it works: one line a step, in a form fit for a terminal and for Dagster's own log files.

Belongs here: a Dagster logger, and counting what a step has done. Does not belong here: the table at a run's end.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from time import monotonic

import dagster as dg

# The events that tell a reader how far the run is; all others are kept in Dagster's event log only.
_SAID = {"STEP_START": "▶", "STEP_SUCCESS": "✔", "STEP_FAILURE": "✘", "STEP_SKIPPED": "–"}


# Dagster names each input of each step that a failure left out, hundreds of names; what failed was said already.
_LEFT_OUT = "Dependencies for step "
# Put on the lines that our own steps say about their progress.
_MARK = "district_progress"


class Counted:
    """Says every few seconds how much of something a step has done."""

    # Often enough to see that the run is alive, seldom enough not to fill the event log: each line is a row in it.
    _EVERY_SECONDS = 5

    def __init__(self, context: dg.AssetExecutionContext, label: str) -> None:
        self._context = context
        self._label = label
        self._done = 0
        self._said_at = monotonic()

    def add(self, done: int = 1) -> None:
        """`done` more are done; call it also when nothing is, so that a slow one is seen to be under way."""
        self._done += done
        if monotonic() - self._said_at >= self._EVERY_SECONDS:
            self._said_at = monotonic()
            self._context.log.info(f"{self._label}: {self._done} …", extra={_MARK: True})


def say_steps(context: dg.AssetExecutionContext, label: str, seconds: Mapping[str, float]) -> None:
    """Say how long the parts of a step took, the longest first; nothing where nothing was done."""
    parts = ", ".join(f"{name} {spent:.1f} s" for name, spent in sorted(seconds.items(), key=lambda part: -part[1]))
    if parts:
        context.log.info(f"{label}: {parts}", extra={_MARK: True})


def _message(record: logging.LogRecord) -> str:
    return str(getattr(record, "dagster_meta", {}).get("orig_message") or record.getMessage())


class _StepFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event = getattr(record, "dagster_event", None)
        kind = event.event_type_value if event is not None else None
        if event is None or kind not in _SAID:
            return f"  {_message(record)}"
        seconds = ""
        if kind == "STEP_SUCCESS":
            seconds = f"  {event.event_specific_data.duration_ms / 1000:.1f} s"
        return f"{_SAID[kind]} {event.step_key}{seconds}"


class _WorthSaying(logging.Filter):
    """Steps as they begin and end, how far they are, and what went wrong; not Dagster's bookkeeping."""

    def filter(self, record: logging.LogRecord) -> bool:
        event = getattr(record, "dagster_event", None)
        if event is not None:
            return event.event_type_value in _SAID
        if _message(record).startswith(_LEFT_OUT):
            return False
        return record.levelno >= logging.WARNING or hasattr(record, _MARK)


def _make_logger(init_context: dg.InitLoggerContext) -> logging.Logger:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_StepFormatter())
    handler.addFilter(_WorthSaying())
    made = logging.Logger("district", level=logging.DEBUG)
    made.addHandler(handler)
    return made


# Writes to standard error, so that standard output holds results alone.
step_logger = dg.logger(config_schema={}, description="Steps as they begin and end, and what they say")(_make_logger)
