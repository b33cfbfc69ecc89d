"""The console: what the ledger knows as pages for a browser on this machine, and as JSON."""
