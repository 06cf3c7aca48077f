"""What all settings of a contract have in common: immutable, unknown keys refused.

Belongs here: the base of the models. Does not belong here: any model.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Base of all settings: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
