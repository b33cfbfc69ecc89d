"""The census: what the ledger says of removals and pins as a whole; counted purely, asks nobody."""
