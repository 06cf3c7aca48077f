"""Reading: every format becomes relations of (mostly text) columns with the place of each row.

`opening.open_delivery` is the entry. Belongs here: encodings, formats, archives, finding the header.
Does not belong here: types, codes, rules, personal data (`sources/admission`), fetching (`sources/connectors`).
"""
