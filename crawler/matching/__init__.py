"""Pins times verdicts: findings with tiers, reasons and confidence. Pure."""

from crawler.matching.codes import Code
from crawler.matching.identity import host_of, identify, registry_of
from crawler.matching.index import VerdictIndex, WatchKeys
from crawler.matching.limiting import limiting_reason
from crawler.matching.match import match, unrequired
from crawler.matching.mentioned import EVERY_VERSION, admitted, project_of_mention
from crawler.matching.place import finding_key, place
from crawler.matching.questions import Question, asked_around, asked_by_name, speaks_of_samples
from crawler.matching.settings import under_settings
from crawler.matching.tasks import sets_task
from crawler.matching.whole import indicators_of, is_concerned, match_whole

__all__ = [
    "EVERY_VERSION",
    "Code",
    "Question",
    "VerdictIndex",
    "WatchKeys",
    "admitted",
    "asked_around",
    "asked_by_name",
    "finding_key",
    "host_of",
    "identify",
    "indicators_of",
    "is_concerned",
    "limiting_reason",
    "match",
    "match_whole",
    "place",
    "project_of_mention",
    "registry_of",
    "sets_task",
    "speaks_of_samples",
    "under_settings",
    "unrequired",
]
