"""Where removals are learned: one file per feed, behind one interface."""
