"""Which rate holds for which bucket: what is polite for the kind of its host, or less, as configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from crawler.hosts.interface import HostKind
from crawler.hosts.polite import ANY_HOST, POLITE, Rate
from crawler.net import Bucket

__all__ = ["MOST_RAISED", "Rates"]

MOST_RAISED = 4.0
"""How many times more than published a host is believed; GitHub's highest limit is three times the usual."""
_ANONYMOUS = "anonymous"
_AT_ONCE = 5.0
"""Requests at once of a host that is to be asked less often: a visit takes three, and is not broken off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The rate of every bucket, as configured."""

    kinds: Mapping[str, HostKind] = field(default_factory=dict)
    """Host as buckets name it -> its kind."""
    at_most: Mapping[str, float] = field(default_factory=dict)
    """Host as buckets name it -> requests per minute that the operator allows of each resource."""
    table: Mapping[tuple[HostKind, str, bool], Rate] = field(default_factory=lambda: POLITE)
    otherwise: Rate = ANY_HOST

    def of(self, bucket: Bucket) -> Rate:
        """Return the rate of `bucket`: never above what is polite."""
        polite, at_most = self._polite(bucket), self.at_most.get(bucket.host)
        if at_most is None:
            return polite
        allowed = Rate(burst=min(polite.burst, _AT_ONCE), count=at_most, seconds=60)
        # Whatever limit the answers of the host state: the operator has said less.
        return allowed if allowed.per_second < polite.per_second else replace(polite, limit=None)

    def _polite(self, bucket: Bucket) -> Rate:
        kind = self.kinds.get(bucket.host)
        if kind is None:
            return self.otherwise
        row = (kind, bucket.resource, bucket.identity != _ANONYMOUS)
        return self.table.get(row, self.otherwise)
