"""The progress bar: the share of the way gone, with a tick at the share of time gone.

Belongs here: drawing shares that publishing computed. Does not belong here: computing them.
A way of more than the whole fills the bar; a way backwards leaves it empty; the words beside it keep the number.
"""

from __future__ import annotations

from markupsafe import Markup

from app.components.badges import status_look
from app.components.markup import render
from app.words import Words
from warehouse.read.writing import share


def progress(
    progress_share: float | None, time_share: float | None, status: str | None, words: Words, *, big: bool = False
) -> Markup:
    """A bar from shares of 0-1 (progress may be negative or above 1). Nothing at all without a progress share."""
    if progress_share is None:
        return Markup("")
    described = words("progress.title", way=share(progress_share), time=share(time_share))
    return render(
        "progress",
        fill=_percent(progress_share),
        tick=None if time_share is None else _percent(time_share),
        tone=status_look(status).tone,
        title=described,
        big=big,
    )


def _percent(value: float) -> str:
    return f"{min(max(value, 0.0), 1.0) * 100:.1f}"
