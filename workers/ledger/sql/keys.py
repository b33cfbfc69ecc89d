"""How projects and releases are written in columns; plain words, so that nobody loads a database for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from packaging.utils import canonicalize_version

from crawler.model import Ecosystem, ProjectKey

__all__ = ["batched", "project_of", "release", "written"]

_LOOKUP = 500
"""Values in one IN list: far below the limits of both databases, and plans stay index look-ups."""
_T = TypeVar("_T")


def batched(items: Iterable[_T], size: int = _LOOKUP) -> Iterator[tuple[_T, ...]]:
    """Yield `items` in tuples of at most `size`."""
    rest = iter(items)
    while batch := tuple(islice(rest, size)):
        yield batch


def release(ecosystem: Ecosystem, version: str) -> str:
    """Return the key by which a version is looked up: `1.0`, `v1` and `1.0.0` are one release.

    PEP 440, "Version specifiers" (zero padding); the index takes them for one release, too.
    """
    return _pypi_release(version) if ecosystem is Ecosystem.PYPI else version


@lru_cache(maxsize=100_000)
def _pypi_release(version: str) -> str:
    try:
        return canonicalize_version(version) if version.isascii() else version
    except ValueError:  # numbers of more digits than Python converts
        return version


def written(project: ProjectKey) -> str:
    """Return `project` as the columns called `project` have it: `pypi/name`, or `pypi:test/name` of a further registry."""
    registry = f":{project.registry}" if project.registry else ""
    return f"{project.ecosystem}{registry}/{project.name}"


def project_of(column: str) -> ProjectKey:
    """Return the project that `written` wrote."""
    place, _, name = column.partition("/")
    ecosystem, _, registry = place.partition(":")
    return ProjectKey(ecosystem=Ecosystem(ecosystem), name=name, registry=registry)
