"""Which deliveries are judged forgivingly at once, because others of their kind needed it.

Belongs here: what is remembered of earlier deliveries, within one process. Does not belong here: what a forgiving
statement reads (`judgement.py`), when a scan is repeated (`gate.py`).
"""

from __future__ import annotations

# A strict statement that does not suffice costs a third of what a forgiving one takes, one that suffices saves two
# thirds: after this many deliveries in a row that needed the forgiving one, it is worth looking whether they still do.
_LONGEST = 64

_next: dict[tuple[str, str, str], int] = {}
"""Kind -> deliveries that are judged forgivingly before the strict statement is tried again."""
_span: dict[tuple[str, str, str], int] = {}
"""Kind -> how many that will be after the next failure: doubled by each, halved by each success."""


def forgiving_at_once(kind: tuple[str, str, str]) -> bool:
    """Whether a delivery of this kind (contract, entity, way of delivery) is better judged forgivingly at once."""
    left = _next.get(kind, 0)
    if left:
        _next[kind] = left - 1
    return left > 0


def strict_failed(kind: tuple[str, str, str]) -> None:
    """A delivery of this kind needed the forgiving statement after all."""
    span = _span.get(kind, 1)
    _next[kind], _span[kind] = span, min(span * 2, _LONGEST)


def strict_sufficed(kind: tuple[str, str, str]) -> None:
    """A delivery of this kind was read by the strict statement."""
    _span[kind] = max(_span.get(kind, 1) // 2, 1)
