"""Speed claims, each as a ratio against a floor measured in the same run. No timed tests; nothing here is imported."""
