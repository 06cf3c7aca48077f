"""The evidence of a figure: published beside recomputed, batches with the rows that count, and those rows.

Does not belong here: recomputing and reading rows (`warehouse.provenance`).
"""

from __future__ import annotations

from markupsafe import Markup

from app.addresses import PageName
from app.components import states
from app.components.markup import render, show
from app.reading import Reading
from app.theme.palette import Look
from warehouse.provenance.rows import CountedRow, CountedRows
from warehouse.provenance.trace import Trace, TracedBatch
from warehouse.read import writing
from warehouse.read.indicator import Definition, Observation

_AGREES = {True: Look("blue", "✓"), False: Look("orange", "×"), None: Look("gray", "－")}
_AGREES_WORDS = {True: "evidence.agrees", False: "evidence.differs", None: "evidence.no_proof"}


def link(reading: Reading, figure: Observation | Trace, batch_id: str | None = None, first: int = 0) -> str:
    """The address of a figure's evidence; `figure` is an observation or its trace."""
    return reading.visit.link(
        PageName.EVIDENCE,
        code=figure.indicator_code,
        kind=figure.period_type,
        start=figure.period_start.isoformat(),
        end=figure.period_end.isoformat(),
        area=figure.area_code,
        batch=batch_id,
        first=str(first) if first else None,
    )


def recomputed(reading: Reading, definition: Definition, found: Trace) -> None:
    """The figure as published and as recomputed, with what it was computed by."""
    words = reading.words
    unit = words.pick(definition.unit_zh, definition.unit_en)
    name = words.pick(definition.name_zh, definition.name_en)

    def parts(numerator: float | None, denominator: float | None) -> str:
        if numerator is None or denominator is None:
            return ""
        return words("evidence.parts", numerator=writing.plain(numerator), denominator=writing.plain(denominator))

    def written(value: float | None) -> writing.Figure:
        return writing.figure(value, unit, definition.decimals, reading.language)

    show(
        "recomputed",
        words=words,
        back=reading.visit.link(
            PageName.INDICATOR,
            code=found.indicator_code,
            period=found.period_end.isoformat(),
            period_type=found.period_type,
        ),
        overview=reading.visit.link(PageName.OVERVIEW),
        name=name,
        title=words("evidence.title", name=name),
        period=writing.period(found.period_type, found.period_start, found.period_end, reading.language),
        published=written(found.value),
        published_parts=parts(found.numerator, found.denominator),
        recomputed=written(found.recomputed),
        recomputed_parts=parts(found.recomputed_numerator, found.recomputed_denominator),
        agrees=_agreement(reading, found),
        facts=[
            (words("evidence.version"), words("fact.version_text", version=found.definition_version)),
            (words("evidence.model"), found.model_name or writing.DASH),
            (words("evidence.code"), found.code_version),
            (words("evidence.publication"), found.snapshot_id),
        ],
    )
    if found.agrees is False:
        states.notice("orange", words("evidence.differs_title"), words("evidence.differs_text"))


def batches(reading: Reading, found: Trace, chosen: TracedBatch | None) -> None:
    """The batches of which rows count; each leads to its rows and to its own page."""
    words = reading.words
    if not found.batches:
        return
    counted = writing.count(sum(one.rows for one in found.batches))
    note = words("evidence.batches_note", batches=len(found.batches), rows=counted)
    show("section_title", title=words("evidence.batches"), note=note)
    rest = words("evidence.only", count=len(found.evidence_only)) if found.evidence_only else ""
    show(
        "counted_batches",
        words=words,
        rest=rest,
        rows=[
            {
                "file": one.file_name.rsplit("/", 1)[-1],
                "file_name": one.file_name,
                "page": reading.visit.link(PageName.BATCH, batch=one.batch_id),
                "entity": reading.entity_name(one.feed, one.entity),
                "feed": reading.feed_name(one.feed),
                "sha256": one.sha256,
                "rows": writing.count(one.rows),
                "link": link(reading, found, one.batch_id),
                "chosen": one is chosen,
            }
            for one in by_file(found)
        ],
    )


def by_file(found: Trace) -> list[TracedBatch]:
    """The batches by entity and file: file names tell the day, ids tell nothing."""
    return sorted(found.batches, key=lambda one: (one.feed, one.entity, one.file_name, one.batch_id))


def rows(reading: Reading, found: Trace, batch: TracedBatch, kept: CountedRows, step: int) -> None:
    """The rows of one batch that count, masked, with the way to the next ones."""
    words = reading.words
    if not kept.rows:
        states.notice("gray", words("evidence.rows"), words("evidence.no_rows"))
        return
    last = kept.first + len(kept.rows)
    note = words(
        "evidence.rows_note",
        file=batch.file_name.rsplit("/", 1)[-1],
        first=kept.first + 1,
        last=last,
        total=writing.count(kept.total),
    )
    show("section_title", title=words("evidence.rows"), note=note)
    labels = next(([words.pick(zh, en) for zh, en, _ in one.values] for one in kept.rows if one.values), [])
    several = len({one.file_name for one in kept.rows}) > 1
    show(
        "counted_rows",
        words=words,
        several=several,
        denominators=any(one.denominator is not None for one in kept.rows),
        labels=labels,
        rows=[_shown(reading, one, len(labels)) for one in kept.rows],
        earlier=link(reading, found, batch.batch_id, max(kept.first - step, 0)) if kept.first else None,
        later=link(reading, found, batch.batch_id, last) if last < kept.total else None,
    )


def _shown(reading: Reading, one: CountedRow, columns: int) -> dict[str, object]:
    words = reading.words
    missing = words("evidence.rejected") if one.row_number is None else words("evidence.not_kept")
    return {
        "file": one.file_name.rsplit("/", 1)[-1],
        "number": writing.DASH if one.row_number is None else f"{one.row_number:,}",
        "numerator": writing.plain(one.numerator),
        "denominator": writing.plain(one.denominator),
        "values": [_written(reading, value) for _, _, value in one.values],
        "missing": "" if one.values else missing,
        "columns": columns,
    }


def _written(reading: Reading, value: str | bool | None) -> str:
    if value is None:
        return writing.DASH
    if isinstance(value, bool):
        return reading.words("evidence.yes" if value else "evidence.no")
    return value


def _agreement(reading: Reading, found: Trace) -> Markup:
    return render("state", look=_AGREES[found.agrees], word=reading.words(_AGREES_WORDS[found.agrees]))
