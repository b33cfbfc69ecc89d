"""GitHub's repository search over the world ("Searching for repositories").

Forks are left out unless asked for, and only the first 1,000 results can be reached: a sweep goes by
ranges of `created:`. Qualifiers that nothing in the world differs in (language, stars, topics) hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workers.demo.catalogue import Catalogue, HostedRepository
from workers.demo.qualifiers import in_date_range, in_number_range, search_words

__all__ = ["REACHABLE_RESULTS", "search_repositories"]

REACHABLE_RESULTS = 1000
_SORT = "sort"
_CHECKS: Mapping[str, Callable[[HostedRepository, str], bool]] = {
    "archived": lambda entry, value: entry.repository.archived == (value == "true"),
    "created": lambda entry, value: in_date_range(entry.repository.created_at, value),
    "fork": lambda entry, value: value == "true" or (entry.repository.fork_of is not None),
    "org": lambda entry, value: entry.owner.lower() == value.lower(),
    "pushed": lambda entry, value: in_date_range(entry.repository.pushed_at, value),
    "repo": lambda entry, value: entry.repository.path.lower() == value.lower(),
    "size": lambda entry, value: in_number_range(entry.size_kib, value),
    "user": lambda entry, value: entry.owner.lower() == value.lower(),
}
_HOLDING = frozenset({"in", "is", "language", "license", "stars", "topic", "forks", "mirror"})


def search_repositories(catalogue: Catalogue, text: str) -> list[HostedRepository]:
    """Return all repositories that match, in the order asked for.

    Raises ValueError for a range that cannot be read.
    """
    found = list(catalogue)
    parts = search_words(text)
    if not any(part.startswith("fork:") for part in parts):
        found = [entry for entry in found if entry.repository.fork_of is None]
    for part in parts:
        found = [entry for entry in found if _holds(entry, part)]
    return _sorted(found, [part for part in parts if part.startswith(f"{_SORT}:")])


def _holds(entry: HostedRepository, part: str) -> bool:
    name, colon, value = part.lstrip("-").partition(":")
    if colon and name in _CHECKS:
        return _CHECKS[name](entry, value.strip('"')) != part.startswith("-")
    if colon and (name in _HOLDING or name == _SORT):
        return True
    text = f"{entry.repository.path} {entry.repository.description}".lower()
    return (part.strip('-"').lower() in text) != part.startswith("-")


def _sorted(found: list[HostedRepository], sorts: list[str]) -> list[HostedRepository]:
    """Sort by `updated`, the only documented order that the world has; others are best match."""
    orders = {
        f"{_SORT}:updated": True,
        f"{_SORT}:updated-desc": True,
        f"{_SORT}:updated-asc": False,
    }
    for sort in sorts:
        if sort in orders:
            return sorted(found, key=lambda e: e.repository.pushed_at, reverse=orders[sort])
    return found
