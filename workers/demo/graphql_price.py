"""What a GraphQL query costs on GitHub ("Rate limits and query limits for the GraphQL API").

A connection costs one request for each of its parents; the sum over a query, divided by 100, is its
price in points, at least 1. No query may reach more than 500,000 nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workers.demo.graphql_query import Field

__all__ = ["GithubError", "Price", "price_of"]

_CONNECTIONS = frozenset({"refs", "search"})
_LARGEST_PAGE = 100
_MOST_NODES = 500_000


class GithubError(Exception):
    """An entry of `errors` with the `type` that GitHub names."""

    def __init__(self, kind: str, message: str) -> None:
        """`kind` is the type: `NOT_FOUND`."""
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a query costs and how much it may return."""

    cost: int
    """Points of the hourly allowance."""
    nodes: int
    """Most nodes that its connections can return."""


def price_of(fields: Sequence[Field]) -> Price:
    """Return the price of a query for `fields`; raises GithubError where it asks for too much."""
    pages = list(_pages(fields, 1))
    nodes = sum(parents * first for parents, first in pages)
    if nodes > _MOST_NODES:
        kind, most = "MAX_NODE_LIMIT_EXCEEDED", f"{_MOST_NODES:,}"
        raise GithubError(kind, f"This query requests up to {nodes:,} nodes; {most} are allowed.")
    return Price(cost=max(1, round(sum(parents for parents, _ in pages) / 100)), nodes=nodes)


def _pages(fields: Sequence[Field], parents: int) -> Iterator[tuple[int, int]]:
    """Yield (number of parents, page size) of each connection."""
    for one in fields:
        below = parents
        if one.name in _CONNECTIONS:
            first = _page_size(one)
            yield parents, first
            below = parents * first
        yield from _pages(one.fields, below)


def _page_size(asked: Field) -> int:
    sizes = (asked.arguments.get(name) for name in ("first", "last"))
    size = next((size for size in sizes if isinstance(size, int)), None)
    if size is None:
        why = f"You must provide a `first` or `last` value to properly paginate `{asked.name}`."
        raise GithubError("MISSING_PAGINATION_BOUNDARIES", why)
    if not 0 <= size <= _LARGEST_PAGE:
        why = f"Requesting {size} records on `{asked.name}` exceeds the limit of {_LARGEST_PAGE} records."
        raise GithubError("EXCESSIVE_PAGINATION", why)
    return size
