"""What a user would pick instead: each reads the benchmark's day files into DuckDB and aggregates them by lot and day.

One module an alternative, run as a process of its own: `python -m benchmarks.alternatives.<name> FOLDER OUT [...]`, the
folder holding CSV files. Each is written as its own documentation has it. Does not belong here: timing, our side.
"""
