"""The kinds of faults, one module a family; each has a tuple `FAULTS` and is found by itself.

Ids are those of the district's fault catalogue (F01 to F35). Does not belong here: choosing what to inject.
"""
