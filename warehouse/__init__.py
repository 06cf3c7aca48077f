"""The warehouse: the home folder, the ledger, checks of tables, publishing, reading and provenance.

Belongs here: everything that keeps or serves data that was admitted. Does not belong here: how deliveries come in
(`sources`), how figures are computed (`dbt_project`), how runs are wired (`orchestration`), pages (`app`); none of
these is imported from here.
"""
