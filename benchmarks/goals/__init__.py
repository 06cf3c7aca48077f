"""One module a goal: `measure(work: Path, *, quick: bool) -> Iterator[Result]`; modules are found, not listed."""
