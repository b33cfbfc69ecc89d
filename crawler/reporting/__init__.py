"""Export formats: reports to documents. One file per format; `registry.py` lists them. Pure."""

from crawler.reporting.registry import renderer

__all__ = ["renderer"]
