"""What admission did to a delivery without rejecting anything, as the ledger keeps it.

Belongs here: treatments that follow from files and columns, and putting all of a batch together. Does not belong here:
mendings of single values (`mending.py`), the layout of sheets (`sources/reading`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sources.admission.columns import Mapped, converted_units, renamed_columns, unused_columns
from sources.admission.number_values import agreed_factor
from sources.contract.feed import Entity
from sources.contract.settings import Delivery
from sources.reading.relation import Reading
from warehouse.ledger.records import Treatment


def of_columns(
    entity: Entity, delivery: Delivery, reading: Reading, mapped: Sequence[Mapped], rows: int
) -> list[Treatment]:
    """Columns under another of their names, units that the file states, columns that the contract does not name.

    `rows` are those of the delivery: all of them are concerned.
    """
    example = reading.sources[0].place()
    done: list[Treatment] = []
    for scan in mapped:
        for name, (found, expected) in renamed_columns(entity, delivery, scan).items():
            zh, en = (
                f"列名为“{found}”（合同：“{expected}”），按已登记的别名读取",
                (f"the column is called {found!r} (contract: {expected!r}); read by its registered other name"),
            )
            done.append(Treatment("renamed_column", "repaired", name, rows, example, zh, en))
        for name, factor in converted_units(entity, scan).items():
            item = entity.fields[name]
            agreed = agreed_factor(item)
            zh = (
                f"「{item.label_zh}」的单位以文件注明的为准，"
                f"已乘以 {factor:f} 折为{item.unit}（合同约定乘以 {agreed:f}）"
            )
            en = (
                f"{item.label_en} is in the unit that the file states: multiplied by {factor:f} to {item.unit} "
                f"(the contract has {agreed:f})"
            )
            done.append(Treatment("unit_converted", "repaired", name, rows, example, zh, en))
    unused = list(dict.fromkeys(name for scan in reading.scans for name in unused_columns(entity, delivery, scan)))
    if unused:
        zh = f"文件里有合同未登记的列：{'、'.join(unused)}；原始文件已保留，未采用。如需采用，请在合同里登记"
        en = (
            f"columns that the contract does not name: {', '.join(unused)}; kept in the delivered file, not used. "
            "To use them, add them to the contract"
        )
        done.append(Treatment("extra_column", "flagged", "", rows, example, zh, en))
    return done


def united(treatments: Iterable[Treatment]) -> tuple[Treatment, ...]:
    """One treatment a code and column, as the ledger's key wants it: rows added up, the first example kept."""
    by_key: dict[tuple[str, str], Treatment] = {}
    for done in treatments:
        key = (done.code, done.column_name)
        known = by_key.get(key)
        by_key[key] = done if known is None else replace(known, rows=known.rows + done.rows)
    return tuple(by_key[key] for key in sorted(by_key))
