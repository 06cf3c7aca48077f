"""A feed of two small CSV entities, for tests of whatever runs feeds.

`write_tiny_feed(folder)` writes the contract; `deliver(...)` drops a file. Not a department of the district.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: {name}
name: 试点路口
version: 1.0.0
status: active
domain: governance
description: {{purpose: 测试}}
team:
  id: test_department
  name: 测试部门
  members:
    - {{username: crossings@test.example, name: 测试科, role: owner, dateIn: "2021-01-01"}}
customProperties:
  - {{property: name_en, value: Crossings}}
  - {{property: department_en, value: Test department}}
  - {{property: time_zone, value: Asia/Shanghai}}
servers:
  - server: drop
    type: local
    location: {drop}
    customProperties:
      - property: connection
        value: {{connector: files}}
schema:
  - name: count
    businessName: 过街人数
    description: 每日每路口一行
    customProperties:
      - {{property: label_en, value: Counts}}
      - {{property: history, value: event}}
      - {{property: period, value: {{field: counted_on}}}}
      - {{property: max_rejected_percent, value: 50}}
      - property: calendar
        value: {{cadence: daily, due_days: 1, due_time: "09:00", reason: 测试}}
      - property: deliveries
        value:
          - server: drop
            mode: delta
            file: {{pattern: "count_{{period}}.csv", format: {{kind: csv}}}}
    properties:
      - {{name: crossing, businessName: 路口, logicalType: string, required: true, primaryKey: true,
         primaryKeyPosition: 1}}
      - {{name: counted_on, businessName: 日期, logicalType: date, required: true, primaryKey: true,
         primaryKeyPosition: 2}}
      - {{name: people, businessName: 人数, logicalType: integer, logicalTypeOptions: {{minimum: 0}}}}
    quality:
      - id: at_least_two_rows
        name: 每批不少于两行
        type: custom
        engine: soda
        dimension: completeness
        severity: error
        description: 两个路口每日都报
        customProperties:
          - {{property: gbt36344, value: 完整性}}
          - {{property: name_en, value: At least two rows}}
        implementation:
          row_count: {{threshold: {{must_be_greater_than_or_equal: 2}}}}
  - name: crossing
    businessName: 路口登记
    description: 一行一个路口
    customProperties:
      - {{property: label_en, value: Register of crossings}}
      - {{property: history, value: register}}
      - property: calendar
        value: {{cadence: monthly, due_working_days: 5, reason: 测试}}
      - property: deliveries
        value:
          - server: drop
            mode: full
            file: {{pattern: "crossing_{{period}}.csv", format: {{kind: csv}}}}
    properties:
      - {{name: crossing, businessName: 路口, logicalType: string, required: true, primaryKey: true,
         primaryKeyPosition: 1}}
"""


def write_tiny_feed(folder: Path, drop: Path, name: str = "tiny") -> Path:
    """Write the contract under `folder/<name>/`, reading files from `drop`; returns `folder`."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    drop.mkdir(parents=True, exist_ok=True)
    text = CONTRACT.format(name=name, drop=drop)
    (folder / name / "contract.odcs.yaml").write_text(text, encoding="utf-8")
    return folder


def deliver(drop: Path, file_name: str, *lines: str, at: str = "2023-06-10T08:00:00+08:00") -> Path:
    """Drop a CSV file; its modification time is the time of delivery."""
    path = drop / file_name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    moment = datetime.fromisoformat(at).timestamp()
    os.utime(path, (moment, moment))
    return path


def counts(day: str, *values: int | str) -> tuple[str, ...]:
    """Lines of a count file: one crossing a value."""
    return ("crossing,counted_on,people", *(f"c{place},{day},{value}" for place, value in enumerate(values)))
