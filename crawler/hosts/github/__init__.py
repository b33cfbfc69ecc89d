"""GitHub: search, sweep by push date, batch read, neighbours; one budget per kind of request."""
