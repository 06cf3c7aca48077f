"""Sources that tests of connectors talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import stamina

from tests.sources.rest_source import RestSource


@pytest.fixture
def serve() -> Iterator[Callable[..., RestSource]]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(RestSource(answer).serving())


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Tries follow at once and stay as many as the contract says."""
    with stamina.set_testing(True, attempts=5, cap=True):
        yield
