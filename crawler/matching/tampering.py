"""Tier T: locks that no tool writes. Found without any feed.

In 248 real uv.locks (237,526 artifacts of the public registry) none of these occurs (facts: lock traps
1-3), so each is an alarm of its own.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from crawler.matching.codes import Code
from crawler.matching.identity import host_and_digest, host_of
from crawler.model import OriginKind

if TYPE_CHECKING:
    from crawler.matching.identity import Identity
    from crawler.model import Pin, Registry

__all__ = ["is_foreign", "tampering"]

_RESEMBLES = 0.8
"""Ratio of `difflib`: a letter or a word exchanged in the name of a file host; mirrors stay below."""


def tampering(pin: Pin, identity: Identity, registry: Registry) -> tuple[Code, ...]:
    """Return how the entry `pin` differs from anything that its tool would have written.

    A hash that is missing from text recovered out of a broken lock says nothing: it may be what broke.
    """
    if pin.url is None:
        return ()
    if pin.origin.kind is OriginKind.URL:
        return (Code.LOOKALIKE_HOST,) if _is_lookalike(pin.url, registry) else ()
    if pin.origin.kind is not OriginKind.REGISTRY:
        return ()
    found = []
    if len(identity.projects) > 1:
        found.append(Code.OTHER_PROJECT)
    if registry.is_public(pin.origin.location):
        if is_foreign(host_of(pin.url), registry):
            found.append(Code.FOREIGN_HOST)
        if "no-hash" in pin.flags and "recovered" not in pin.flags:
            found.append(Code.NO_HASH)
    return tuple(found)


def is_foreign(host: str, registry: Registry) -> bool:
    """Say whether `host` serves no files of `registry`, as far as the index has named its file hosts."""
    own = (
        registry.file_hosts | {host_of(registry.index_url)} | {host_of(m) for m in registry.mirrors}
    )
    return bool(registry.file_hosts) and host not in own


def _is_lookalike(url: str, registry: Registry) -> bool:
    """Say whether `url` has the path of a registry's file on a host that poses as one of its hosts.

    A proxy or mirror keeps that path too, but under a name of its own.
    """
    host, in_path = host_and_digest(url)
    if in_path is None or not is_foreign(host, registry):
        return False
    known = registry.file_hosts | {host_of(m) for m in registry.mirrors}
    return all(_domain(host) != _domain(one) for one in known) and any(
        SequenceMatcher(None, host, one).ratio() >= _RESEMBLES for one in registry.file_hosts
    )


def _domain(host: str) -> str:
    """Return the last two labels: whose owner has that domain has all hosts below it."""
    return ".".join(host.rsplit(".", 2)[-2:])
