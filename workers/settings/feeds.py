"""`[feeds]`: where removals are learned."""

from __future__ import annotations

from typing import Any

import pydantic
from pydantic import ConfigDict

from feeds import registry as feeds
from workers.settings.paths import AbsolutePath

__all__ = ["FeedSection"]


_ASKED: dict[str, Any] = {s.name: (s.kind, s.default) for s in feeds.SETTINGS}
_FeedSettings = pydantic.create_model("_FeedSettings", **_ASKED)
"""What the feeds themselves want to be told: their sources declare it."""


class FeedSection(_FeedSettings):  # type: ignore[misc, valid-type] # made from the table of feeds
    """`[feeds]`: where removals are learned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    protected: tuple[str, ...] = ()
    """Projects (`pypi/name`, `npm/@scope/name`) that no record may accuse by name alone, beside the
    most used ones, which never can be."""
    snapshot_signing_key: AbsolutePath | None = None
    """Secret key, SSH or minisign, that signs what `seed export` writes."""
    snapshot_public_keys: AbsolutePath | None = None
    """File with public keys; `seed import` takes only what one of them has signed."""
