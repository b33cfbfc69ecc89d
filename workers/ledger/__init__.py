"""What the cluster remembers: one schema on SQLite and PostgreSQL, every write may be repeated."""
