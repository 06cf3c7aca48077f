"""Correcting the rows of an item: workbook down, workbook up, what is still wrong, and sending it.

Belongs here: the widgets of these steps. Does not belong here: checking (`warehouse.owner_desk`, in another process).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC
from pathlib import PurePath
from typing import Any, Final

import streamlit as st

from app.components import states
from app.components.downloads import EXCEL_TYPE
from app.components.markup import show
from app.follow_up import vouched_actor
from app.reading import Reading
from warehouse.home import Home
from warehouse.owner_desk import Checked, DeskRefused, Remark, check, send, waiting, workbook
from warehouse.owner_desk.corrections import MOST_UPLOAD_MEGABYTES
from warehouse.read import writing
from warehouse.read.owner_queue import ItemBatch, QueueItem

_CHECKED: Final = "owner-checked"  # in the session: hash of the upload and what was found
_SENT: Final = "owner-sent"
_NAME: Final = "owner-typed-name"  # in the session: nobody types his name twice


def correct(reading: Reading, one: QueueItem, batches: Sequence[ItemBatch]) -> None:
    """The steps, for one of the item's batches."""
    words, home = reading.words, Home.from_environment()
    show("section_title", title=words("owner.correct"), note=words("owner.correct_note"))
    for sent in waiting(home, one.feed, one.entity):
        if sent.corrects in {batch.batch_id for batch in batches}:
            states.notice(
                "green",
                words("owner.sent"),
                words(
                    "owner.sent_text",
                    by=sent.sent_by,
                    at=writing.moment(sent.sent_at.astimezone(UTC).replace(tzinfo=None), reading.zone),
                    file=sent.file_name,
                    corrected=sent.rows_corrected,
                    removed=sent.rows_removed,
                ),
            )
    names = {batch.batch_id: _named(reading, batch) for batch in batches}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = str(
            st.selectbox(words("owner.choose_batch"), list(names), format_func=lambda batch: names[batch], width=420)
        )
        batch = next(batch for batch in batches if batch.batch_id == chosen)
        rule = one.key if one.kind in ("check", "reject") else None
        st.download_button(
            words("owner.download"),
            lambda: workbook(home, chosen, check_key=rule),
            words("owner.file_name", stem=PurePath(batch.file_name).stem),
            EXCEL_TYPE,
            key="owner-download",
            on_click="ignore",
        )
    uploaded = st.file_uploader(
        words("owner.upload"),
        type="xlsx",
        max_upload_size=MOST_UPLOAD_MEGABYTES,
        key=f"owner-upload-{one.subject}-{st.session_state.get(_SENT, 0)}",
    )
    if uploaded is not None:
        _checked(reading, home, uploaded.name, uploaded.getvalue())


def _named(reading: Reading, batch: ItemBatch) -> str:
    name = PurePath(batch.file_name).name
    return f"{name} · {writing.moment(batch.received_at, reading.zone)}"


def _checked(reading: Reading, home: Home, name: str, content: bytes) -> None:
    """What the check found, done once for each upload; and the way on."""
    words = reading.words
    digest = hashlib.sha256(content).hexdigest()
    known: tuple[str, Checked | DeskRefused] | None = st.session_state.get(_CHECKED)
    if known is None or known[0] != digest:
        with st.spinner(words("owner.checking")):
            known = (digest, _ask(home, content))
        st.session_state[_CHECKED] = known
    found = known[1]
    if isinstance(found, DeskRefused):
        states.notice("orange", words("owner.refused"), words.pick(found.zh, found.en))
        return
    if found.warnings:
        show("section_title", title=words("owner.warnings"), note="")
        _remarks(reading, found.warnings)
    if not found.ready:
        reason = words.pick(found.reason_zh, found.reason_en)
        states.notice(
            "orange",
            words("owner.not_ready", count=len(found.problems) or 1),
            f"{words('owner.not_ready_text')}{f' {reason}' if reason else ''}",
        )
        _remarks(reading, found.problems)
        return
    states.notice(
        "green",
        words("owner.ready"),
        words(
            "owner.ready_text",
            corrected=found.rows_corrected,
            removed=found.rows_removed,
            admitted=writing.count(found.rows_admitted),
            rejected=writing.count(found.rows_rejected),
            before=writing.count(found.rows_rejected_before),
        ),
    )
    with st.form("owner-send", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        by = name_field(reading, "owner-send-name")
        pressed = st.form_submit_button(words("owner.send"), type="primary")
    if pressed:
        try:
            send(home, content, file_name=name, sent_by=by, vouched=vouched_actor() is not None)
        except DeskRefused as refused:
            st.warning(words.pick(refused.zh, refused.en))
            return
        st.session_state.pop(_CHECKED, None)
        st.session_state[_SENT] = st.session_state.get(_SENT, 0) + 1  # another field: what was sent leaves it
        st.rerun()


def _ask(home: Home, content: bytes) -> Checked | DeskRefused:
    try:
        return check(home, content)
    except DeskRefused as refused:
        return refused


def name_field(reading: Reading, key: str) -> str:
    """The name of who acts: given by the proxy, or typed."""
    words, known = reading.words, vouched_actor()
    if known is not None:
        st.caption(words("owner.vouched", name=known.name))
        return known.name
    typed: str = st.text_input(
        words("owner.name"),
        value=st.session_state.get(_NAME, ""),
        max_chars=60,
        help=words("owner.name_help"),
        width=220,
        key=key,
    )
    if typed:
        st.session_state[_NAME] = typed
    return typed


def _remarks(reading: Reading, remarks: Sequence[Remark]) -> None:
    words = reading.words

    def shown(remark: Remark) -> dict[str, Any]:
        line = words("failed_row.line", number=writing.count(remark.row)) if remark.row else ""
        place = [PurePath(remark.file_name).name, remark.sheet, line]
        return {
            "line": writing.count(remark.line) if remark.line else "",
            "place": " · ".join(part for part in place if part),
            "text": words.pick(remark.zh, remark.en),
        }

    show("owner_remarks", words=words, rows=[shown(remark) for remark in remarks], rest="")
