"""Lock formats: bytes to pins. One file per format; `registry.py` lists them."""

from crawler.lockfiles.memo import BlockMemo
from crawler.lockfiles.registry import (
    is_lock,
    is_sought,
    names_files,
    parse,
    parser_for,
)

__all__ = [
    "BlockMemo",
    "is_lock",
    "is_sought",
    "names_files",
    "parse",
    "parser_for",
]
