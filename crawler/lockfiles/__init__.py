"""Lock formats: bytes to pins. One file per format; `registry.py` lists them."""
