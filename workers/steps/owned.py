"""The repositories of one owner, as a list that is asked for page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.hosts.interface import ListPage, OwnerLister

__all__ = ["OwnedRepositories"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedRepositories:
    """Lister of what an organisation or user has on a host."""

    host: OwnerLister
    owner: str

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page; raises as `OwnerLister.list_owned`."""
        return self.host.list_owned(self.owner, cursor)
