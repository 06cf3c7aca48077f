"""Wires the rooms as Dagster assets, checks, partitions, schedules and sensors, and offers the `district` command.

Belongs here: what runs when, with which owner, and how it is called. Does not belong here: SQL, parsing, thresholds.
"""
