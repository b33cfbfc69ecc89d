"""The GraphQL query of one page of a sweep, and what else it asks in passing; pure.

By GitHub's rules a query costs a point per hundred connections (searches), 1 at least: a page of
repositories with their root folders and a ladder of 14 counts is 15 searches, and 1 point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.errors import Malformed
from crawler.hosts.github.probe import USUAL_LOCKS, repository_fields

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.github.windows import Window

__all__ = ["PageQuery"]

_PER_PAGE = 100
_PER_PAGE_IN_NEED = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery:
    """What one request asks."""

    by: str
    """The qualifier of the windows: `created` or `pushed`."""
    window: Window | None = None
    """Whose repositories are listed; None: none are."""
    after: str | None = None
    ladder: tuple[Window, ...] = ()
    """Windows of which only the number of repositories is asked."""
    root: bool = False
    """Whether the root folders are listed."""
    names: tuple[str, ...] = ()
    """Files at the root that are asked for by name."""
    size: int = _PER_PAGE

    def in_need(self, wanted: Callable[[str], int]) -> PageQuery:
        """Return the small query for a page that the host could not give: names, and no folders."""
        names = tuple(filter(wanted, USUAL_LOCKS))
        return replace(self, ladder=(), root=False, names=names, size=_PER_PAGE_IN_NEED)

    @property
    def paths(self) -> Mapping[str, str]:
        """Alias -> name at the root."""
        return {f"l{i}": name for i, name in enumerate(self.names)}

    @property
    def variables(self) -> Mapping[str, object]:
        """All that is not fixed; nothing is written into the text of a query."""
        variables: dict[str, object] = {
            f"w{i}": self._search(window) for i, window in enumerate(self.ladder)
        }
        if self.window is not None:
            variables |= {"query": self._search(self.window), "after": self.after}
            variables |= {f"e{i}": f"HEAD:{name}" for i, name in enumerate(self.names)}
        return variables

    @property
    def text(self) -> str:
        """The query."""
        declared = ", ".join(
            f"${name}: String{'' if name == 'after' else '!'}" for name in self.variables
        )
        counts = " ".join(
            f"w{i}: search(type: REPOSITORY, query: $w{i}, first: 1) {{ repositoryCount }}"
            for i in range(len(self.ladder))
        )
        return f"query({declared}) {{ {self._listing()}{counts} }}"

    def counts(self, data: JsonObject) -> tuple[int, ...]:
        """Return how many repositories each rung has; raises Malformed, also where one is missing."""
        nodes = [data.node(f"w{i}") for i in range(len(self.ladder))]
        if None in nodes:
            raise Malformed("the host did not say how many repositories there are")
        return tuple(max(0, node.number("repositoryCount")) for node in nodes if node is not None)

    def _listing(self) -> str:
        if self.window is None:
            return ""
        fields = repository_fields(
            {f"l{i}": f"e{i}" for i in range(len(self.names))}, root=self.root
        )
        return (
            f"search(type: REPOSITORY, query: $query, first: {self.size}, after: $after) {{"
            " repositoryCount pageInfo { hasNextPage endCursor }"
            f" nodes {{ ... on Repository {{ {fields} }} }} }} "
        )

    def _search(self, window: Window) -> str:
        return f"is:public fork:true {self.by}:{window}"
