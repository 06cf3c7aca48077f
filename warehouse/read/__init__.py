"""Reading published snapshots: the only part of the warehouse that pages import.

Belongs here: typed queries over the public tables, by snapshot. Does not belong here: the ledger, the build database,
raw rows, any computing of figures.
"""

from warehouse.read.reader import NothingPublished, SnapshotReader, UnknownSnapshot

__all__ = ["NothingPublished", "SnapshotReader", "UnknownSnapshot"]
