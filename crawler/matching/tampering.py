"""Tier T: locks that no tool writes. Found without any feed.

In 248 real uv.locks (237,526 artifacts of the public registry) none of these occurs (facts: lock traps
1-3), so each is an alarm of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.matching.codes import Code
from crawler.matching.identity import host_of
from crawler.model import OriginKind

if TYPE_CHECKING:
    from crawler.matching.identity import Identity
    from crawler.model import Pin, Registry

__all__ = ["is_foreign", "tampering"]


def tampering(pin: Pin, identity: Identity, registry: Registry) -> tuple[Code, ...]:
    """Return how the entry `pin` differs from anything that its tool would have written.

    A hash that is missing from text recovered out of a broken lock says nothing: it may be what broke.
    """
    if pin.origin.kind is not OriginKind.REGISTRY or pin.url is None:
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
