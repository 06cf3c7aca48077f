"""One module a feed: what its simulated department delivers, and how its systems are reached.

Belongs here: modules named like a feed, found by name (`simulation.py` delivers, `serving.py` serves). Each has
`deliver(chance, span, outbox) -> None`, which writes what the department hands over, and may have
`serve(folder) -> ContextManager[dict[str, str]]`, which makes its systems reachable while the context lasts and yields
environment variables (name -> address) for the contract's servers. Does not belong here: what several departments
share, and populations long enough for modules of their own (both stand beside this package).
"""
