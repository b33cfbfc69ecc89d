"""Ids that are the same in every export of the same thing, so that importing it again updates it."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

__all__ = ["stable_id"]

_OWN = uuid5(NAMESPACE_URL, "https://github.com/ghostcrawl/ghostcrawl")


def stable_id(maker: str, *parts: str) -> UUID:
    """Return the UUIDv5 (RFC 9562) of what `parts` name, as `maker` tells of it.

    Two operators who tell of the same repository do not write over each other's objects.
    """
    name = "\0".join((maker, *parts))
    return uuid5(_OWN, name.encode(errors="surrogatepass").hex())
