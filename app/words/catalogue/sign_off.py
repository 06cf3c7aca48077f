"""Words of signatures of figures: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "sign.title": ("签署", "Sign-off"),
    "sign.signed": ("三步已签全", "Signed in full"),
    "sign.partly": ("签署中，按初步数发布", "Being signed, published as provisional"),
    "sign.unsigned": ("未签署，按初步数发布", "Unsigned, published as provisional"),
    "sign.void": ("签署已失效，按初步数发布", "Signatures are void, published as provisional"),
    "sign.lapsed": ("签署已过有效期，按初步数发布", "Signatures have lapsed, published as provisional"),
    "sign.prepared": ("部门制表", "Prepared by the department"),
    "sign.confirmed": ("部门负责人确认", "Confirmed by its head"),
    "sign.reviewed": ("区级审核", "Reviewed by the district office"),
    "sign.open": ("待签", "open"),
    "sign.by": ("{name}，{when}", "{name}, {when}"),
    "sign.by_office": ("{name}（{office}），{when}", "{name} ({office}), {when}"),
    "sign.until": ("有效期至 {day}", "holds until {day}"),
    "sign.voided": ("{when} 失效：{cause}", "void since {when}: {cause}"),
    "sign.names_note": (
        "姓名如签署人所报，平台没有账号可核验；所签内容的摘要 {digest}",
        "Names are as given, there are no accounts to check them; digest of what was signed {digest}",
    ),
    "sign.tag_signed": ("已签", "signed"),
    "sign.tag_partly": ("签 {steps}/3", "{steps}/3 signed"),
    "sign.tag_void": ("签署失效", "void"),
    "sign.tag_unsigned": ("未签", "unsigned"),
    "sign.count": ("已签全 {count} 项，其余为初步数", "{count} signed in full, the others are provisional"),
    "sign.waiting_title": ("有数值待签署，暂不发布", "Figures wait for signatures"),
    "sign.waiting_text": (
        "{periods}。签全后随下一次发布更新；此前{shown}。",
        "{periods}. They appear with the publication after the last signature; until then {shown}.",
    ),
    "sign.waiting_one": ("{period}（下一步：{step}）", "{period} (next: {step})"),
    "sign.shown_last": ("沿用上次发布的数值", "the last published figures stay"),
    "sign.shown_nothing": ("不显示数值", "no figure is shown"),
    "column.sign_off": ("签署", "Sign-off"),
}
