"""What the feeds have said, as one file: taken out of one ledger, and into another.

Not the verdicts are moved but what they are made of. Whoever reads a snapshot judges for himself: by his
own allow list and his own protected projects, together with what other feeds tell him, and the next
snapshot takes back what was withdrawn in between.
"""
