"""What the goals about pages share: a snapshot of the promised size, and a browser with a stopwatch in it."""
