"""Root trees of commits from a server that caps the depth of `filter tree`: two exact requests."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from crawler.errors import Malformed
from crawler.git.incremental import Fetch
from crawler.git.objects import ObjectType, RawObject, tree_of

__all__ = ["roots_by_oid"]

_NOTHING_BELOW = ("deepen 1", "filter tree:0")


def roots_by_oid(fetch: Fetch, commits: Collection[str]) -> Mapping[str, RawObject]:
    """Return commits and their root trees by oid: first the commits, then the trees they name.

    What is not sent, or is no commit, is left out: the walk says so.
    """
    with fetch(commits, _NOTHING_BELOW) as objects:
        found = {raw.oid: raw for raw in objects}
    roots = sorted({root for oid in commits if (root := _root(found.get(oid))) is not None})
    if missing := [root for root in roots if root not in found]:
        with fetch(missing, _NOTHING_BELOW) as objects:
            found |= {raw.oid: raw for raw in objects}
    return found


def _root(commit: RawObject | None) -> str | None:
    if commit is None or commit.kind is not ObjectType.COMMIT:
        return None
    try:
        return tree_of(commit.data)
    except Malformed:
        return None
