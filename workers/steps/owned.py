"""The repositories of one owner, as a list that is asked for page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.hosts.interface import Host, ListPage, RelatedLister

__all__ = ["OwnedRepositories"]

_ANY = "any"
"""Hosts list the owner of a repository; which one of theirs is all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedRepositories:
    """Lister of what an organisation or user has on a host."""

    host: Host
    related: RelatedLister
    owner: str

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page; raises as `RelatedLister.list_owner`, and Refused for an invalid owner."""
        return self.related.list_owner(self.host.repository(f"{self.owner}/{_ANY}"), cursor)
