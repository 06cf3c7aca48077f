"""The `district` command.

Belongs here: reading arguments, calling the rooms, printing; one module a command. Heavy parts are imported inside
the commands, so that `district status` does not pay for Dagster. Does not belong here: what a page or step also needs.
"""
