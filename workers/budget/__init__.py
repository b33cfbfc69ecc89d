"""How often each host may be asked, shared by all processes."""
