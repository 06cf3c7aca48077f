"""Deliveries of departments: contracts, connectors, landing, reading, admission. Never imported by `warehouse`."""
