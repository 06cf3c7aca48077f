"""Servers and ways of delivery as a contract writes them.

Belongs here: ODCS servers and our `deliveries` property to typed settings, each way fitting its server.
Does not belong here: connecting (`sources/connectors/`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from open_data_contract_standard.model import SchemaObject
from open_data_contract_standard.model import Server as DeclaredServer
from pydantic import TypeAdapter

from sources.contract import properties, settings
from sources.contract.connections import Connection
from sources.contract.document import ContractDocument, Place
from sources.contract.feed import Entity, Field, Server
from sources.contract.fields import check_expression
from sources.contract.file_pattern import FilePattern, PatternRefused

_CONNECTION: TypeAdapter[Connection] = TypeAdapter(Connection)
_DELIVERY = TypeAdapter(settings.Delivery)
_WEB = re.compile("https?://", re.IGNORECASE)
# Formats whose columns a file names by itself.
_WITH_HEADER = ("csv", "excel", "fixed", "parquet")


def build_servers(document: ContractDocument, declared: list[DeclaredServer]) -> Mapping[str, Server]:
    """Servers by name."""
    servers: dict[str, Server] = {}
    for index, item in enumerate(declared):
        place: Place = ("servers", index)
        custom = document.custom(item.customProperties, properties.SERVER_PROPERTIES, place)
        if not item.server or not item.location:
            document.problem(
                place, "缺少 server（名称）或 location（地址）", "server (its name) or location is missing; add it"
            )
            continue
        if item.server in servers:
            document.problem(place, f"来源 {item.server} 重复；请改名", f"server {item.server} twice; rename one")
        connection = document.settings(
            _CONNECTION, custom.get("connection"), document.custom_place(item.customProperties, "connection", place)
        )
        if connection is not None and connection.connector == "files" and _WEB.match(item.location):
            document.problem(
                (*place, "location"),
                "connector files 读取文件夹（本地、sftp、s3 等），不能下载网页链接；返回 JSON 的接口请用 connector "
                "rest，其他文件请先定时下载到文件夹",
                "connector files reads folders (local, sftp, s3 and the like) and downloads no links; an interface "
                "that answers JSON is connector rest, any other file has to be downloaded into a folder first",
            )
        if connection is not None:
            folder = document.path.resolve().parent
            servers[item.server] = Server(item.server, item.type or "", item.location, connection, folder)
    return servers


def build_deliveries(
    document: ContractDocument, item: SchemaObject, value: Any, place: Place, fields: Mapping[str, Field]
) -> tuple[settings.Delivery, ...]:
    """Ways in which the entity arrives; none means that it is not delivered."""
    here = document.custom_place(item.customProperties, "deliveries", place)
    if value is None:
        return ()
    if not isinstance(value, list):
        document.problem(here, "deliveries 须是列表", "deliveries must be a list")
        return ()
    connectors = _connectors(document)
    ways = []
    for index, raw in enumerate(value):
        way = document.settings(_DELIVERY, raw, (*here, index))
        if way is not None:
            _check_way(document, way, (*here, index), connectors, fields)
            ways.append(way)
    keys = [way.key for way in ways]
    for index, way in enumerate(ways):
        if way.key in keys[:index]:
            document.problem(
                (*here, index),
                f"与前面的交付方式相同（{way.key}）；请合并",
                f"same as an earlier delivery ({way.key}); merge them",
            )
    return tuple(ways)


def _connectors(document: ContractDocument) -> Mapping[str, str]:
    """Connector of each declared server, read from the document so that the order of sections does not matter."""
    found: dict[str, str] = {}
    for item in (document.model.servers if document.model else None) or ():
        for custom in item.customProperties or ():
            if custom.property == "connection" and isinstance(custom.value, dict):
                found[item.server or ""] = str(custom.value.get("connector"))
    return found


def _check_way(
    document: ContractDocument,
    way: settings.Delivery,
    place: Place,
    connectors: Mapping[str, str],
    fields: Mapping[str, Field],
) -> None:
    given = [name for name in ("file", "rest", "sql", "mqtt") if getattr(way, name) is not None]
    if len(given) != 1:
        document.problem(place, "file、rest、sql、mqtt 须恰好写一个", "give exactly one of file, rest, sql, mqtt")
    elif way.server not in connectors:
        document.problem(
            place,
            f"没有名为 {way.server} 的 server；可用：{'、'.join(connectors)}",
            f"no server {way.server}; there are: {', '.join(connectors)}",
        )
    elif connectors[way.server] != way.connector:
        document.problem(
            place,
            f"来源 {way.server} 的 connector 是 {connectors[way.server]}，交付方式却写了 {given[0]}",
            f"server {way.server} has connector {connectors[way.server]}, the delivery says {given[0]}",
        )
    if way.file is not None:
        try:
            FilePattern.parse(way.file.pattern)
        except PatternRefused as refused:
            document.problem((*place, "file", "pattern"), refused.zh, refused.en)
    if way.unpivot is not None and not (way.file and way.file.format.kind in _WITH_HEADER) and way.sql is None:
        document.problem(
            (*place, "unpivot"),
            f"unpivot 只用于 {'、'.join(_WITH_HEADER)} 和 sql；JSON、XML 里的列表请用 records_at",
            f"unpivot is for {', '.join(_WITH_HEADER)} and sql; lists in JSON and XML have records_at",
        )
    if way.rest is not None and way.rest.windowed and way.rest.starts_on is None:
        document.problem(
            (*place, "rest"),
            "按窗口拉取须写 starts_on（来源最早有数据的日期）；不分窗口请写 windowed: false",
            "a windowed pull needs starts_on, the first day that the source has; else write windowed: false",
        )
    if way.sql is not None and (way.sql.view is None) == (way.sql.query is None):
        document.problem((*place, "sql"), "view 与 query 须恰好写一个", "give exactly one of view, query")
    if way.mqtt is not None and not _is_topic_filter(way.mqtt.topic):
        document.problem(
            (*place, "mqtt", "topic"),
            f"{way.mqtt.topic} 不是主题过滤器：+ 须独占一级，# 只能独占最后一级，如 iot/+/heartbeat",
            f"{way.mqtt.topic} is no topic filter: + stands alone in a level, # alone in the last one, "
            "e.g. iot/+/heartbeat",
        )
    if way.time_zone is not None and way.time_zone not in available_timezones():
        document.problem(
            (*place, "time_zone"),
            f"{way.time_zone} 不是时区名",
            f"{way.time_zone} is no zone name, write one such as Asia/Shanghai",
        )
    if way.where is not None:
        check_expression(document, way.where, (*place, "where"))
    for section in ("columns", "expressions"):
        for name in getattr(way, section).keys() - fields.keys():
            document.problem(
                (*place, section, name), f"没有字段 {name}；请核对拼写", f"no field {name}; check the spelling"
            )
    for name, sql in way.expressions.items():
        check_expression(document, sql, (*place, "expressions", name))


def check_sessions(document: ContractDocument, entities: Mapping[str, Entity]) -> None:
    """No two deliveries may share a session of a broker: whichever pulls first would take the other's messages."""
    taken: set[tuple[str, str]] = set()
    for entity in entities.values():
        for way in entity.deliveries:
            if way.mqtt is None:
                continue
            session = (way.server, way.mqtt.client_id)
            if session in taken:
                document.problem(
                    ("schema",),
                    f"实体 {entity.name} 的 client_id {way.mqtt.client_id} 已被另一种交付使用；请另起一个",
                    f"client_id {way.mqtt.client_id} of entity {entity.name} is another delivery's already; give it "
                    "its own",
                )
            taken.add(session)


def _is_topic_filter(text: str) -> bool:
    """Whether MQTT (3.1.1, section 4.7) takes it as a filter."""
    levels = text.split("/")
    wild = [level in ("+", "#") or not ("+" in level or "#" in level) for level in levels]
    return bool(text) and "\0" not in text and all(wild) and "#" not in levels[:-1]
