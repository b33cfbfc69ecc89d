"""How often a host may be asked, politely, before it says so itself.

The numbers stay under the published limits (facts of 2026-11: GitHub REST and code search, Codeberg,
GitLab). A bucket of capacity `burst` that refills `count` tokens in `seconds` grants at most `burst +
count` requests in any such window, so the two together stay under the limit of the host. Where the answers
of a host state a higher limit than its published one, `count` grows in proportion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from crawler.hosts.interface import HostKind

__all__ = ["ANY_HOST", "POLITE", "Rate", "fastest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A token bucket: at most `burst` at once, and `count` more in every `seconds`."""

    burst: float
    count: float
    seconds: float
    limit: int | None = None
    """What the host publishes for as many seconds, where it states its limit in each answer as well."""

    @property
    def per_second(self) -> float:
        """Tokens that come back in a second."""
        return self.count / self.seconds


POLITE: Mapping[tuple[HostKind, str, bool], Rate] = MappingProxyType(
    {
        # (kind, resource, whether a token is used). 10 a minute on the wire; 5,000 and 60 an hour, and
        # up to 12,500 for the installation of an App, 15,000 for an enterprise: the answers say so.
        (HostKind.GITHUB, "code_search", True): Rate(burst=1, count=8, seconds=60),
        (HostKind.GITHUB, "graphql", True): Rate(burst=20, count=4500, seconds=3600, limit=5000),
        (HostKind.GITHUB, "core", True): Rate(burst=20, count=4500, seconds=3600, limit=5000),
        (HostKind.GITHUB, "core", False): Rate(burst=5, count=50, seconds=3600),
        (HostKind.FORGEJO, "api", True): Rate(burst=5, count=30, seconds=60),
        (HostKind.FORGEJO, "api", False): Rate(burst=5, count=30, seconds=60),
        # 400 (2,000 with a token) in 10 minutes.
        (HostKind.GITLAB, "api", True): Rate(burst=10, count=180, seconds=60),
        (HostKind.GITLAB, "api", False): Rate(burst=5, count=36, seconds=60),
        # 1,000 and 60 an hour.
        (HostKind.BITBUCKET, "api", True): Rate(burst=10, count=900, seconds=3600),
        (HostKind.BITBUCKET, "api", False): Rate(burst=5, count=50, seconds=3600),
        # 60 a minute; the others publish none.
        (HostKind.GITEE, "api", True): Rate(burst=5, count=50, seconds=60),
        (HostKind.GITEE, "api", False): Rate(burst=5, count=50, seconds=60),
        **{
            (kind, "api", token): Rate(burst=5, count=30, seconds=60)
            for kind in (
                HostKind.SOURCEHUT,
                HostKind.PAGURE,
                HostKind.LAUNCHPAD,
                HostKind.GERRIT,
            )
            for token in (True, False)
        },
        (HostKind.CGIT, "web", False): Rate(burst=5, count=30, seconds=60),
        (HostKind.GITWEB, "web", False): Rate(burst=5, count=30, seconds=60),
        (HostKind.GHARCHIVE, "files", False): Rate(burst=1, count=60, seconds=3600),
        # 200 TSTU in 5 minutes.
        (HostKind.AZURE, "api", True): Rate(burst=2, count=20, seconds=60),
        (HostKind.AZURE, "api", False): Rate(burst=2, count=20, seconds=60),
    }
)
ANY_HOST = Rate(burst=5, count=60, seconds=60)
"""For git reads and whatever has no row: one a second, under Codeberg's 4,000 in 30 minutes."""


def fastest(kind: HostKind) -> float:
    """Return how often, per minute, a host of `kind` is asked at most: of all its resources the fastest."""
    own = (rate for (of, _, _), rate in POLITE.items() if of is kind)
    return max(60 * rate.per_second for rate in (ANY_HOST, *own))
