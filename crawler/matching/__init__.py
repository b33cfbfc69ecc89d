"""Pins times verdicts: findings with tiers, reasons and confidence. Pure."""

from crawler.matching.codes import Code
from crawler.matching.identity import WatchKeys, host_of, identify, keys_of
from crawler.matching.index import VerdictIndex
from crawler.matching.match import match
from crawler.matching.place import finding_key, place
from crawler.matching.shared import match_shared, named_by

__all__ = [
    "Code",
    "VerdictIndex",
    "WatchKeys",
    "finding_key",
    "host_of",
    "identify",
    "keys_of",
    "match",
    "match_shared",
    "named_by",
    "place",
]
