"""Which versions a project of an npm registry ever had: what a range of an advisory is made explicit with.

A version that was removed stays in the packument's `time` (npm/registry, `package-metadata.md`), and so
do those of a project that was unpublished. Only packuments are asked, each once; never a tarball.
"""

from __future__ import annotations

from collections.abc import Callable

from crawler.errors import GiveUp, Malformed
from crawler.fields import Fields, read_json
from crawler.model import ProjectKey
from crawler.net import Http, HttpLimits
from feeds.interface import FeedContext
from feeds.npm.registry import packument_url

__all__ = ["NpmVersions", "VersionsOf", "npm_versions"]

VersionsOf = Callable[[ProjectKey], tuple[str, ...]]
"""Returns every version a project ever had; raises GiveUp where nobody can tell, Defer and Retry."""

_LIMITS = HttpLimits(total_seconds=120.0, max_bytes=50 * 1024 * 1024)
_NO_VERSIONS = frozenset({"created", "modified", "unpublished"})
_MOST = 20_000


class NpmVersions:
    """Implements `VersionsOf`."""

    def __init__(self, http: Http, registry_url: str) -> None:
        """Ask the registry whose packuments lie below `registry_url`."""
        self._http, self._registry_url = http, registry_url
        self._known: dict[ProjectKey, tuple[str, ...] | GiveUp] = {}

    def __call__(self, project: ProjectKey) -> tuple[str, ...]:
        """Return the versions, sorted as text; the same question is asked only once."""
        if project not in self._known:
            self._known[project] = self._asked(project)
        known = self._known[project]
        if isinstance(known, GiveUp):
            raise known
        return known

    def _asked(self, project: ProjectKey) -> tuple[str, ...] | GiveUp:
        url = packument_url(self._registry_url, project)
        try:
            answer = self._http.request("GET", url, limits=_LIMITS).raise_for_status()
            time = Fields(read_json(answer.body, url), url).child("time")
            listed = set(time.keys()) | set(time.child("unpublished").texts("versions"))
            if len(listed) > _MOST:
                return Malformed(f"{url}: {len(listed)} versions")
        except GiveUp as error:
            return error
        return tuple(sorted(listed - _NO_VERSIONS))


def npm_versions(context: FeedContext) -> NpmVersions | None:
    """Return what tells the versions of npm's projects, None where no registry is configured."""
    return NpmVersions(context.http, context.npm_url) if context.npm_url else None
