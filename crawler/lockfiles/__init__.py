"""Lock formats: bytes to pins. One file per format; `registry.py` lists them."""

from crawler.lockfiles.deciding import decides
from crawler.lockfiles.documents.packages import BlockMemo, KnownTexts, LockReading, PackageText
from crawler.lockfiles.including import included_by
from crawler.lockfiles.index_settings import governing
from crawler.lockfiles.orphans import manifest_beside, orphans
from crawler.lockfiles.registry import (
    OTHER_ECOSYSTEMS,
    crawl_worth,
    is_lock,
    lock_id,
    names_files,
    parse,
    parse_unknown,
    parser_for,
    read_as,
    reading_of,
    states_indexes,
    versions,
    worth_of,
)
from crawler.lockfiles.requiring import Release
from crawler.lockfiles.surroundings import Neighbourhood, around, is_renamed

__all__ = [
    "OTHER_ECOSYSTEMS",
    "BlockMemo",
    "KnownTexts",
    "LockReading",
    "Neighbourhood",
    "PackageText",
    "Release",
    "around",
    "crawl_worth",
    "decides",
    "governing",
    "included_by",
    "is_lock",
    "is_renamed",
    "lock_id",
    "manifest_beside",
    "names_files",
    "orphans",
    "parse",
    "parse_unknown",
    "parser_for",
    "read_as",
    "reading_of",
    "states_indexes",
    "versions",
    "worth_of",
]
