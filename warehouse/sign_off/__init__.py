"""Sign-off of figures: prepared by the department, confirmed by its head, reviewed by the district office.

Belongs here: what a signature covers (`facts.py`), the order of steps and who may sign (`steps.py`), signing
(`signing.py`), the settings. Does not belong here: the ledger's rows (`warehouse.ledger.sign_offs`), what publishing
does with unsigned figures (`warehouse.publish.sign_offs`), how pages read it (`warehouse.read.sign_offs`).
"""
