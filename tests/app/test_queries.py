"""Answers about a snapshot: worked out once for everybody, counted, and asked ahead of the next snapshot."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app import queries
from tests.snapshot_fixture import build_snapshot
from warehouse.home import Home
from warehouse.read import SnapshotReader

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    build_snapshot(home, number=1)
    return home


def test_sessions_that_ask_at_once_share_one_answer(home: Home) -> None:
    reader, together = SnapshotReader(home), threading.Barrier(8)
    asked: list[int] = []

    def question(reader: SnapshotReader, *, number: int) -> list[str]:
        asked.append(number)
        return [reader.snapshot_id]

    def ask(_: int) -> list[str]:
        together.wait()
        return queries.Published(reader).ask(question, number=1)

    with ThreadPoolExecutor(8) as sessions:
        answers = list(sessions.map(ask, range(8)))
    assert asked == [1]
    assert {id(answer) for answer in answers} == {id(answers[0])}


def test_a_failure_is_no_answer(home: Home) -> None:
    outcomes = iter([True, False])

    def question(reader: SnapshotReader) -> str:
        if next(outcomes):
            raise OSError("busy")
        return reader.snapshot_id

    published = queries.Published(SnapshotReader(home))
    with pytest.raises(OSError, match="busy"):
        published.ask(question)
    assert published.ask(question) == published.snapshot_id


def test_a_question_without_an_answer_is_not_asked_ahead(home: Home) -> None:
    def question(reader: SnapshotReader) -> str:
        return reader.snapshot_id

    def mistyped(reader: SnapshotReader) -> str:
        raise LookupError("X99")

    published = queries.Published(SnapshotReader(home))
    published.ask(question)
    with pytest.raises(LookupError):
        published.ask(mistyped)
    latest, *_ = queries.asked_lately()
    assert latest(published.reader) == published.snapshot_id


def test_questions_are_counted_and_timed_when_they_reach_the_snapshot(home: Home) -> None:
    published, log = queries.Published(SnapshotReader(home)), queries.start_log()
    for _ in range(3):
        published.ask(queries.subdistricts)
    assert (log.asked, len(log.seconds), log.questions) == (3, 1, {"subdistricts"})


def test_what_was_asked_of_one_snapshot_is_asked_ahead_of_the_next(home: Home) -> None:
    def question(reader: SnapshotReader, *, number: int) -> str:
        return f"{reader.snapshot_id} {number}"

    queries.Published(SnapshotReader(home)).ask(question, number=7)
    build_snapshot(home, number=2)
    newer = SnapshotReader(home)
    first, *_ = queries.asked_lately()
    assert first(newer) == f"{newer.snapshot_id} 7"
    log = queries.start_log()
    assert queries.Published(newer).ask(question, number=7) == f"{newer.snapshot_id} 7"
    assert log.seconds == []  # known already
