"""The views of the health commission's front-end database.

Belongs here: names of views and columns. Does not belong here: the database file (`exchange_database.py`), rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# View -> its columns, before the exchange columns that every view ends with.
VIEWS: Mapping[str, Sequence[str]] = {
    "v_jg_jbxx": (
        "YLJGDM",
        "JGMC",
        "JGJB",
        "JGLB",
        "JZDM",
        "SFQS",
        "HLWYYXK",
        "XKRQ",
        "BGJRRQ",
        "YXJRRQ",
        "JJDJRQ",
        "TYRQ",
    ),
    "v_sf_wd": ("WDDM", "YLJGDM", "JZDM", "KSRQ", "CXRQ"),
    "v_yb_tz": ("YLJGDM", "YWRQ", "BGLX", "QFBGS"),
    "v_bg_sy": (
        "BGWYBS",
        "BBH",
        "YLJGDM",
        "BGDH",
        "BGLX",
        "HZZSY",
        "HZXM",
        "JZLSH",
        "XMDM",
        "XMDMTX",
        "XMMC",
        "CYSJ",
        "JCSJ",
        "QFSJ",
        "BGZT",
        "SFHR",
        "SCSJ",
        "JSSJ",
        "YXH",
        "YXSC",
    ),
    "v_jz_jl": ("JZLSH", "YLJGDM", "HZZSY", "HZXM", "JZLX", "KSDM", "JZSJ", "SFFZ", "CFS", "ZFY"),
}
INTEGERS = frozenset({"BBH", "QFBGS", "SFQS", "HLWYYXK", "SFHR", "YXSC", "SFFZ", "CFS"})
