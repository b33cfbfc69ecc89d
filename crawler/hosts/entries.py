"""The entries of a list, one by one: what cannot be read is said, and the rest is listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.errors import GiveUp, Malformed
from crawler.model import Repository, Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import Node

__all__ = ["Entries", "read_entries"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """What one answer listed."""

    repositories: tuple[Repository, ...]
    skipped: tuple[Skipped, ...]


def read_entries(
    nodes: Iterable[Node | None], read: Callable[[Node], Repository], page: str
) -> Entries:
    """Return what `read` makes of each of `nodes`; a GiveUp of it skips the entry, not the page.

    `page` names the page for people; an entry is skipped as `page, entry 3`, counted from 0.
    """
    repositories: list[Repository] = []
    skipped: list[Skipped] = []
    for index, node in enumerate(nodes):
        try:
            if node is None:
                raise Malformed("expected an object")
            repositories.append(read(node))
        except GiveUp as error:
            skipped.append(Skipped(context=f"{page}, entry {index}", reason=str(error)))
    return Entries(repositories=tuple(repositories), skipped=tuple(skipped))
