"""GitHub: search, sweep by push date, batch read, related repositories; one budget per kind of request."""
