"""Git hosts: search, list, link. One file per host; `registry.py` lists them."""
