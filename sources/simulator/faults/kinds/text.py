"""Text as systems export it: encodings that nobody declared, byte order marks, shifted fields.

Belongs here: faults of whole text files and of their lines. Does not belong here: workbooks, records of logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sources.simulator.faults.archives import members, with_member
from sources.simulator.faults.deliveries import Deliveries, next_sequence, overwrite
from sources.simulator.faults.fault import Fault, Injection, Trace

_ROSTER, _USERS = "education_base/oneroster/oneroster_*_1.zip", "users.csv"
# One shifted row in two hundred stays below the one percent at which the whole file is at fault.
_FULL_ROSTER = 200


def _encoded(deliveries: Deliveries) -> Sequence[Injection]:
    """Names in GB18030, in a file that says it is UTF-8."""
    path = deliveries.take("F07", _ROSTER, fits=_has_users)
    text = members(path)[_USERS].decode()
    overwrite(path, with_member(path, _USERS, text.encode("gb18030")))
    return [_roster("F07", path, 1, Trace("treatment", "encoding_detected"))]


def _marked(deliveries: Deliveries) -> Sequence[Injection]:
    """A byte order mark before the first column, and the same file as Excel's Unicode text (UTF-16)."""
    found = []
    for turn, encoding in enumerate(("utf-8-sig", "utf-16")):
        path = deliveries.take(f"F08 {turn}", _ROSTER, fits=_has_users)
        text = members(path)[_USERS].decode()
        overwrite(path, with_member(path, _USERS, text.encode(encoding)))
        code = "byte_order_mark" if turn == 0 else "encoding_detected"
        found.append(_roster("F08", path, 1, Trace("treatment", code)))
    return found


def _shifted(deliveries: Deliveries) -> Sequence[Injection]:
    """A name with a comma that the exporter did not quote, so that the row has a field too many."""
    path = deliveries.take("F15", _ROSTER, fits=_is_full)
    lines = members(path)[_USERS].decode().split("\n")
    at = int(deliveries.chance("F15").integers(30, len(lines) - 10))
    lines[at] = lines[at].replace('"', "").replace("示例,", "示例,示例,")
    deliveries.replace(path, with_member(path, _USERS, "\n".join(lines).encode()), resent_as=next_sequence(path))
    return [_roster("F15", path, 1, Trace("reject", "too_many_columns"), damaged=1, places=(f"users.csv {at + 1}",))]


def _has_users(path: Path) -> bool:
    # Names are what tells encodings apart: without a row there is none.
    return members(path).get(_USERS, b"").count(b"\n") > 5


def _is_full(path: Path) -> bool:
    return members(path).get(_USERS, b"").count(b"\n") >= _FULL_ROSTER


def _roster(
    fault: str, path: Path, rows: int, trace: Trace, *, damaged: int = 0, places: Sequence[str] = ()
) -> Injection:
    period = path.stem.split("_")[1]
    return Injection(fault, "education_base", "edu_account", path.name, period, rows, (trace,), damaged, tuple(places))


_ACCOUNTS = ("education_base.edu_account",)
FAULTS = (
    Fault("F07", "编码与声明不符", "encoding other than declared", "repaired", _ACCOUNTS, _encoded),
    Fault("F08", "字节顺序标记与 UTF-16", "byte order mark and UTF-16", "repaired", _ACCOUNTS, _marked),
    Fault("F15", "字段错位", "shifted fields", "rejected", _ACCOUNTS, _shifted, turn=0),
)
