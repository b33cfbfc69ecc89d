"""Lock formats: bytes to pins. One file per format; `registry.py` lists them."""

from crawler.lockfiles.registry import is_lock, parse, parser_for, unbuilt_format

__all__ = ["is_lock", "parse", "parser_for", "unbuilt_format"]
