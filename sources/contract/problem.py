"""What is wrong with a contract, said so that its author can mend it.

Belongs here: the problem and the error that carries all problems of one reading.
Does not belong here: finding problems.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ContractProblem:
    """One mistake: the file, the YAML path (`schema[prk_lot].properties[lot_code]`), the line, the text with remedy."""

    file: Path
    place: str
    line: int | None
    zh: str
    en: str

    def _where(self) -> str:
        line = f":{self.line}" if self.line else ""
        return f"{self.file}{line} {self.place}".rstrip()

    @property
    def text_zh(self) -> str:
        """File, line, place and what to do, in Chinese."""
        return f"{self._where()}：{self.zh}"

    @property
    def text_en(self) -> str:
        """File, line, place and what to do, in English."""
        return f"{self._where()}: {self.en}"

    def __str__(self) -> str:
        return f"{self._where()}: {self.zh} / {self.en}"


class ContractError(Exception):
    """One or more contracts cannot be used; `problems` holds every mistake found, not just the first."""

    def __init__(self, problems: Iterable[ContractProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
