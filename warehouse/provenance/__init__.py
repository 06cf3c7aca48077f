"""Provenance: proving a published figure from the rows it rests on, and the home against itself.

Belongs here: recomputing a figure from the raw layer, comparing bytes, ledger, files and snapshot. Does not belong
here: showing lineage (`warehouse.read.lineage`), repairing anything.
"""
