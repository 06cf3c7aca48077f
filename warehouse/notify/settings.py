"""Who is notified, and where: `notify.yaml` in the home, or the file that `DISTRICT_NOTIFY` names.

Belongs here: the strict shape of that file, secrets from the environment. Does not belong here: sending.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from warehouse.home import Home

VARIABLE = "DISTRICT_NOTIFY"
FILE_NAME = "notify.yaml"
EVERY_DEPARTMENT = "*"
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

Text = Annotated[str, Field(min_length=1)]
Wanted = Literal["cause", "digest"]


class NotifyError(Exception):
    """The file cannot be used; `zh` and `en` name the file, the place and the remedy."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__(f"{zh} / {en}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recipient(_Strict):
    """Somebody who is notified of causes that concern one of these departments (`*`: all of them).

    `channels` are addresses as Apprise writes them (wecombot://, dingtalk://, feishu://, mailtos://, json://); what is
    secret in them stands as ${NAME} and comes from the environment.
    """

    name: Text
    departments: Annotated[tuple[Text, ...], Field(min_length=1)]
    channels: Annotated[tuple[Text, ...], Field(min_length=1)]
    wants: tuple[Wanted, ...] = ("cause", "digest")

    def concerned(self, departments: tuple[str, ...]) -> bool:
        """Whether a cause of these departments is for this recipient."""
        return EVERY_DEPARTMENT in self.departments or not {*self.departments}.isdisjoint(departments)


class NotifySettings(_Strict):
    """The whole file. `app_address` is where readers open the pages (links are left out without it)."""

    app_address: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1)]


def settings_file(home: Home) -> Path:
    """Where the settings are looked for."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else home.root / FILE_NAME


def load_settings(home: Home) -> NotifySettings | None:
    """The settings; None when there is no file and none was named. Raises NotifyError."""
    path = settings_file(home)
    if not path.is_file():
        if os.environ.get(VARIABLE):
            raise NotifyError(
                f"{VARIABLE} 指向的文件 {path} 不存在；请核对路径",
                f"the file {path} named by {VARIABLE} does not exist; check the path",
            )
        return None
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise NotifyError(
            f"通知设置 {path} 不是可读的 UTF-8 YAML：{said}；请改正",
            f"{path} is no readable UTF-8 YAML: {said}; mend it",
        ) from error
    try:
        found = NotifySettings.model_validate(content)
    except ValidationError as error:
        # Not the values: an address may hold what should have been a reference to a secret.
        mistakes = [
            (".".join(str(part) for part in item["loc"]), item["msg"])
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise NotifyError(
            f"通知设置 {path} 有误：" + "；".join(f"{place}（{said}）" for place, said in mistakes) + "。请改正",
            f"{path}: " + "; ".join(f"{place}: {said}" for place, said in mistakes) + ". Mend it",
        ) from error
    names = [recipient.name for recipient in found.recipients]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NotifyError(
            f"通知设置 {path}：接收人 {'、'.join(twice)} 重复；请改名",
            f"{path}: recipient {', '.join(twice)} twice; rename one",
        )
    return found


def target(recipient: Recipient, channel: str) -> str:
    """Key of a recipient's channel in the log: stable while name and address (with its references) are the same."""
    return f"{recipient.name}/{hashlib.sha256(channel.encode()).hexdigest()[:8]}"


def expanded(channel: str, environment: Mapping[str, str] | None = None) -> tuple[str, list[str]]:
    """The address with its secrets, and the secrets. Raises NotifyError naming variables that are not set."""
    known = os.environ if environment is None else environment
    names = _REFERENCE.findall(channel)
    missing = sorted({name for name in names if not known.get(name)})
    if missing:
        raise NotifyError(
            f"环境变量 {'、'.join(missing)} 未设置，无法发送；请在运行环境中设置",
            f"the environment lacks {', '.join(missing)}; set it where the platform runs",
        )
    return _REFERENCE.sub(lambda match: known[match[1]], channel), [known[name] for name in names]
