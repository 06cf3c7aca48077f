"""The whole chain as a user runs it: the `district` command in its own process, on a small simulated district."""
