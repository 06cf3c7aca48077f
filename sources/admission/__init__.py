"""Admission: one delivery becomes typed, protected, checked rows, or is held with a reason a person understands.

`gate.admit` is the entry. Belongs here: judging rows by the contract, protecting personal values, writing the batch's
Parquet into the workspace, running its checks. Does not belong here: file formats (`sources/reading`), fetching and
landing (`sources/connectors`, `sources/landing.py`), the ledger and the move into `raw` or `held`
(`sources/intake.py`).
"""
