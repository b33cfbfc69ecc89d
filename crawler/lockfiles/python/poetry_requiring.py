"""What requires what in a poetry.lock. Its roots are in the manifest beside it, so nothing is told without.

Source: poetry, `src/poetry/packages/locker.py`. A manifest of which the lock does not state the digest has
changed since; what it no longer requires may still be locked, and poetry installs nothing from there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from crawler.lockfiles.documents.document import check_limits, decode, parse_table
from crawler.lockfiles.requiring import Release, Requirements, table_of, tables_in

__all__ = ["requirements_of_poetry"]

_OF_POETRY = ("dependencies", "source", "extras", "dev-dependencies", "group")
_OF_PROJECT = ("requires-python", "dependencies", "optional-dependencies")


def requirements_of_poetry(data: bytes, manifest: bytes) -> Requirements[int, str] | None:
    """Return what requires what in the poetry.lock `data`, by the pyproject.toml that it is for.

    None where it is not for this one. Raises GiveUp.
    """
    lock, project = _loaded(data), _loaded(manifest)
    stated = table_of(lock, "metadata").get("content-hash")
    if stated not in {_digest(project, groups=True), _digest(project, groups=False)}:
        return None
    packages = tables_in(lock, "package")
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for number, package in enumerate(packages):
        by_name[canonicalize_name(str(package.get("name")))].append(number)
    return Requirements(
        releases={number: _release(package) for number, package in enumerate(packages)},
        roots=[
            n for name in set(map(canonicalize_name, _required(project))) for n in by_name[name]
        ],
        needs=lambda number: map(canonicalize_name, table_of(packages[number], "dependencies")),
        meant=lambda name: by_name[name],
    )


def _loaded(data: bytes) -> Mapping[str, Any]:
    text = decode(data)
    check_limits(text)
    return parse_table(text)


def _release(package: Mapping[str, Any]) -> Release:
    version = package.get("version")
    name = canonicalize_name(str(package.get("name")))
    return name, None if version is None else str(version)


def _required(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that a pyproject.toml requires in any group or extra."""
    poetry, project = table_of(table_of(manifest, "tool"), "poetry"), table_of(manifest, "project")
    yield from table_of(poetry, "dependencies")
    yield from table_of(poetry, "dev-dependencies")
    for group in table_of(poetry, "group").values():
        yield from table_of(group, "dependencies") if isinstance(group, dict) else ()
    groups = (
        project.get("dependencies"),
        *table_of(project, "optional-dependencies").values(),
        *table_of(manifest, "dependency-groups").values(),
    )
    for line in (one for group in groups if isinstance(group, list) for one in group):
        try:
            yield Requirement(line).name
        except (InvalidRequirement, TypeError):
            continue  # a group that is included, and is read as one of its own


def _digest(manifest: Mapping[str, Any], *, groups: bool) -> str | None:
    """Return the digest of what poetry takes from a manifest; older ones left the `groups` of PEP 735 out."""
    stated = table_of(manifest, "project")
    project = {key: stated[key] for key in _OF_PROJECT if key in stated}
    grouped = table_of(manifest, "dependency-groups") if groups else {}
    tool = table_of(table_of(manifest, "tool"), "poetry")
    alone = not project and not grouped
    poetry = {key: tool.get(key) for key in _OF_POETRY if key in tool or (alone and key != "group")}
    relevant: Mapping[str, object] = poetry
    if not alone:
        relevant = {"tool": {"poetry": poetry}}
        relevant |= {"project": project} if project else {}
        relevant |= {"dependency-groups": grouped} if grouped else {}
    try:
        return sha256(json.dumps(relevant, sort_keys=True).encode()).hexdigest()
    except TypeError:  # a date, which poetry has none of
        return None
