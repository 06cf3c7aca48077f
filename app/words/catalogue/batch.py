"""Words of the page of one batch: key -> (Chinese, English)."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    # batch
    "mode.full": ("全量", "Full"),
    "mode.delta": ("增量", "Delta"),
    "mode.correction": ("更正", "Correction"),
    "batch.listed": ("{what}：最近 {count} 个批次", "{what}: the {count} newest batches"),
    "batch.all_feeds": ("全部数据源", "All feeds"),
    "batch.none": ("没有符合条件的批次", "No batch fits"),
    "batch.none_text": (
        "请放宽筛选条件；数据送达后批次会列在这里。",
        "Choose fewer conditions; batches are listed here once data have come.",
    ),
    "batch.unknown": ("没有这个批次", "No such batch"),
    "batch.unknown_text": (
        "本次发布中没有编号为 {batch} 的批次，请从下面选择。",
        "This publication has no batch {batch}; choose one below.",
    ),
    "batch.department": ("部门", "Department"),
    "batch.source": ("来源", "Source"),
    "batch.delivery": ("交付方式", "Delivery"),
    "delivery.files": ("文件", "Files"),
    "delivery.rest": ("接口（REST）", "REST"),
    "delivery.sql": ("数据库视图（SQL）", "SQL view"),
    "delivery.mqtt": ("消息代理（MQTT）", "message broker (MQTT)"),
    "batch.mode": ("更新方式", "Mode"),
    "batch.period": ("数据期", "Data period"),
    "batch.received": ("收到", "Received"),
    "batch.decided": ("裁定", "Decided"),
    "batch.size": ("大小", "Size"),
    "batch.encoding": ("编码", "Encoding"),
    "batch.sha256": ("SHA-256", "SHA-256"),
    "batch.id": ("批次编号", "Batch id"),
    "batch.declared": ("声明行数", "Rows declared"),
    "batch.read": ("读取行数", "Rows read"),
    "batch.fit": ("合格行数", "Rows that pass"),
    "batch.superseded_by": ("查看取代它的批次", "Open the batch that replaced it"),
    "batch.held_title": ("已扣留，未进入计算", "Held: not used in any figure"),
    "batch.held_text": (
        "{reason}原件已保存，更正后重新报送即可；其他数据不受影响。",
        "{reason} The original is kept: send it again once it is corrected. Other data go on.",
    ),
    "batch.held_replaced": (
        "同一期后来又报送并已准入，本批次无须再处理。",
        "A later delivery of the same period was admitted; nothing is left to do about this one.",
    ),
    "batch.uses": ("用于指标", "Used by"),
    "batch.uses_note": ("{count} 项", "{count} indicators"),
    "batch.no_uses": ("没有已发布的数值用到本批次", "No published figure rests on this batch"),
    "batch.use": ("{count} 个数值，最近一期截至 {end}", "{count} figures, newest to {end}"),
}
