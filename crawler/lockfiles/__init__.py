"""Lock formats: bytes to pins. One file per format; `registry.py` lists them."""

from crawler.lockfiles.memo import BlockMemo
from crawler.lockfiles.registry import (
    is_lock,
    is_sought,
    lock_id,
    names_files,
    parse,
    parser_for,
    read_as,
    reading_of,
)

__all__ = [
    "BlockMemo",
    "is_lock",
    "is_sought",
    "lock_id",
    "names_files",
    "parse",
    "parser_for",
    "read_as",
    "reading_of",
]
