"""The one HTTP client: who we are, how long, how much, and when to wait."""

from crawler.net.addresses import Lookup, Reach, Route, is_public, system_lookup
from crawler.net.budget import LONGEST_WAIT, Bucket, Budget, NullBudget, Quota, quota_of
from crawler.net.client import Answer, Http, HttpLimits, user_agent

__all__ = [
    "LONGEST_WAIT",
    "Answer",
    "Bucket",
    "Budget",
    "Http",
    "HttpLimits",
    "Lookup",
    "NullBudget",
    "Quota",
    "Reach",
    "Route",
    "is_public",
    "quota_of",
    "system_lookup",
    "user_agent",
]
