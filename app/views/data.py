"""Data: the publication as files, for who goes on computing: Parquet, SDMX-CSV, and what each table holds."""

from __future__ import annotations

from typing import Final

import streamlit as st

from app.components import tables
from app.components.markup import show
from app.reading import Reading, current_reading
from warehouse.export import parquet, sdmx

_ZIP: Final = "application/zip"


def page(reading: Reading) -> None:
    """The page."""
    words, reader = reading.words, reading.source.reader
    stem = reading.snapshot.snapshot_id
    show("section_title", title=words("data.title"), note=words("data.note", snapshot=stem))
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            words("data.parquet"),
            lambda: parquet.as_zip(reader),
            f"{stem}_parquet.zip",
            _ZIP,
            key="parquet",
            on_click="ignore",
        )
        st.download_button(
            words("data.sdmx"),
            lambda: sdmx.as_csv(reader),
            f"{stem}_sdmx.csv",
            sdmx.MEDIA_TYPE,
            key="sdmx",
            on_click="ignore",
        )
    show("note", text=words("data.sdmx_note"))
    contents = reading.ask(parquet.contents)
    show("section_title", title=words("data.tables"), note=words("data.tables_note", count=len(contents)))
    tables.public_tables(reading, contents)
    show("note", text=words("data.command"))


page(current_reading())
