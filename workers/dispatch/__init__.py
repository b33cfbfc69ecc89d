"""Which work is handed out when."""
