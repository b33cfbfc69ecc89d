"""Tier T: locks that no tool writes. Found without any feed.

In 248 real uv.locks (237,526 artifacts of the public registry) none of these occurs (facts: lock traps
1-3), so each is an alarm of its own.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from crawler.matching.codes import Code
from crawler.matching.identity import SourceProfile, host_of
from crawler.model import OriginKind

if TYPE_CHECKING:
    from crawler.model import Registry

__all__ = ["difference_of", "is_foreign", "tampering"]

_RESEMBLES = 0.8
"""Ratio of `difflib`: a letter or a word exchanged in the name of a file host; mirrors stay below."""


def tampering(profile: SourceProfile, registry: Registry) -> tuple[Code, ...]:
    """Return how an entry with `profile` differs from anything that its tool would have written.

    A hash that is missing from text recovered out of a broken lock says nothing: it may be what broke.
    """
    kind = profile.origin.kind
    if kind is OriginKind.URL:
        return (Code.LOOKALIKE_HOST,) if _is_lookalike(profile, registry) else ()
    if kind is not OriginKind.REGISTRY:
        return ()
    found = []
    if profile.differs:
        found.append(Code.OTHER_PROJECT)
    if profile.other_release:
        found.append(Code.OTHER_RELEASE)
    if registry.is_public(profile.origin.location):
        if is_foreign(profile.host, registry):
            found.append(Code.FOREIGN_HOST)
        if "no-hash" in profile.flags and "recovered" not in profile.flags:
            found.append(Code.NO_HASH)
    return tuple(found)


def is_foreign(host: str, registry: Registry) -> bool:
    """Say whether `host` serves no files of `registry`, as far as the index has named its file hosts."""
    own = (
        registry.file_hosts | {host_of(registry.index_url)} | {host_of(m) for m in registry.mirrors}
    )
    return bool(registry.file_hosts) and host not in own


def _is_lookalike(profile: SourceProfile, registry: Registry) -> bool:
    """Say whether a URL has the path of a registry's file on a host that poses as one of its hosts.

    A proxy or mirror keeps that path too, but under a name of its own.
    """
    host = profile.host
    if not profile.has_digest or not is_foreign(host, registry):
        return False
    if any(host in other.file_hosts for other in registry.others):
        return False
    known = registry.file_hosts | {host_of(m) for m in registry.mirrors}
    return all(_domain(host) != _domain(one) for one in known) and any(
        SequenceMatcher(None, host, one).ratio() >= _RESEMBLES for one in registry.file_hosts
    )


def difference_of(host: str, registry: Registry) -> str:
    """Return how the name of a look-alike differs: `files.lndex.example is ... with 'l' in the place of 'i'`."""
    own = max(sorted(registry.file_hosts), key=lambda one: _alike(host, one).ratio(), default="")
    changes = []
    for kind, i, to_i, j, to_j in _alike(host, own).get_opcodes():
        if kind == "replace":
            changes.append(f"{host[i:to_i]!r} in the place of {own[j:to_j]!r}")
        elif kind == "delete":
            changes.append(f"{host[i:to_i]!r} added")
        elif kind == "insert":
            changes.append(f"{own[j:to_j]!r} left out")
    return f"{host} is {own} with {' and '.join(changes)}"


def _alike(host: str, own: str) -> SequenceMatcher[str]:
    return SequenceMatcher(None, host, own, autojunk=False)


def _domain(host: str) -> str:
    """Return the last two labels: whose owner has that domain has all hosts below it."""
    return ".".join(host.rsplit(".", 2)[-2:])
