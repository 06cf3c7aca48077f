"""Documentation is tested: guides are followed, lists are complete."""
