"""How the schema came to be: one file per change, run by `workers.ledger.schema`."""
