"""A published snapshot as files for others: Parquet, SDMX-CSV, DCAT, ODCS; a run as OpenLineage events.

Belongs here: writing what a snapshot says in formats that other programs read. Does not belong here: which snapshot
(`warehouse.read`), files of single tables that a page shows (`app/components/downloads.py`), any computing of figures.
"""
