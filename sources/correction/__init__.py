"""Rows of a delivery that its owner corrects: a workbook of them, its check at once, and its way into the intake.

Belongs here: the workbook, the check in a throw-away place, the inbox of confirmed corrections. Does not belong here:
judging rows (`sources/admission`, the same for a correction as for any delivery), pages, who may send what.
"""
