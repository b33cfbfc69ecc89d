"""Which cases are of one campaign, and by what. Pure."""

from crawler.linking.joining import Joined, joined
from crawler.linking.naming import EarlierCampaign, named
from crawler.linking.profile import CaseProfile
from crawler.linking.readme import readme_sketch
from crawler.linking.reasons import JOINS, LINK_RULES, LinkKind

__all__ = [
    "JOINS",
    "LINK_RULES",
    "CaseProfile",
    "EarlierCampaign",
    "Joined",
    "LinkKind",
    "joined",
    "named",
    "readme_sketch",
]
