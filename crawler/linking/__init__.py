"""Which cases are of one campaign, and by what. Pure."""

from crawler.linking.joining import Joined, joined
from crawler.linking.naming import Standing, named
from crawler.linking.profile import CaseProfile
from crawler.linking.readme import readme_sketch
from crawler.linking.reasons import JOINS, LINK_RULES

__all__ = [
    "JOINS",
    "LINK_RULES",
    "CaseProfile",
    "Joined",
    "Standing",
    "joined",
    "named",
    "readme_sketch",
]
