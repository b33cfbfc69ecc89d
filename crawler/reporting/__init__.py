"""Export formats: reports to documents. One file per format; `registry.py` lists them. Pure."""

from crawler.reporting.interface import Edition, ExportFile
from crawler.reporting.registry import FORMATS

__all__ = ["FORMATS", "Edition", "ExportFile"]
