"""Export formats: reports to documents. One file per format; `registry.py` lists them. Pure."""
