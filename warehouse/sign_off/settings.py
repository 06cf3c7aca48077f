"""What an installation sets about sign-off, by environment variables.

Belongs here: reading and checking them. Does not belong here: acting on them.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Final

UNSIGNED: Final = "DISTRICT_UNSIGNED"
PERSONS: Final = "DISTRICT_SIGN_OFF_PERSONS"
# Two pairs of eyes: in a small department the head is often the one who prepares the numbers, so three different people
# would keep it from signing at all; one alone would make the steps a formality.
_PERSONS: Final = 2
_STEPS: Final = 3


class Unsigned(StrEnum):
    """What becomes of a figure without its three signatures."""

    PROVISIONAL = "provisional"
    """It is published and said to be provisional: a district starts without signatures and must not start empty."""
    WITHHOLD = "withhold"
    """New and changed figures wait; readers keep the last published ones."""


class WrongSetting(ValueError):
    """A setting has a value that it cannot have; `zh` and `en` say which it can."""

    def __init__(self, name: str, found: str, allowed: str) -> None:
        self.zh = f"环境变量 {name} 为 {found!r}，只能是 {allowed}。"
        self.en = f"The environment variable {name} is {found!r}; it can be {allowed}."
        super().__init__(f"{self.zh} / {self.en}")


def unsigned() -> Unsigned:
    """`DISTRICT_UNSIGNED`; provisional where it is not set. Raises WrongSetting."""
    text = os.environ.get(UNSIGNED, "").strip() or Unsigned.PROVISIONAL.value
    try:
        return Unsigned(text)
    except ValueError as error:
        raise WrongSetting(UNSIGNED, text, ", ".join(Unsigned)) from error


def persons() -> int:
    """How many different people have to be behind the three signatures: `DISTRICT_SIGN_OFF_PERSONS`, default two."""
    text = os.environ.get(PERSONS, "").strip() or str(_PERSONS)
    if text not in {str(number) for number in range(1, _STEPS + 1)}:
        raise WrongSetting(PERSONS, text, "1, 2, 3")
    return int(text)
