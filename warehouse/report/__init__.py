"""The editable report: a Word document whose numbers stay bound to the publication that they come from.

Belongs here: what the section on the main indicators says (`content.py` and its neighbours), its template, pictures,
content controls, and reading an edited file again (`verifying.py`). Does not belong here: any computing or judging of
figures (they are read from a snapshot), files for programs (`warehouse.export`).
"""
