"""The documented example contracts on real public data; skipped where the data is absent."""
