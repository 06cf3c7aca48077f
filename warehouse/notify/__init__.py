"""Notifications: who has to know what, said once for each root cause, with figures that say how fresh they are.

Belongs here: recipients (`settings.py`), what is wrong and why (`causes.py`), the words (`message.py`), sending
(`channels.py`, the only module that imports apprise), and what is owed to whom (`delivery.py`). Does not belong here:
when notifications go out (`orchestration`), the delivery log (`warehouse.ledger.notifications`).
"""
