"""Files that the operator brings: own lists, MISP, STIX, results of the index's public table."""
